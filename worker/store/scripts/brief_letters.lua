-- uses core
-- Returns {id, size of its payload, fields} of dead letters, the newest first, with payloads cut to
-- their beginnings: a page of whole ones may have mebibytes.
-- ARG: limit, payload_bytes, before (an id; nil: from the newest), kind (nil: all)
local CHUNK = 100 -- ids of a class in a reply

-- Returns the ids of the class's newest letters before ARG.before, the newest first.
local function newest_of(class)
  local found, last = {}, -1
  repeat
    local ids = redis.call('LRANGE', key('dead:class:' .. class), last - CHUNK + 1, last)
    for i = #ids, 1, -1 do
      if #found < ARG.limit and (not ARG.before or is_later(ARG.before, ids[i])) then
        found[#found + 1] = ids[i]
      end
    end
    last = last - CHUNK
  until #ids < CHUNK or #found == ARG.limit
  return found
end

local function is_of_kind(class)
  return class == ARG.kind or string.sub(class, 1, #ARG.kind + 2) == ARG.kind .. ': '
end

local function ids_of_kind()
  local ids = {}
  for _, class in ipairs(redis.call('HKEYS', key('dead:classes'))) do
    if is_of_kind(class) then
      for _, id in ipairs(newest_of(class)) do
        ids[#ids + 1] = id
      end
    end
  end
  table.sort(ids, is_later)
  return ids
end

local function brief(entry)
  local words, size = entry[2], 0
  for i = 1, #words, 2 do
    if words[i] == 'payload' then
      size = #words[i + 1]
      words[i + 1] = string.sub(words[i + 1], 1, ARG.payload_bytes)
    end
  end
  return { entry[1], size, words }
end

local briefs = {}
if ARG.kind then
  for _, id in ipairs(ids_of_kind()) do
    local entry = #briefs < ARG.limit and redis.call('XRANGE', key('dead'), id, id)[1]
    if entry then
      briefs[#briefs + 1] = brief(entry)
    end
  end
else
  local from = ARG.before and '(' .. ARG.before or '+'
  while #briefs < ARG.limit do
    local entry = redis.call('XREVRANGE', key('dead'), from, '-', 'COUNT', 1)[1]
    if not entry then
      break
    end
    briefs[#briefs + 1] = brief(entry)
    from = '(' .. entry[1]
  end
end
return briefs
