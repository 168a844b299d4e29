-- What every script begins with: its argument, its keys and the time.
-- ARGV[1] is one MessagePack object. KEYS[1] is any key of the installation; all others are named by
-- what stands behind its prefix.
local ARG = cmsgpack.unpack(ARGV[1])
local PREFIX = string.match(KEYS[1], '^[^:]*:')
local GROUP = 'copytaster'
local TIME = redis.call('TIME')
local NOW = TIME[1] * 1000 + math.floor(TIME[2] / 1000)

local function key(rest)
  return PREFIX .. rest
end

-- A whole number as Redis takes it: no exponent, no fraction.
local function whole(number)
  return string.format('%.0f', number)
end

-- True where one id of the form <ms>-<number> stands after another.
local function is_later(id, other)
  local ms, number = string.match(id, '^(%d+)-(%d+)$')
  local other_ms, other_number = string.match(other, '^(%d+)-(%d+)$')
  ms, number, other_ms, other_number =
    tonumber(ms), tonumber(number), tonumber(other_ms), tonumber(other_number)
  return ms > other_ms or (ms == other_ms and number > other_number)
end

-- A flat list of names and values as a table; of a name that is there twice the first counts.
local function fields_of(words)
  local fields = {}
  for i = #words - 1, 1, -2 do
    fields[words[i]] = words[i + 1]
  end
  return fields
end
