-- Events on desks' streams, and what an item's record holds of them: for each desk one string, with
-- four bytes of the digest of each event of the last version.
local DIGEST = 4
local NONE = string.rep('\0', DIGEST)
local named = {}

local function add_event(event)
  local stream = key('desk:' .. event.desk)
  redis.call('XADD', stream, '*', 'event', event.body, 'id', event.id, 'type', event.type)
  bound_desk(event.desk, stream, ARG.desk_length)
  if not named[event.desk] then
    redis.call('SADD', key('desks'), event.desk)
    named[event.desk] = true
  end
end

-- The digest of an event by its position among those of its desk; '' where the desk has none.
local function digest_at(desks, desk, position)
  local first = position * DIGEST + 1
  local digest = string.sub(desks[desk] or '', first, first + DIGEST - 1)
  return digest == NONE and '' or digest
end

local function set_digest(desks, desk, position, digest)
  local had = desks[desk] or ''
  had = had .. string.rep(NONE, math.max(0, position - #had / DIGEST))
  local first = position * DIGEST
  desks[desk] = string.sub(had, 1, first) .. digest .. string.sub(had, first + DIGEST + 1)
end

-- The desks that have had an item; those that have had earlier versions alone where `is_behind`.
local function names_of(desks, is_behind)
  local names = {}
  for name, digests in pairs(desks) do
    if not is_behind or digests == '' then
      names[#names + 1] = name
    end
  end
  return names
end

-- True for the same names in any order: how a server sorts them is its locale's affair.
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
