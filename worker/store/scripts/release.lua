-- uses core
-- Takes back the attempt that count.lua counted for each entry, if it did and the entry is pending.
-- An entry that no other worker has begun since is free again at once.
-- ARG: entries: {stream, id, attempts that the worker was told}...
--
-- Makes no write that needs memory, so that it works on a full server, which is when it is needed.
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
