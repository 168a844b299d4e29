-- The doors, inbox and inbox:urgent, are written by strangers.
local DOORS = { 'inbox', 'inbox:urgent' }
local KNOWN = { 'message', 'source', 'published', 'urgency' }
local DIGESTED = 1048576 -- bytes of a field
local IS_KNOWN = { message = true, source = true, published = true, urgency = true }

-- The fields of an entry that mean something, and how many bytes they have: of a field that is there
-- twice the first counts.
local function known_fields(words)
  local fields, size = {}, 0
  for i = 1, #words - 1, 2 do
    local name = words[i]
    if IS_KNOWN[name] and not fields[name] then
      fields[name] = words[i + 1]
      size = size + #words[i + 1]
    end
  end
  return fields, size
end

-- By which an entry is known again whose id another may have taken. A digest of all of the largest
-- message would hold the server for half a second.
local function digest_of(fields)
  local words = {}
  for _, name in ipairs(KNOWN) do
    if fields[name] then
      local beginning = string.sub(fields[name], 1, DIGESTED)
      words[#words + 1] = name .. ' ' .. #fields[name] .. ' ' .. beginning
    end
  end
  return redis.sha1hex(table.concat(words))
end

-- The name of a retried message in the hash retried, which has the order that it was given when it was
-- rejected at its door first.
local function retried_name(door, id, fields)
  return door .. ' ' .. id .. ' ' .. digest_of(fields)
end

-- A door that is empty begins anew where its last id lies ahead of the clock, by a writer's choice or
-- because the clock went back: else no id that the server gives would tell the time, or it could
-- give none.
local function reset_door(door)
  if redis.call('XLEN', key(door)) > 0 then
    return
  end
  local reply = redis.pcall('XINFO', 'STREAM', key(door))
  if not reply.err then
    local ms = string.match(fields_of(reply)['last-generated-id'], '^%d+')
    if tonumber(ms) > NOW then
      redis.call('DEL', key(door))
    end
  end
end
