-- Puts entries whose time has come back on the inbox. Returns how many.
-- KEYS held, held:due, inbox:urgent; ARGV limit
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local hashes = redis.call(
  'ZRANGE', KEYS[2], '-inf', string.format('%.0f', now), 'BYSCORE', 'LIMIT', 0, ARGV[1]
)
local released = 0
for _, hash in ipairs(hashes) do
  local waiting = redis.call('HGET', KEYS[1], hash)
  if waiting then
    local said = cjson.decode(waiting)
    local command = {'XADD', KEYS[3], '*', 'retry_of', said.order, 'released', '1'}
    for _, word in ipairs(said.fields) do
      command[#command + 1] = word
    end
    redis.call(unpack(command))
    released = released + 1
  end
  redis.call('HDEL', KEYS[1], hash)
  redis.call('ZREM', KEYS[2], hash)
end
return released
