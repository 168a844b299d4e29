-- Streams in the order of KEYS; of each the entries that nobody has worked on for a while, then new
-- ones.
-- KEYS stream...; ARGV group, consumer, limit, idle in ms
-- Returns {stream, entry id, times delivered, {field, value, ...}}...
local group, consumer, limit, idle = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4]
local taken = {}

local function deliveries(stream, id)
  local pending = redis.call('XPENDING', stream, group, id, id, 1)
  return pending[1] and pending[1][4] or 0
end

-- JUSTID leaves the delivery count alone: being handed out again is not an attempt.
local function take_idle(stream)
  local cursor = '0-0'
  repeat
    local room = limit - #taken
    local reply = redis.pcall(
      'XAUTOCLAIM', stream, group, consumer, idle, cursor, 'COUNT', room, 'JUSTID'
    )
    if reply.err then
      if string.sub(reply.err, 1, 7) ~= 'NOGROUP' then
        return reply
      end
      redis.call('XGROUP', 'CREATE', stream, group, '0', 'MKSTREAM')
      return nil
    end
    for _, id in ipairs(reply[2]) do
      local entry = redis.call('XRANGE', stream, id, id)[1]
      if entry then
        taken[#taken + 1] = {stream, id, deliveries(stream, id), entry[2]}
      end
    end
    cursor = reply[1]
  until cursor == '0-0' or #taken >= limit
  return nil
end

local function take_new(stream)
  local reply = redis.call(
    'XREADGROUP', 'GROUP', group, consumer, 'COUNT', limit - #taken, 'STREAMS', stream, '>'
  )
  for _, entry in ipairs(reply and reply[1][2] or {}) do
    taken[#taken + 1] = {stream, entry[1], 1, entry[2]}
  end
end

for _, stream in ipairs(KEYS) do
  if #taken < limit then
    local failed = take_idle(stream)
    if failed then
      return failed
    end
  end
  if #taken < limit then
    take_new(stream)
  end
end
return taken
