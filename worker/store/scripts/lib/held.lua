-- Items that wait for their time: held, a hash of {order, names and values} by item; held:due; and
-- held:recent, by which a kill finds them however long they wait.
local function waiting_order(id)
  local waiting = redis.call('HGET', key('held'), id)
  return waiting and cmsgpack.unpack(waiting)[1]
end

local function let_go(id)
  redis.call('HDEL', key('held'), id)
  redis.call('HDEL', key('held:recent'), id)
  redis.call('ZREM', key('held:due'), id)
end

-- Lets go what waits under an item, unless that is newer than `order`.
local function drop_held(id, order)
  local waiting = waiting_order(id)
  if waiting and not is_later(waiting, order) then
    let_go(id)
  end
end
