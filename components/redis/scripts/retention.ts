/**
 * One step through the sagas: those that have ended get a time to live, once; one that runs again loses it.
 *
 * The plan's hash has no time in it, and neither does every saga's id. OBJECT IDLETIME is reset by whoever looks, the
 * exporter included, and by every restart. A time to live needs neither: it starts when the job first sees that a saga has
 * ended, it is in the append-only file, and Redis keeps to it itself. `LT` leaves a shorter one alone, so that seeing a
 * saga again prolongs nothing, and a retention that was shortened takes effect.
 *
 * ARGV: the cursor, the time to live in seconds. Returns the next cursor, and how many got and lost theirs.
 */
export const retentionLua = `local ended = { completed = true, compensated = true, failed = true }
local page = redis.call('SCAN', ARGV[1], 'MATCH', 'saga:*', 'COUNT', 200, 'TYPE', 'hash')
local expiring, running = 0, 0
for _, key in ipairs(page[2]) do
  local status = redis.call('HGET', key, 'status')
  if status and ended[status] then
    expiring = expiring + redis.call('EXPIRE', key, ARGV[2], 'LT')
  else
    running = running + redis.call('PERSIST', key)
  end
end
return { page[1], expiring, running }
`;

/** Goes through all of them in small steps, as a script blocks the server. HOST, KEEP_SECONDS and REDISCLI_AUTH are set. */
export const retentionScript = `#!/bin/sh
set -eu
cursor=0 expiring=0 running=0
while :; do
  # -e: an error ends the job, which then is tried again.
  step=$(redis-cli -e -h "$HOST" -p 6379 --user retention --eval /etc/retention/retention.lua , "$cursor" "$KEEP_SECONDS")
  { read -r cursor; read -r ended; read -r revived; } <<END
$step
END
  expiring=$((expiring + ended)) running=$((running + revived))
  [ "$cursor" != 0 ] || break
done
echo "$expiring sagas have ended and go in $KEEP_SECONDS s; $running run again and stay"
`;
