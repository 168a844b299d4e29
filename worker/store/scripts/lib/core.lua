-- The beginning of every script: its argument, its keys and the time.
-- ARGV[1] is a MessagePack object. KEYS[1] is any key of the installation: it gives the prefix, and
-- `key` makes all other keys from it.
local ARG = cmsgpack.unpack(ARGV[1])
local PREFIX = string.match(KEYS[1], '^[^:]*:')
local GROUP = 'copytaster'
local TIME = redis.call('TIME')
local NOW = TIME[1] * 1000 + math.floor(TIME[2] / 1000)

local function key(rest)
  return PREFIX .. rest
end

-- Returns a number as Redis takes it: Lua's own text for a time in ms is 1.7e+12.
local function whole(number)
  return string.format('%.0f', number)
end

-- Returns true if an id of the form <ms>-<number> comes after another. As texts they would compare
-- wrongly: 9-1 comes before 10-1.
local function is_later(id, other)
  local ms, number = string.match(id, '^(%d+)-(%d+)$')
  local other_ms, other_number = string.match(other, '^(%d+)-(%d+)$')
  ms, number, other_ms, other_number =
    tonumber(ms), tonumber(number), tonumber(other_ms), tonumber(other_number)
  return ms > other_ms or (ms == other_ms and number > other_number)
end

-- Returns a flat list of names and values as a table. The first value of a repeated name counts.
local function fields_of(words)
  local fields = {}
  for i = #words - 1, 1, -2 do
    fields[words[i]] = words[i + 1]
  end
  return fields
end
