-- Items that wait for their time: held, a hash of {order, names and values} by item, and held:due.
local function waiting_order(id)
  local waiting = redis.call('HGET', key('held'), id)
  return waiting and cmsgpack.unpack(waiting)[1]
end

-- Lets go what waits under an item, unless that is newer than `order`.
local function drop_held(id, order)
  local waiting = waiting_order(id)
  if waiting and not is_later(waiting, order) then
    redis.call('HDEL', key('held'), id)
    redis.call('ZREM', key('held:due'), id)
  end
end
