import { statusPrefix } from "./names.ts";

/** Keys below `suoke/status/` by which the age and size of the last good snapshot become metrics. */
export const snapshotStatus = {
  time: `${statusPrefix}snapshot/last-success`,
  bytes: `${statusPrefix}snapshot/bytes`,
} as const;

/**
 * Tries a command up to ten times. A follower passes a snapshot on from the leader, and now and then loses the connection
 * before its end when they speak TLS: https://github.com/hashicorp/consul/issues/6893. Asking again is safe.
 */
const again = `again() {
  for try in 1 2 3 4 5 6 7 8 9; do
    "$@" && return 0
    echo "try $try failed: $*" >&2
    sleep 1
  done
  "$@"
}`;

/**
 * Shell scripts of the snapshot jobs, for the `sh` of the images that they run in. `consul snapshot save` reads the file back
 * and checks it before it reports success.
 */
export const scripts = {
  /** Takes one. The name sorts by time; a run that is cut off leaves no file that looks like a snapshot. */
  "save.sh": `set -eu
${again}
name="consul-$(date -u +%Y%m%dT%H%M%SZ).snap"
rm -f "$SNAPSHOTS"/*.part
again consul snapshot save "$SNAPSHOTS/$name.part"
mv "$SNAPSHOTS/$name.part" "$SNAPSHOTS/$name"
echo "$name" > "$WORK/name"
`,
  /** Copies it to the object store, where a second look compares size and checksum, and forgets what is old there. */
  "upload.sh": `set -eu
name="$(cat "$WORK/name")"
rclone copyto "$SNAPSHOTS/$name" "store:$BUCKET/$PREFIX/$name"
rclone check --one-way --include "/$name" "$SNAPSHOTS" "store:$BUCKET/$PREFIX"
rclone delete --min-age "\${KEEP_DAYS}d" "store:$BUCKET/$PREFIX"
`,
  /** Only now the snapshot counts: the numbers become metrics, and the oldest files go. */
  "record.sh": `set -eu
name="$(cat "$WORK/name")"
consul kv put "${snapshotStatus.bytes}" "$(wc -c < "$SNAPSHOTS/$name" | tr -d ' ')"
consul kv put "${snapshotStatus.time}" "$(date -u +%s)"
ls -1 "$SNAPSHOTS" | grep '^consul-.*[.]snap$' | sort -r | tail -n "+$((KEEP + 1))" | while read -r old; do
  rm -f "$SNAPSHOTS/$old"
  echo "removed $old"
done
`,
  /** Brings a snapshot back from the object store that the volume does not have. */
  "fetch.sh": `set -eu
if [ "$SNAPSHOT" = latest ]; then
  [ -n "$(ls -1 "$SNAPSHOTS" | grep '^consul-.*[.]snap$' || true)" ] && exit 0
  SNAPSHOT="$(rclone lsf "store:$BUCKET/$PREFIX" | grep '^consul-.*[.]snap$' | sort | tail -n 1)"
fi
[ -f "$SNAPSHOTS/$SNAPSHOT" ] || rclone copyto "store:$BUCKET/$PREFIX/$SNAPSHOT" "$SNAPSHOTS/$SNAPSHOT"
`,
  /** Puts a snapshot in place of what the servers hold, after a copy of that. */
  "restore.sh": `set -eu
${again}
if [ "$SNAPSHOT" = latest ]; then
  SNAPSHOT="$(ls -1 "$SNAPSHOTS" | grep '^consul-.*[.]snap$' | sort | tail -n 1)"
fi
if [ ! -f "$SNAPSHOTS/$SNAPSHOT" ]; then
  echo "There is no snapshot \\"$SNAPSHOT\\". There are:" >&2
  ls -1 "$SNAPSHOTS" >&2
  exit 2
fi
consul snapshot inspect "$SNAPSHOTS/$SNAPSHOT"
again consul snapshot save "$SNAPSHOTS/before-restore-$(date -u +%Y%m%dT%H%M%SZ).snap"
again consul snapshot restore "$SNAPSHOTS/$SNAPSHOT"
`,
} as const;
