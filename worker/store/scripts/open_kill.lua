-- uses core, order
-- Remembers a kill for the items that it may have overtaken, on each wire that these may be on.
-- ARG step, wires, kill, kills_ms, kills_length
-- Returns the kill's id, which no other has: also where a server that took over has lost some kills.
local id = next_order(ARG.step)
for _, wire in ipairs(ARG.wires) do
  local name = key('kills:' .. wire)
  redis.call('XTRIM', name, 'MINID', whole(math.max(0, NOW - ARG.kills_ms)))
  redis.call('XADD', name, 'MAXLEN', '~', ARG.kills_length, id, 'kill', ARG.kill)
  redis.call('PEXPIRE', name, whole(ARG.kills_ms))
end
return id
