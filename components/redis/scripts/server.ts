/** Seconds a server that was the primary leaves the Sentinels to find another one. */
export const failoverPatience = 30;
/** Seconds a replica waits for its primary before it starts without. */
export const primaryPatience = 60;
/** Seconds that a server may follow another one than the Sentinels name, before its keeper steps in. */
export const followPatience = 15;
/** Seconds that handing over may take. */
export const handoverPatience = 20;

/**
 * Starts a server in the role that the Sentinels give it, never in one that it remembers.
 *
 * A primary that comes back does not carry on while a replica runs. With `appendfsync everysec` it may come back without
 * its last second (a cache without anything), and the replicas would drop what they have to become its copies. So it
 * waits until the Sentinels have named a replica, and joins that. Only when no replica runs is its own data the best.
 */
export const startServerScript = `#!/bin/sh
set -eu
. /etc/redis/config/ask.sh

run() {
  {
    echo "include /etc/redis/config/redis.conf"
    echo "include /etc/redis/secret/replication.conf"
    echo "replica-announce-ip $POD_NAME"
    [ -z "$1" ] || echo "replicaof $1 6379"
  } > /run/redis/redis.conf
  say "starting as \${1:+a replica of }\${1:-the primary}"
  exec redis-server /run/redis/redis.conf
}

[ -n "$SENTINELS" ] || run ""
started=$(date +%s)
while :; do
  waited=$(($(date +%s) - started))
  primary=$(named_primary)
  case $primary in
    "") say "no majority of the Sentinels answers" ;;
    "$POD_NAME")
      if ! replica_runs; then run ""; fi
      if [ "$waited" -ge ${failoverPatience} ]; then run ""; fi
      say "the Sentinels name this server, and a replica runs: it shall take over"
      ;;
    *)
      if answers "$primary" || [ "$waited" -ge ${primaryPatience} ]; then run "$primary"; fi
      say "the primary $primary does not answer"
      ;;
  esac
  sleep 1
done
`;

/** Whether the process serves at all; a server that is busy loading does. */
export const liveScript = `#!/bin/sh
. /etc/redis/config/ask.sh
[ -n "$(server "$SELF" PING)" ]
`;

/**
 * Whether the next server may be taken down: a replica that is still copying is not ready, and neither is one that the
 * Sentinels have not seen yet, as they would leave it behind at the next failover. One whose primary is gone is, as that is
 * no fault of its own, and the others have to be able to start.
 */
export const readyScript = `#!/bin/sh
. /etc/redis/config/ask.sh
answers "$SELF" || exit 1
[ -n "$SENTINELS" ] || exit 0
replication=$(server "$SELF" INFO replication | tr -d '\\r')
case $replication in
  *role:master*) [ "$(named_primary)" = "$POD_NAME" ] ;;
  *master_link_status:up*) seen "$POD_NAME" ;;
  *) ! answers "$(echo "$replication" | sed -n 's/^master_host://p')" ;;
esac
`;

/**
 * Before a primary stops it hands over: writes wait, a replica catches up, and a Sentinel makes it the primary. That takes a
 * few seconds, and loses nothing; without it the Sentinels would first have to notice.
 */
export const stopServerScript = `#!/bin/sh
. /etc/redis/config/ask.sh

replication() { server "$SELF" INFO replication | tr -d '\\r'; }
primary() { replication | grep -q -x role:master; }
handover() { REDISCLI_AUTH=$HANDOVER_PASSWORD ask "$@"; }

# Whether the Sentinels name another primary.
handed_over() {
  named=$(named_primary)
  [ -n "$named" ] && [ "$named" != "$POD_NAME" ]
}

# Whether some replica has all that was written.
caught_up() {
  now=$(replication)
  offset=$(echo "$now" | sed -n 's/^master_repl_offset://p')
  echo "$now" | grep -q "^slave[0-9]*:.*state=online,offset=$offset,"
}

[ -n "$SENTINELS" ] || exit 0
primary || exit 0
# With nobody to hand over to, writes would wait for nothing.
replication | grep -q '^slave[0-9]*:.*state=online,' || exit 0
handover "$SELF" 6379 handover CLIENT PAUSE ${handoverPatience}000 WRITE
deadline=$(($(date +%s) + ${handoverPatience}))
asked=
while ! handed_over && [ "$(date +%s)" -lt "$deadline" ]; do
  if [ -z "$asked" ] && caught_up; then
    for one in $SENTINELS; do
      if [ "$(handover "$one" 26379 handover SENTINEL failover "$INSTALLATION")" = OK ]; then asked=$one && break; fi
    done
  fi
  sleep 0.2
done
# Once there is another primary, what waits here must not be written: this server is about to stop, and is told last.
handed_over || handover "$SELF" 6379 handover CLIENT UNPAUSE
exit 0
`;

/**
 * Runs beside the server and keeps it in line with what is decided elsewhere.
 *
 * It gives it the ACL file's changes, so that no new user or password restarts a database. Users are replaced one by one:
 * connections stay, while ACL LOAD would cut all of them.
 *
 * And it makes it follow the primary that a majority of the Sentinels name. They do that themselves, for the replicas that
 * they know: a new one they see at the primary within ten seconds. When the primary goes before that, the new one would stay
 * with it for ever, and no write would have the second copy that it needs.
 */
export const keeperScript = `#!/bin/sh
. /etc/redis/config/ask.sh
trap 'exit 0' TERM INT
file=/etc/redis/acl/users.acl

keeper() { REDISCLI_AUTH=$KEEPER_PASSWORD timeout 5 redis-cli -e -h "$SELF" -p 6379 --user keeper "$@" 2>/dev/null; }

apply() {
  users=$(keeper ACL USERS) || return 1
  for user in $users; do
    grep -q "^user $user " "$file" || keeper ACL DELUSER "$user" > /dev/null || return 1
  done
  # By standard input: arguments can be seen in the list of processes.
  accepted=$(sed 's/^user \\([^ ]*\\)/ACL SETUSER \\1 reset/' "$file" | keeper | grep -x -c OK)
  [ "$accepted" = "$(grep -c '^user ' "$file")" ]
}

# The server that this one follows: itself when it is the primary.
followed() {
  role=$(server "$SELF" ROLE)
  case $role in
    master*) echo "$POD_NAME" ;;
    slave*) echo "$role" | sed -n 2p ;;
  esac
}

# The Sentinels come first, and a failover of theirs takes a few seconds.
astray=
follow() {
  named=$(named_primary)
  now=$(followed)
  if [ -z "$named" ] || [ -z "$now" ] || [ "$named" = "$now" ] || [ "$named" = "$POD_NAME" ]; then
    astray=
  elif [ -z "$astray" ]; then
    astray=$(date +%s)
  elif [ $(($(date +%s) - astray)) -ge ${followPatience} ]; then
    say "follows $now, and the primary is $named: $(keeper REPLICAOF "$named" 6379)"
    astray=
  fi
}

applied=
while :; do
  now=$(cksum < "$file")
  if [ "$now" != "$applied" ]; then
    if apply; then
      say "the server has the users of file $now"
      applied=$now
    else
      say "the server does not take the users of file $now yet"
    fi
  fi
  [ -z "$SENTINELS" ] || follow
  sleep 5 &
  wait $!
done
`;
