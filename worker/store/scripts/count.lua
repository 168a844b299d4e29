-- uses core
-- Counts the attempt of a worker that has the entries which begin.lua gave it. An entry that somebody
-- else has begun since is left as it is; so is one whose attempt was counted before, so that a call
-- whose answer was lost may be repeated.
-- ARG entries: {stream, id, attempts that its worker was told}...
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
