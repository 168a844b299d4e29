-- uses core, doors
-- Reads the first messages of both doors, in the order of their arrival as far as it can be told.
-- ARG: limit, bytes, message_bytes, look (a random word for this look at the doors)
-- Returns {{door, id, size, digest, {field, value, ...}}...} and 1 if a door has more messages,
-- else 0.
--
-- Senders choose the ids, field names and sizes at a door. Each door is read in its own order, and
-- both are merged by the milliseconds of their ids, none of which counts as later than now; in the
-- same millisecond the common door comes first. A message of a door waits until the earlier ones of
-- the other have been read. Only fields with a meaning are returned, and of a message that is too
-- long only enough to show that; the whole entry counts towards `bytes`. Entries are read singly:
-- each may have half a million fields, or be as large as the server accepts.
local WORD = 16 -- bytes that the server needs for a word besides its text
local LOOK_MS = '3600000' -- a message may take a slow process minutes; enter.lua ends the look

local function answer_of(words)
  local fields, size = known_fields(words)
  local known = {}
  for _, name in ipairs(KNOWN) do
    if fields[name] then
      known[#known + 1] = name
      known[#known + 1] = string.sub(fields[name], 1, ARG.message_bytes + 1)
    end
  end
  for _, name in ipairs(TRACE) do
    if fields[name] then
      known[#known + 1] = name
      known[#known + 1] = fields[name]
    end
  end
  if #known == 0 then -- the sender's names of the fields, for the reason in the dead letter
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
