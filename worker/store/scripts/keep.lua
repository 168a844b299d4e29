-- Tells that entries are still worked on; one that was not told of for long is left as it is, since
-- somebody else may have it.
-- KEYS the stream of each entry; ARGV group, consumer, how long in ms, entry id...
local group, silent_ms = ARGV[1], tonumber(ARGV[3])
for i, stream in ipairs(KEYS) do
  local pending = redis.pcall('XPENDING', stream, group, ARGV[i + 3], ARGV[i + 3], 1)
  local held = not pending.err and pending[1]
  if held and held[2] == ARGV[2] and held[3] < silent_ms then
    redis.call('XCLAIM', stream, group, ARGV[2], 0, ARGV[i + 3], 'JUSTID')
  end
end
return 1
