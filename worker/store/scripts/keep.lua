-- uses core
-- Renews entries that are still being worked on. An entry that was not renewed for silent_ms is
-- left alone: another worker may have it.
-- ARG: silent_ms, entries: {stream, id}...
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
