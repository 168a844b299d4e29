-- Events on desks' streams, and their digests in an item's record: for each desk a string with four
-- bytes of the digest of each event of the last version, in their order.
local DIGEST = 4
local NONE = string.rep('\0', DIGEST)
local lengths = {} -- of the desks that this script has added to

local function add_event(event)
  local stream = key('desk:' .. event.desk)
  redis.call('XADD', stream, '*', 'event', event.body, 'id', event.id, 'type', event.type)
  local length = lengths[event.desk]
  if not length then
    redis.call('SADD', key('desks'), event.desk)
  end
  length = length and length + 1 or redis.call('XLEN', stream)
  if ARG.desk_length and bound_desk(event.desk, stream, ARG.desk_length, length) then
    length = redis.call('XLEN', stream)
  end
  lengths[event.desk] = length
end

-- Returns the digest of an event by its position on its desk, '' if there is no event.
local function digest_at(desks, desk, position)
  local first = position * DIGEST + 1
  local digest = string.sub(desks[desk] or '', first, first + DIGEST - 1)
  return digest == NONE and '' or digest
end

local function set_digest(desks, desk, position, digest)
  local digests = desks[desk] or ''
  digests = digests .. string.rep(NONE, math.max(0, position - #digests / DIGEST))
  local first = position * DIGEST
  desks[desk] = string.sub(digests, 1, first) .. digest .. string.sub(digests, first + DIGEST + 1)
end

-- Returns the desks that have an event of the item; if `is_behind`, only those with events of
-- earlier versions alone, whose digests are gone.
local function names_of(desks, is_behind)
  local names = {}
  for name, digests in pairs(desks) do
    if not is_behind or digests == '' then
      names[#names + 1] = name
    end
  end
  return names
end

-- Returns true for the same names in any order: a server sorts them by its own locale.
local function are_same(names, others)
  local left = {}
  for _, name in ipairs(names) do
    left[name] = true
  end
  for _, name in ipairs(others) do
    if not left[name] then
      return false
    end
    left[name] = nil
  end
  return next(left) == nil
end
