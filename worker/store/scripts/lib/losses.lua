-- What durable readers of a desk lose when its bound cuts the stream.
-- desks:lost: '<desk>:<reader>' -> '<events lost> <time of the last loss in ms>'
local RELAY = 'relay' -- the consumer group of a desk's relay
local CONSUMER = 'copytaster'
local CUT_SLACK = 100
local CUT_LIMIT = 1000
local GROUPS_LIMIT = 100 -- of more readers the losses are not counted

-- Adds to the events that a durable reader has lost; a negative count takes back.
local function count_lost(desk, reader, count)
  local name, field = key('desks:lost'), desk .. ':' .. reader
  local said = redis.call('HGET', name, field) or '0 0'
  local lost, at = string.match(said, '^(%d+) (%d+)$')
  at = count > 0 and whole(NOW) or at
  redis.call('HSET', name, field, whole(math.max(0, lost + count)) .. ' ' .. at)
end

-- Counts what a consumer group loses with the events from `first` to `last`, which are about to go.
local function lose(desk, stream, group, first, last)
  local reader, read_to = group['name'], group['last-delivered-id']
  -- A group may stand anywhere, also at the last id that there is, after which nothing can be asked.
  local unread = is_later(last, read_to) and #redis.call('XRANGE', stream, '(' .. read_to, last) or 0
  local unconfirmed = redis.call('XPENDING', stream, reader, first, last, CUT_LIMIT)
  if unread + #unconfirmed > 0 then
    count_lost(desk, reader, unread + #unconfirmed)
  end
  -- The group is set behind what goes: the server's count of its lag stays right.
  if unread > 0 then
    redis.call('XGROUP', 'SETID', stream, reader, last)
  end
  -- A relay may be sending them just now, and confirm them yet.
  for _, pending in ipairs(reader == RELAY and {} or unconfirmed) do
    redis.call('XACK', stream, reader, pending[1])
  end
end

-- Cuts the oldest events. They are read, at the price of copying them, only where a group may lose
-- some: the lag that the server tells is never too small.
local function cut_desk(desk, stream, count)
  local left = redis.call('XLEN', stream) - count
  local cut
  local groups = redis.call('XINFO', 'GROUPS', stream)
  for i = 1, math.min(#groups, GROUPS_LIMIT) do
    local group = fields_of(groups[i])
    if group['pending'] > 0 or (group['lag'] or left + 1) > left then
      cut = cut or redis.call('XRANGE', stream, '-', '+', 'COUNT', count)
      lose(desk, stream, group, cut[1][1], cut[#cut][1])
    end
  end
  redis.call('XTRIM', stream, 'MAXLEN', left)
end

-- Cuts a desk that holds more than its bound by so much that it is worth the while.
local function bound_desk(desk, stream, length)
  local excess = redis.call('XLEN', stream) - length
  if excess >= math.min(CUT_SLACK, math.ceil(length / 10)) then
    cut_desk(desk, stream, math.min(excess, CUT_LIMIT))
  end
end
