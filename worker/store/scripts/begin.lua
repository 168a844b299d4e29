-- The entries still to be done; each is claimed, which counts one delivery more. One that the same
-- consumer has is being worked on, unless it has been silent for long.
-- KEYS stream; ARGV group, consumer, how long in ms, entry id...
-- Returns {stream, entry id, times delivered, {field, value, ...}}...
local stream, group, silent_ms = KEYS[1], ARGV[1], tonumber(ARGV[3])
local begun = {}
for i = 4, #ARGV do
  local before = redis.pcall('XPENDING', stream, group, ARGV[i], ARGV[i], 1)
  if before.err then
    if string.sub(before.err, 1, 7) == 'NOGROUP' then
      return {}
    end
    return before
  end
  local held = before[1]
  local is_free = held and not (held[2] == ARGV[2] and held[3] < silent_ms)
  local reply = is_free and redis.call('XCLAIM', stream, group, ARGV[2], 0, ARGV[i])
  local entry = reply and reply[1]
  if entry then
    local pending = redis.call('XPENDING', stream, group, entry[1], entry[1], 1)
    begun[#begun + 1] = {stream, entry[1], pending[1][4], entry[2]}
  end
end
return begun
