-- The entries still to be done; each is claimed, which counts one delivery more.
-- KEYS stream; ARGV group, consumer, entry id...
-- Returns {stream, entry id, times delivered, {field, value, ...}}...
local stream, group = KEYS[1], ARGV[1]
local begun = {}
for i = 3, #ARGV do
  local reply = redis.pcall('XCLAIM', stream, group, ARGV[2], 0, ARGV[i])
  if reply.err then
    if string.sub(reply.err, 1, 7) == 'NOGROUP' then
      return {}
    end
    return reply
  end
  local entry = reply[1]
  if entry then
    local pending = redis.call('XPENDING', stream, group, entry[1], entry[1], 1)
    begun[#begun + 1] = {stream, entry[1], pending[1][4], entry[2]}
  end
end
return begun
