-- Items that wait for their time: held, a hash of {order, names and values, hash of the
-- version} by item; held:due; and
-- held:recent, by which a kill finds them however long they wait.
local function find_waiting(id)
  local waiting = redis.call('HGET', key('held'), id)
  if waiting then
    local order, _, hash = unpack(cmsgpack.unpack(waiting))
    return order, hash
  end
end

local function let_go(id)
  redis.call('HDEL', key('held'), id)
  redis.call('HDEL', key('held:recent'), id)
  redis.call('ZREM', key('held:due'), id)
end

-- Lets go what waits under an item, unless that is newer than `order`: the record notes its place.
local function drop_held(record, order)
  local waiting, hash = find_waiting(record.id)
  if waiting and not is_later(waiting, order) then
    let_go(record.id)
    if hash ~= hash_of(record.version) then
      note_place(record, hash, waiting)
    end
  end
end
