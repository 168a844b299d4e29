-- uses core
-- Measures the backlog of each desk's consumer groups. Returns {desk, reader, lag, events read but
-- not confirmed, events lost, ms since the last loss or ''}...
local readers = {}

local function find_lost(desk, reader)
  local losses = redis.call('HGET', key('desks:lost'), desk .. ':' .. reader)
  if not losses then
    return 0, ''
  end
  local lost, at = string.match(losses, '^(%d+) (%d+)$')
  return tonumber(lost), lost ~= '0' and whole(math.max(0, NOW - at)) or ''
end

-- Returns the lag of a group. The server does not know it for a group that began in the middle of a
-- stream; the length of the stream is its upper bound.
local function find_lag(group, length, last)
  if not last or not is_later(last[1], group['last-delivered-id']) then
    return 0
  end
  return math.min(group['lag'] or length, length)
end

-- Returns the number of pending events that are still on the stream: those that were trimmed while
-- the relay sent them are pending too.
local function find_unconfirmed(stream, group, first)
  local cut = group['pending'] > 0 and first
    and #redis.call('XPENDING', stream, group['name'], '-', '(' .. first, 1000) or 0
  return group['pending'] - cut
end

local desks = redis.call('SMEMBERS', key('desks'))
table.sort(desks)
for _, desk in ipairs(desks) do
  local stream = key('desk:' .. desk)
  local groups = redis.pcall('XINFO', 'GROUPS', stream)
  local length = redis.call('XLEN', stream)
  local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
  local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  for _, words in ipairs(groups.err and {} or groups) do
    local group = fields_of(words)
    local lost, lost_ms = find_lost(desk, group['name'])
    readers[#readers + 1] = {
      desk,
      group['name'],
      find_lag(group, length, last),
      find_unconfirmed(stream, group, first and first[1]),
      lost,
      lost_ms,
    }
  end
end
return readers
