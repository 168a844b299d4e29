-- uses core
-- What is bounded by number or size. Returns {name, held, most, entries, age of the oldest in ms,
-- entries of late, ms since the first of these came}...
-- ARG desk_length, copies_bytes, near_length, dead_length
local LATE = '100'

local function ms_of(id)
  return tonumber(string.match(id, '^%d+'))
end

local function stream(name, label, held, most)
  local first = redis.call('XRANGE', key(name), '-', '+', 'COUNT', 1)[1]
  local late = redis.call('XREVRANGE', key(name), '+', '-', 'COUNT', LATE)
  if not first then
    return nil
  end
  local from = ms_of(late[#late][1])
  return {
    label, held, most, redis.call('XLEN', key(name)),
    whole(math.max(0, NOW - ms_of(first[1]))), #late, whole(math.max(1, NOW - from)),
  }
end

local function size_of(name)
  return tonumber(redis.call('GET', key(name)) or 0)
end

local function firsts()
  local count = redis.call('ZCARD', key('near:ages'))
  local late = redis.call('ZRANGE', key('near:ages'), '-' .. LATE, '-1', 'WITHSCORES')
  local first = redis.call('ZRANGE', key('near:ages'), 0, 0, 'WITHSCORES')
  if count == 0 then
    return nil
  end
  return {
    'firsts', count, ARG.near_length, count, whole(math.max(0, NOW - tonumber(first[2]))),
    #late / 2, whole(math.max(1, NOW - tonumber(late[2]))),
  }
end

local rows = {}
local desks = redis.call('SMEMBERS', key('desks'))
table.sort(desks)
for _, desk in ipairs(desks) do
  local name = 'desk:' .. desk
  rows[#rows + 1] = stream(name, name, redis.call('XLEN', key(name)), ARG.desk_length)
end
rows[#rows + 1] = stream('copies', 'copies', size_of('copies:bytes'), ARG.copies_bytes)
rows[#rows + 1] = firsts()
rows[#rows + 1] = stream('dead', 'dead', redis.call('XLEN', key('dead')), ARG.dead_length)
return rows
