-- Copies of the last version of items: copies, a stream of {item, body}; copies:bytes, their size.
local function drop_copy(id)
  local found = redis.call('XRANGE', key('copies'), id, id)[1]
  if found then
    redis.call('XDEL', key('copies'), id)
    redis.call('DECRBY', key('copies:bytes'), #found[2][4])
  end
end

-- Puts the copy of a version in the place of the one before; '' keeps none.
local function keep_copy(record, copy)
  if record.copy ~= '' then
    drop_copy(record.copy)
  end
  record.copy = ''
  if copy ~= '' then
    record.copy = redis.call('XADD', key('copies'), '*', 'item', record.id, 'body', copy)
    redis.call('INCRBY', key('copies:bytes'), #copy)
  end
end

local function trim_copies()
  for _ = 1, 1000 do
    local oldest = redis.call('XRANGE', key('copies'), '-', '+', 'COUNT', 1)[1]
    local bytes = tonumber(redis.call('GET', key('copies:bytes')) or 0)
    if not oldest then
      return
    end
    local at = tonumber(string.match(oldest[1], '^%d+'))
    if bytes <= ARG.copies_bytes and at >= NOW - ARG.copies_ms then
      return
    end
    drop_copy(oldest[1])
  end
end
