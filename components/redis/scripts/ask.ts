/**
 * What the other scripts ask servers and Sentinels. POSIX shell, as the image has no other. From the environment:
 * INSTALLATION, SERVERS, SENTINELS, QUORUM, HEALTH_PASSWORD, and SELF, this pod as it reaches itself.
 */
export const askScript = `# Sourced by the scripts beside it.

say() { echo "$(date -u +%T) $*"; }

# ask HOST PORT USER COMMAND...: the answer, or nothing where none comes in time. REDISCLI_AUTH has the password.
ask() {
  host=$1 port=$2 user=$3
  shift 3
  timeout 2 redis-cli -h "$host" -p "$port" --user "$user" "$@" 2>/dev/null || true
}

sentinel() { REDISCLI_AUTH=$HEALTH_PASSWORD ask "$1" 26379 health SENTINEL "$2" "$INSTALLATION"; }

server() {
  name=$1
  shift
  REDISCLI_AUTH=$HEALTH_PASSWORD ask "$name" 6379 health "$@"
}

answers() { [ "$(server "$1" PING)" = PONG ]; }

# The server that a majority of the Sentinels name as the primary, or nothing.
named_primary() {
  for one in $SENTINELS; do
    sentinel "$one" get-master-addr-by-name | head -n 1
  done | sort | uniq -c | while read -r votes named; do
    case " $SERVERS " in *" $named "*) [ "$votes" -lt "$QUORUM" ] || echo "$named" ;; esac
  done
}

# Whether a majority of the Sentinels has seen a replica of that name.
seen() {
  votes=0
  for one in $SENTINELS; do
    if sentinel "$one" replicas | grep -q -x -F "$1"; then votes=$((votes + 1)); fi
  done
  [ "$votes" -ge "$QUORUM" ]
}

# Whether some Sentinel sees a replica that runs.
replica_runs() {
  for one in $SENTINELS; do
    if sentinel "$one" replicas | grep -A 1 -x flags | grep -q -x slave; then return 0; fi
  done
  return 1
}
`;
