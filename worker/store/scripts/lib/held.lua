-- Items under embargo. held: a hash, item -> {order, fields of the entry, hash of the version};
-- held:due: a sorted set of the items by the end of their embargo; held:recent: a hash by which a
-- kill finds them however long they wait.

-- Returns the order, the fields and the version's hash of a held entry, nil for an entry that cannot
-- be read, of another release.
local function read_held(packed)
  local is_read, entry = pcall(cmsgpack.unpack, packed)
  if not is_read or type(entry) ~= 'table' then
    return nil
  end
  local order, fields, hash = unpack(entry, 1, 3)
  if type(order) == 'string' and string.match(order, '^%d+%-%d+$')
    and type(fields) == 'table' and type(hash) == 'string'
  then
    return order, fields, hash
  end
end

-- Returns the order and the version's hash of the entry that waits for an item, nil if none does. An
-- entry that cannot be read counts as none, so that no kill or other version fails because of it: the
-- record does not mention it, and it is put aside at its time unless another version is held before.
-- A release that can read it judges it by its order.
local function find_waiting(id)
  local packed = redis.call('HGET', key('held'), id)
  if packed then
    local order, _, hash = read_held(packed)
    return order, hash
  end
end

local function let_go(id)
  redis.call('HDEL', key('held'), id)
  redis.call('HDEL', key('held:recent'), id)
  redis.call('ZREM', key('held:due'), id)
end

local has_held -- asked once: no script that drops an entry has begun to hold another before

-- Drops the entry that waits for an item unless it is newer than `order`. Its order is noted in the
-- record, by which the version is judged if its sender puts it again.
local function drop_held(record, order)
  if has_held == nil then
    has_held = redis.call('EXISTS', key('held')) == 1
  end
  if not has_held then
    return
  end
  local waiting, hash = find_waiting(record.id)
  if waiting and not is_later(waiting, order) then
    let_go(record.id)
    if hash ~= hash_of(record.version) then
      note_place(record, hash, waiting)
    end
  end
end
