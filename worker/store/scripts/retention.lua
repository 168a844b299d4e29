-- uses core, steady
-- Measures everything that is bounded in number or size. Returns {name, held, most, entries, age of
-- the oldest in ms, number of recent entries, ms since the first of these came}...
-- ARG: desk_length, copies_bytes, near_length, dead_length
local RECENT = '100' -- entries by which the present rate is measured

local function ms_of(id)
  return tonumber(string.match(id, '^%d+'))
end

local function stream(name, label, held, most, now)
  local first = redis.call('XRANGE', key(name), '-', '+', 'COUNT', 1)[1]
  local recent = redis.call('XREVRANGE', key(name), '+', '-', 'COUNT', RECENT)
  if not first then
    return nil
  end
  local from = ms_of(recent[#recent][1])
  return {
    label, held, most, redis.call('XLEN', key(name)),
    whole(math.max(0, now - ms_of(first[1]))), #recent, whole(math.max(1, now - from)),
  }
end

local function size_of(name)
  return tonumber(redis.call('GET', key(name)) or 0)
end

local function originals()
  local count = redis.call('ZCARD', key('near:ages'))
  local recent = redis.call('ZRANGE', key('near:ages'), '-' .. RECENT, '-1', 'WITHSCORES')
  local first = redis.call('ZRANGE', key('near:ages'), 0, 0, 'WITHSCORES')
  if count == 0 then
    return nil
  end
  return {
    'firsts', count, ARG.near_length, count, whole(math.max(0, NOW - tonumber(first[2]))),
    #recent / 2, whole(math.max(1, NOW - tonumber(recent[2]))),
  }
end

local rows = {}
local desks = redis.call('SMEMBERS', key('desks'))
table.sort(desks)
for _, desk in ipairs(desks) do
  local name = 'desk:' .. desk
  rows[#rows + 1] = stream(name, name, redis.call('XLEN', key(name)), ARG.desk_length, NOW)
end
rows[#rows + 1] = stream('copies', 'copies', size_of('copies:bytes'), ARG.copies_bytes, STEADY)
rows[#rows + 1] = originals()
rows[#rows + 1] = stream('dead', 'dead', redis.call('XLEN', key('dead')), ARG.dead_length, NOW)
return rows
