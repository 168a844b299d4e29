-- The archive: copies of the last version of each item, for replays and for the next version's
-- change. copies: a stream of {item, body}; copies:bytes: the size of all bodies.
local function drop_copy(id)
  local copy = redis.call('XRANGE', key('copies'), id, id)[1]
  if copy then
    redis.call('DECRBY', key('copies:bytes'), #copy[2][4]) -- first: a full server refuses it
    redis.call('XDEL', key('copies'), id)
  end
end

-- Replaces the copy of an item's last version; '' keeps no copy.
local function keep_copy(record, copy)
  if record.copy ~= '' then
    drop_copy(record.copy)
  end
  record.copy = ''
  if copy ~= '' then
    record.copy = add_steadily(key('copies'), 'item', record.id, 'body', copy)
    redis.call('INCRBY', key('copies:bytes'), #copy)
  end
end

-- Drops the oldest copies that exceed the age or the size. The loop is bounded, since the server
-- answers nobody else meanwhile; the next run goes on.
local function trim_copies()
  for _ = 1, 1000 do
    local oldest = redis.call('XRANGE', key('copies'), '-', '+', 'COUNT', 1)[1]
    local bytes = tonumber(redis.call('GET', key('copies:bytes')) or 0)
    if not oldest then
      return
    end
    local at = tonumber(string.match(oldest[1], '^%d+'))
    if bytes <= ARG.copies_bytes and at >= STEADY - ARG.copies_ms then
      return
    end
    drop_copy(oldest[1])
  end
end
