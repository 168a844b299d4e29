-- The order of the entries of all work streams, from a single counter.
-- An order is <ms>-<number>, later than every order before it, whatever the clock does. The ms are
-- those of the steady clock: the time between two orders is right after the server's clock was set
-- back, too. The number grows by a random step that the caller draws, so that a server that lost the
-- tail of its log does not give the same order to another entry.
local last_ms, last_number

local function read_last()
  if not last_ms then
    local last = redis.call('GET', key('order')) or '0-0'
    last_ms, last_number = string.match(last, '^(%d+)-(%d+)$')
    last_ms, last_number = tonumber(last_ms), tonumber(last_number)
  end
end

-- Returns the order that was given last.
local function latest_order()
  read_last()
  return whole(last_ms) .. '-' .. whole(last_number)
end

local function next_order(step)
  read_last()
  if STEADY > last_ms then
    last_ms, last_number = STEADY, 0
  end
  last_number = last_number + step
  redis.call('SET', key('order'), latest_order())
  return latest_order()
end

-- Notes that a message keeps an earlier order than its id tells, so that the kills from after that
-- order stay open for it. orders: a sorted set, '<place> <id>' by the ms of the order; the place is a
-- door, a work stream or `pages`.
local function keep_order(place, id, order)
  redis.call('ZADD', key('orders'), string.match(order, '^%d+'), place .. ' ' .. id)
end

-- Returns the ms of the earliest order that is kept; math.huge if none is. Drops those of messages
-- that somebody deleted at a door; enter.lua, `finish` and end_page.lua drop the others. The loop is bounded, since the server answers nobody else meanwhile: 0 keeps all
-- kills open until the next run goes on.
local function oldest_order_ms()
  for _ = 1, 1000 do
    local name, ms = unpack(redis.call('ZRANGE', key('orders'), 0, 0, 'WITHSCORES'))
    if not name then
      return math.huge
    end
    local place, id = string.match(name, '^(%S+) (%S+)$')
    if place == 'pages' or #redis.call('XRANGE', key(place), id, id) > 0 then
      return tonumber(ms)
    end
    redis.call('ZREM', key('orders'), name)
  end
  return 0
end

-- Adds an entry to a work stream under a new order. `order` is an earlier one that the entry keeps
-- as its place among the versions of its item, or nil; `fields` are names and values.
local function add_work(is_urgent, step, order, fields)
  local id = next_order(step)
  if order then
    fields[#fields + 1] = 'order'
    fields[#fields + 1] = order
  end
  local stream = is_urgent and 'work:urgent' or 'work'
  redis.call('XADD', key(stream), id, unpack(fields))
  if order then
    keep_order(stream, id, order)
  end
  return id
end

-- Returns the time in ms of the oldest entry on a work stream; the present time if there is none.
-- Read only once, since the reply holds the entry's message.
local oldest_ms
local function oldest_work_ms()
  if oldest_ms then
    return oldest_ms
  end
  oldest_ms = STEADY
  for _, stream in ipairs({ 'work', 'work:urgent' }) do
    local oldest = redis.call('XRANGE', key(stream), '-', '+', 'COUNT', 1)[1]
    if oldest then
      oldest_ms = math.min(oldest_ms, tonumber(string.match(oldest[1], '^%d+')))
    end
  end
  return oldest_ms
end

-- Returns true if an entry is still to be done. There is no group before the first entry is taken.
local function is_pending(stream, entry)
  local pending = redis.pcall('XPENDING', stream, GROUP, entry, entry, 1)
  return not pending.err and #pending > 0
end

local function finish(stream, entry)
  redis.call('XACK', stream, GROUP, entry)
  redis.call('XDEL', stream, entry)
  redis.call('ZREM', key('orders'), string.sub(stream, #PREFIX + 1) .. ' ' .. entry)
end
