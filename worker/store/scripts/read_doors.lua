-- uses core, doors
-- The first messages of both doors in the order in which they came in, as far as it can be told.
-- ARG limit, bytes, message_bytes, look: a word for this look at the doors
-- Returns {door, id, size, digest, {field, value, ...}}... and 1 where a door holds more.
--
-- A door is written by strangers: ids, field names and sizes are theirs. Each door is read in its own
-- order, and the two are merged by the milliseconds of their ids, none of which counts as later than
-- now; of one millisecond the common door goes first. A message on one door waits until those before
-- it on the other have been read. Of an entry only the fields that mean something are returned, and
-- of a message that is too long only as much as shows that; all of it counts towards the bytes.
-- Entries are read one at a time: one may have half a million fields, or be as large as the server
-- takes.
local WORD = 16 -- bytes that a word costs at least
local LOOK_MS = '10000' -- for so long what a look read may be entered

local function answer_of(words)
  local fields, size = known_fields(words)
  local known = {}
  for _, name in ipairs(KNOWN) do
    if fields[name] then
      known[#known + 1] = name
      known[#known + 1] = string.sub(fields[name], 1, ARG.message_bytes + 1)
    end
  end
  if #known == 0 then -- what its sender called its fields, for the reason
    for i = 1, math.min(#words, 10), 2 do
      known[#known + 1] = string.sub(words[i], 1, 100)
      known[#known + 1] = ''
    end
  end
  return known, size, digest_of(fields)
end

local function bytes_of(words)
  local bytes = WORD * #words
  for _, word in ipairs(words) do
    bytes = bytes + #word
  end
  return bytes
end

local function read_door(door)
  local entries, bytes, at, after = {}, 0, 0, '-'
  local length = redis.call('XLEN', key(door))
  if length == 0 then
    reset_door(door)
  end
  while #entries < math.min(length, ARG.limit) and bytes < ARG.bytes do
    local entry = redis.call('XRANGE', key(door), after, '+', 'COUNT', '1')[1]
    local fields, size, digest = answer_of(entry[2])
    at = math.max(at, math.min(NOW, tonumber(string.match(entry[1], '^%d+'))))
    entries[#entries + 1] = { at = at, answer = { door, entry[1], size, digest, fields } }
    bytes = bytes + bytes_of(entry[2])
    after = '(' .. entry[1]
  end
  return entries, #entries < length
end

local common, common_has_more = read_door(DOORS[1])
local urgent, urgent_has_more = read_door(DOORS[2])
local answers, i, k = {}, 1, 1
while common[i] or urgent[k] do
  if common[i] and not (urgent[k] and urgent[k].at < common[i].at) then
    if not urgent[k] and urgent_has_more then
      break
    end
    answers[#answers + 1] = common[i].answer
    i = i + 1
  else
    if not common[i] and common_has_more then
      break
    end
    answers[#answers + 1] = urgent[k].answer
    k = k + 1
  end
end
if #answers > 0 then
  redis.call('SET', key('look:' .. ARG.look), '', 'PX', LOOK_MS)
end
return { answers, (common_has_more or urgent_has_more) and 1 or 0 }
