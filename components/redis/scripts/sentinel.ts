/**
 * Starts a Sentinel with the settings of now and the knowledge that it had: it must not vote twice in one term, nor forget
 * who the primary is. Sentinel keeps both in one file and writes it itself, so that the file is put together anew. Without
 * knowledge it asks the other Sentinels, and believes in the first server where there are none.
 *
 * Which servers there are it is told, all of them. By itself it learns of a replica from the primary, which it asks every
 * ten seconds: one that is elected before it has done so has nobody to promote, gives up and tries again later.
 */
export const startSentinelScript = `#!/bin/sh
set -eu
. /etc/sentinel/config/ask.sh
state=/data/sentinel.conf

known() { grep -E "$1" "$state" 2>/dev/null || true; }

primary=$(known "^sentinel monitor $INSTALLATION " | cut -d ' ' -f 4)
[ -n "$primary" ] || primary=$(named_primary)
[ -n "$primary" ] || primary=$FIRST
{
  cat /etc/sentinel/config/sentinel.conf
  echo "sentinel announce-ip $POD_NAME"
  echo "sentinel monitor $INSTALLATION $primary 6379 $QUORUM"
  cat /etc/sentinel/config/watch.conf /etc/sentinel/secret/auth.conf
  known "^sentinel (myid|current-epoch|config-epoch|leader-epoch|known-sentinel) "
  for one in $SERVERS; do
    [ "$one" = "$primary" ] || echo "sentinel known-replica $INSTALLATION $one 6379"
  done
} > "$state.new"
mv "$state.new" "$state"
say "starting; the primary is $primary"
exec redis-sentinel "$state"
`;

/** Enough Sentinels see each other to agree: the next one may be taken down. */
export const sentinelReadyScript = `#!/bin/sh
. /etc/sentinel/config/ask.sh
case $(sentinel "$SELF" ckquorum) in OK*) ;; *) exit 1 ;; esac
`;
