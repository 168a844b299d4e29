-- uses core
-- Counts an attempt at each entry that a worker got from begin.lua. An entry whose count has
-- changed since is left alone: another worker has begun it, or this call is repeated after its
-- answer was lost.
-- ARG: entries: {stream, id, attempts that the worker was told}...
local WORKER = 'worker'
for _, entry in ipairs(ARG.entries) do
  local stream, id, attempts = entry[1], entry[2], entry[3]
  local pending = redis.pcall('XPENDING', stream, GROUP, id, id, 1)
  local held = not pending.err and pending[1]
  if held and held[4] == attempts then
    redis.call('XCLAIM', stream, GROUP, WORKER, 0, id, 'RETRYCOUNT', attempts + 1, 'JUSTID')
  end
end
return 1
