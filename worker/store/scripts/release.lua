-- Takes back the attempt that begin.lua counted of each entry that is still pending.
-- KEYS the stream of each entry; ARGV group, consumer, entry id...
--
-- No write that needs memory: it works on a server that is full, which is when it is needed.
local group = ARGV[1]
for i, stream in ipairs(KEYS) do
  local pending = redis.pcall('XPENDING', stream, group, ARGV[i + 2], ARGV[i + 2], 1)
  if not pending.err and pending[1] and pending[1][4] > 1 then
    redis.call(
      'XCLAIM', stream, group, ARGV[2], 0, ARGV[i + 2], 'RETRYCOUNT', pending[1][4] - 1, 'JUSTID'
    )
  end
end
return 1
