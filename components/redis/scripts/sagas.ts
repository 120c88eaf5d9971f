/** Sagas that one look counts at most: it blocks the server, for about a millisecond per thousand (docs/data.md). */
export const countedSagas = 100_000;

/** Minutes after which a saga that has not ended is stuck: five steps of 93 s take less than eight. */
export const stuckMinutes = 10;

/**
 * Counts sagas by state, for the exporter's metric \`redis_script_values{key}\`. Only the primary of a server that evicts
 * nothing has any: elsewhere it returns at once. A saga's age is in its id (\`consultation_<user>_<unix time>\`); those
 * without one are counted apart, as nobody can say whether they are stuck.
 */
export const sagasLua = `local function info(section, field)
  return string.match(redis.call('INFO', section), field .. ':(%w+)')
end
if info('memory', 'maxmemory_policy') ~= 'noeviction' or info('replication', 'role') ~= 'master' then return {} end
local now = tonumber(redis.call('TIME')[1])
local states = { pending = 0, running = 0, completed = 0, failed = 0, compensating = 0, compensated = 0, other = 0 }
local ended = { completed = true, compensated = true, failed = true }
local stuck, undated, seen, cursor = 0, 0, 0, '0'
repeat
  local page = redis.call('SCAN', cursor, 'MATCH', 'saga:*', 'COUNT', 1000, 'TYPE', 'hash')
  cursor = page[1]
  for _, key in ipairs(page[2]) do
    local status = redis.call('HGET', key, 'status')
    if not status or not states[status] then status = 'other' end
    states[status] = states[status] + 1
    seen = seen + 1
    if not ended[status] then
      local started = tonumber(string.match(key, '_(%d+)$'))
      if not started then undated = undated + 1
      elseif now - started > ${stuckMinutes * 60} then stuck = stuck + 1 end
    end
  end
until cursor == '0' or seen >= ${countedSagas}
local result = {}
local function add(name, value)
  table.insert(result, name)
  table.insert(result, tostring(value))
end
for state, count in pairs(states) do add('saga_state_' .. state, count) end
add('saga_stuck', stuck)
add('saga_undated', undated)
-- 1 when there were more than are counted in one look.
add('saga_uncounted', cursor == '0' and 0 or 1)
return result
`;
