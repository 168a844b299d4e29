-- Items under embargo. held: a hash, item -> {order, fields of the entry, hash of the version, order
-- for kills}; held:due: a sorted set of the items by the end of their embargo; held:recent: a hash by
-- which a kill finds them however long they wait. A content that came again while it waits has the
-- order of its repeat among versions; a kill from before the repeat is not late by it.

-- Returns the order, the fields, the version's hash and the order for kills of a held entry, nil for
-- an entry that cannot be read, of another release.
local function read_held(packed)
  local is_read, entry = pcall(cmsgpack.unpack, packed)
  if not is_read or type(entry) ~= 'table' then
    return nil
  end
  local order, fields, hash, first = unpack(entry, 1, 4)
  if type(order) == 'string' and string.match(order, '^%d+%-%d+$')
    and type(fields) == 'table' and type(hash) == 'string'
  then
    return order, fields, hash, first or order
  end
end

-- Returns the order, the version's hash and the order for kills of the entry that waits for an item,
-- nil if none does. An entry that cannot be read counts as none, so that no kill or other version fails because of it: the
-- record does not mention it, and it is put aside at its time unless another version is held before.
-- A release that can read it judges it by its order.
local function find_waiting(id)
  local packed = redis.call('HGET', key('held'), id)
  if packed then
    local order, _, hash, first = read_held(packed)
    return order, hash, first
  end
end

local function let_go(id)
  redis.call('HDEL', key('held'), id)
  redis.call('HDEL', key('held:recent'), id)
  redis.call('ZREM', key('held:due'), id)
end

-- Returns true if no other version was published after an order.
local function is_new_since(record, order)
  return record.order == '' or is_later(order, record.order)
end

local has_held -- asked once: no script that drops an entry has begun to hold another before

local function may_wait(id)
  if has_held == nil then
    has_held = redis.call('EXISTS', key('held')) == 1
  end
  if has_held then
    return find_waiting(id)
  end
end

-- Drops the entry that waits for an item unless it is newer than `order`, that of a kill or another
-- version. Its order is noted in the record, by which the version is judged if its sender puts it
-- again.
local function drop_held(record, order, is_kill)
  local waiting, hash, first = may_wait(record.id)
  if waiting and not is_later(is_kill and first or waiting, order) then
    let_go(record.id)
    if hash ~= hash_of(record.version) then
      note_place(record, hash, is_kill and first or waiting)
    end
  end
end
