-- Losses of a desk's durable readers when its stream is trimmed to its limit.
-- desks:lost: '<desk>:<reader>' -> '<events lost> <time of the last loss in ms>'
local RELAY = 'relay' -- the consumer group of a desk's relay
local CONSUMER = 'copytaster'
local CUT_SLACK = 100 -- events beyond the limit: trimming each singly would cost more
local CUT_LIMIT = 1000 -- events trimmed at once
local GROUPS_LIMIT = 100 -- consumer groups whose losses are counted, beside the relay

-- Makes the relay a reader of the stream, whose losses are counted.
local function enter_relay(stream)
  if redis.pcall('XPENDING', stream, RELAY).err then
    redis.call('XGROUP', 'CREATE', stream, RELAY, '0', 'MKSTREAM')
  end
end

-- Adds to the count of a reader's lost events; a negative count takes some back.
local function count_lost(desk, reader, count)
  local name, field = key('desks:lost'), desk .. ':' .. reader
  local losses = redis.call('HGET', name, field) or '0 0'
  local lost, at = string.match(losses, '^(%d+) (%d+)$')
  at = count > 0 and whole(NOW) or at
  redis.call('HSET', name, field, whole(math.max(0, lost + count)) .. ' ' .. at)
end

-- Counts the events from `first` to `last`, which are about to go, that a consumer group loses.
local function lose(desk, stream, group, first, last)
  local reader, read_to = group['name'], group['last-delivered-id']
  -- A group may be set to any id, even the highest possible, after which XRANGE is an error.
  local unread = 0
  if is_later(last, read_to) then
    unread = #redis.call('XRANGE', stream, '(' .. read_to, last)
  end
  local unconfirmed = redis.call('XPENDING', stream, reader, first, last, CUT_LIMIT)
  if unread + #unconfirmed > 0 then
    count_lost(desk, reader, unread + #unconfirmed)
  end
  -- Moving the group past the trimmed events keeps the lag that the server reports right.
  if unread > 0 then
    redis.call('XGROUP', 'SETID', stream, reader, last)
  end
  -- Those of the relay stay pending: it may be sending them now, and confirm them yet.
  for _, pending in ipairs(reader == RELAY and {} or unconfirmed) do
    redis.call('XACK', stream, reader, pending[1])
  end
end

-- Trims the oldest events. They are read, which copies them, only if a group may lose some: the lag
-- that the server reports is never too small.
local function cut_desk(desk, stream, count)
  local left = redis.call('XLEN', stream) - count
  local cut
  local groups = redis.call('XINFO', 'GROUPS', stream)
  for i, words in ipairs(groups) do
    if i <= GROUPS_LIMIT or words[2] == RELAY then
      local group = fields_of(words)
      if group['pending'] > 0 or (group['lag'] or left + 1) > left then
        cut = cut or redis.call('XRANGE', stream, '-', '+', 'COUNT', count)
        lose(desk, stream, group, cut[1][1], cut[#cut][1])
      end
    end
  end
  redis.call('XTRIM', stream, 'MAXLEN', left)
end

-- Trims a desk whose length exceeds its limit by enough to make trimming worthwhile; returns true
-- if so.
local function bound_desk(desk, stream, limit, length)
  local excess = length - limit
  local is_cut = excess >= math.min(CUT_SLACK, math.ceil(limit / 10))
  if is_cut then
    cut_desk(desk, stream, math.min(excess, CUT_LIMIT))
  end
  return is_cut
end
