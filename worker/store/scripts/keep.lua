-- uses core
-- Tells that entries are still worked on; one that was not told of for long is left as it is, since
-- somebody else may have it.
-- ARG silent_ms, entries: {stream, id}...
local WORKER = 'worker'
for _, entry in ipairs(ARG.entries) do
  local stream, id = entry[1], entry[2]
  local pending = redis.pcall('XPENDING', stream, GROUP, id, id, 1)
  local held = not pending.err and pending[1]
  if held and held[2] == WORKER and held[3] < ARG.silent_ms then
    redis.call('XCLAIM', stream, GROUP, WORKER, 0, id, 'JUSTID')
  end
end
return 1
