-- uses core, steady, order
-- Lists a kill on each wire of its possible targets, for items that it may have overtaken. Returns
-- the kill's id; '' if its entry is no longer pending, since a failover may have lost the kill.
-- ARG: step, stream, entry, wires, kill (OpenKill JSON), kills_ms, known_s, kills_length
--
-- A kill stays open for kills_ms, for kills_ms before the oldest entry that waits for a worker, and
-- as long as a message with an earlier order waits: a retried one at its door or for a worker, or
-- one that waits for its page.
-- The id is an order: even a server that lost kills in a failover gives it to no other kill.
if not is_pending(ARG.stream, ARG.entry) then
  return ''
end
local open_ms = math.min(oldest_work_ms() - ARG.kills_ms, oldest_order_ms())
local id = next_order(ARG.step)
for _, wire in ipairs(ARG.wires) do
  local name = key('kills:' .. wire)
  redis.call('XTRIM', name, 'MINID', whole(math.max(0, open_ms)))
  redis.call('XADD', name, 'MAXLEN', '~', ARG.kills_length, id, 'kill', ARG.kill)
  redis.call('EXPIRE', name, ARG.known_s)
end
return id
