-- Measures the backlog. Returns {door, waiting, at work, age of the oldest entry in ms or '', age
-- of the first unread entry of the work stream in ms or ''}... for each lane; how overdue the most
-- overdue feed is in ms; bytes of memory used; their limit, 0 for none; the number of evicted dead
-- letters.
-- KEYS: due, then for each lane its door and its work stream
-- ARGV: group, key of the counts of evicted dead letters, key of the steady clock
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

-- Without lib/core: this script takes its arguments as words.
local function named(words)
  local fields = {}
  for i = 1, #words, 2 do
    fields[words[i]] = words[i + 1]
  end
  return fields
end

local function groups_of(stream)
  local reply = redis.pcall('XINFO', 'GROUPS', stream)
  local groups = {}
  for _, words in ipairs(reply.err and {} or reply) do
    groups[#groups + 1] = named(words)
  end
  return groups
end

local ahead = string.match(redis.call('GET', ARGV[3]) or '', '%d+$') or 0
local steady = now + ahead

-- Returns the age by the first entry's id; '' without an entry, and for an id that a sender made
-- up. The ids at a door are times of the server's clock, those of work entries of the steady clock.
local function age(entries, at)
  local ms = entries[1] and tonumber(string.match(entries[1][1], '^%d+'))
  local is_told = ms and at - ms < 30 * 86400000
  return is_told and string.format('%.0f', math.max(0, at - ms)) or ''
end

local function first_of(stream, after)
  return redis.call('XRANGE', stream, after, '+', 'COUNT', 1)
end

-- Entries at a door are all waiting: only the inbox consumer takes them, and in a single step.
local inboxes = {}
for i = 2, #KEYS, 2 do
  local door, work = KEYS[i], KEYS[i + 1]
  local at_work, given = 0, '0-0'
  for _, group in ipairs(groups_of(work)) do
    if group['name'] == ARGV[1] then
      at_work, given = group['pending'], group['last-delivered-id']
    end
  end
  local first, unread = first_of(work, '-'), first_of(work, '(' .. given)
  inboxes[#inboxes + 1] = {
    door,
    redis.call('XLEN', door) + math.max(0, redis.call('XLEN', work) - at_work),
    at_work,
    first[1] and age(first, steady) or age(first_of(door, '-'), now),
    age(unread, steady), -- backpressure depends on this age, so it must not come from a door's ids
  }
end

local dropped = 0
for _, letters in ipairs(redis.call('HVALS', ARGV[2])) do
  dropped = dropped + tonumber(letters)
end

local latest = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local late = latest[2] and math.max(0, steady - tonumber(latest[2])) or 0
local info = redis.pcall('INFO', 'memory') -- the server's user may not be allowed to
local function bytes(field)
  return tonumber(not info.err and string.match(info, '[\r\n]' .. field .. ':(%d+)') or 0)
end
return {
  inboxes, string.format('%.0f', late),
  string.format('%.0f', bytes('used_memory')), string.format('%.0f', bytes('maxmemory')), dropped,
}
