-- uses core, steady, order
-- Lists a kill on each wire of its possible targets, for items that it may have overtaken. Returns
-- the kill's id.
-- ARG: step, wires, kill (OpenKill JSON), kills_ms, kills_length
--
-- The id is an order: even a server that lost kills in a failover gives it to no other kill.
local id = next_order(ARG.step)
for _, wire in ipairs(ARG.wires) do
  local name = key('kills:' .. wire)
  redis.call('XTRIM', name, 'MINID', whole(math.max(0, STEADY - ARG.kills_ms)))
  redis.call('XADD', name, 'MAXLEN', '~', ARG.kills_length, id, 'kill', ARG.kill)
  redis.call('PEXPIRE', name, whole(ARG.kills_ms))
end
return id
