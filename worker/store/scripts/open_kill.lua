-- uses core, steady, order
-- Lists a kill on each wire of its possible targets, for items that it may have overtaken. Returns
-- the kill's id.
-- ARG: step, wires, kill (OpenKill JSON), kills_ms, known_s, kills_length
--
-- A kill stays open for kills_ms, and as long as an item that came before it may wait for a worker.
-- The id is an order: even a server that lost kills in a failover gives it to no other kill.
local open_ms = STEADY - ARG.kills_ms
for _, stream in ipairs({ 'work', 'work:urgent' }) do
  local oldest = redis.call('XRANGE', key(stream), '-', '+', 'COUNT', 1)[1]
  if oldest then
    open_ms = math.min(open_ms, tonumber(string.match(oldest[1], '^%d+')))
  end
end
local id = next_order(ARG.step)
for _, wire in ipairs(ARG.wires) do
  local name = key('kills:' .. wire)
  redis.call('XTRIM', name, 'MINID', whole(math.max(0, open_ms)))
  redis.call('XADD', name, 'MAXLEN', '~', ARG.kills_length, id, 'kill', ARG.kill)
  redis.call('EXPIRE', name, ARG.known_s)
end
return id
