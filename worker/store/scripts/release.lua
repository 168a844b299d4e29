-- uses core
-- Takes back the attempt that count.lua counted of each entry that is still pending, if it did, and
-- lets go of those that nobody else has begun since.
-- ARG entries: {stream, id, attempts that its worker was told}...
--
-- No write that needs memory: it works on a server that is full, which is when it is needed.
local CONSUMER = 'copytaster'
for _, entry in ipairs(ARG.entries) do
  local stream, id, attempts = entry[1], entry[2], entry[3]
  local pending = redis.pcall('XPENDING', stream, GROUP, id, id, 1)
  local held = not pending.err and pending[1]
  if held and held[4] > attempts then
    local is_last = held[4] == attempts + 1
    redis.call(
      'XCLAIM', stream, GROUP, is_last and CONSUMER or held[2], 0, id,
      'IDLE', is_last and 0 or held[3], 'RETRYCOUNT', held[4] - 1, 'JUSTID'
    )
  end
end
return 1
