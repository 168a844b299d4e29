-- The index of originals, by which duplicates are found. An original is known by the first 12 hex
-- digits of its uri's hash (`near_id`). near: its bands and its fingerprint; near:desks: the desks
-- that have it or a duplicate of it, each followed by a comma; near:ages: the originals by their
-- time of publication; near:band:<first four digits>: for each original in each band that begins
-- with them, the latest last, a colon, the other four digits and its id. So one MGET reads all
-- bands of an item, and one MSET writes them.
local BAND_LIMIT = 32

local buckets = {} -- key -> the originals in its bands: a script reads each key only once

local function band_of(digits)
  return key('near:band:' .. string.sub(digits, 1, 4)), ':' .. string.sub(digits, 5)
end

local function read_bands(bands)
  local names = {}
  for _, digits in ipairs(bands) do
    local name = band_of(digits)
    if not buckets[name] then
      names[#names + 1] = name
    end
  end
  if #names > 0 then
    for i, bucket in ipairs(redis.call('MGET', unpack(names))) do
      buckets[names[i]] = bucket or ''
    end
  end
end

local function write_bands(bands)
  local words, seen = {}, {}
  for _, digits in ipairs(bands) do
    local name = band_of(digits)
    if not seen[name] and buckets[name] == '' then
      redis.call('DEL', name)
    elseif not seen[name] then
      words[#words + 1] = name
      words[#words + 1] = buckets[name]
    end
    seen[name] = true
  end
  if #words > 0 then
    redis.call('MSET', unpack(words))
  end
end

-- Returns an iterator over the ids of the originals in a band that was read, the latest last.
local function originals_in(digits)
  local name, mark = band_of(digits)
  return string.gmatch(buckets[name], mark .. '(%x+)')
end

-- Returns true if an original still has the text that the worker saw, and no other desks have it. A
-- worker also sees originals of its own batch, of which one may be withheld or be stale.
local function is_unchanged(original, sketch, had)
  local record = redis.call('HGET', key('near'), original)
  return record
    and string.find(record, sketch, 1, true)
    and redis.call('HGET', key('near:desks'), original) == had
end

-- Returns true if the worker compared the item with every similar original, and saw the duplicated
-- one as it is.
local function is_placed(placing)
  if placing.first ~= '' and not is_unchanged(placing.first, placing.sketch, placing.had) then
    return false
  end
  local judged = { [placing.id] = true }
  for _, id in ipairs(placing.judged) do
    judged[id] = true
  end
  read_bands(placing.bands)
  for _, band in ipairs(placing.bands) do
    for id in originals_in(band) do
      if not judged[id] then
        return false
      end
    end
  end
  return true
end

local function with_desks(had, names)
  for _, name in ipairs(names) do
    if not string.find(',' .. had, ',' .. name .. ',', 1, true) then
      had = had .. name .. ','
    end
  end
  return had
end

-- Notes the desks to which a replay or a repeat went, with the original.
local function note_desks(first, names)
  local had = redis.call('HGET', key('near:desks'), first)
  if had then
    redis.call('HSET', key('near:desks'), first, with_desks(had, names))
  end
end

local function forget_original(id)
  local record = redis.call('HGET', key('near'), id)
  if not record then
    return
  end
  local bands = {}
  for band in string.gmatch(string.match(record, '^%x*'), '%x%x%x%x%x%x%x%x') do
    bands[#bands + 1] = band
  end
  read_bands(bands)
  for _, band in ipairs(bands) do
    local name, mark = band_of(band)
    buckets[name] = string.gsub(buckets[name], mark .. id, '', 1)
  end
  write_bands(bands)
  redis.call('HDEL', key('near'), id)
  redis.call('HDEL', key('near:desks'), id)
  redis.call('ZREM', key('near:ages'), id)
end

-- Enters an original into the index. A band that many items share says little about any of them:
-- only the latest stay in it.
local function enter_original(placing, had, names)
  redis.call('HSET', key('near'), placing.id, placing.record)
  redis.call('HSET', key('near:desks'), placing.id, with_desks(had, names))
  redis.call('ZADD', key('near:ages'), whole(NOW), placing.id)
  read_bands(placing.bands)
  for _, band in ipairs(placing.bands) do
    local name, mark = band_of(band)
    local _, count = string.gsub(buckets[name], mark, '')
    if count >= BAND_LIMIT then
      buckets[name] = string.gsub(buckets[name], mark .. '%x+', '', 1)
    end
    buckets[name] = buckets[name] .. mark .. placing.id
  end
  write_bands(placing.bands)
end

-- Replaces an item's earlier version in the index: enters the item as an original, or notes the
-- desks of a duplicate with its original. Without `placing` the item only leaves the index.
local function place(near_id, placing, names)
  local had = redis.call('HGET', key('near:desks'), near_id)
  if had then -- it is an original
    forget_original(near_id)
  end
  if placing and placing.first == '' then
    enter_original(placing, had or '', names)
  elseif placing then
    redis.call('HSET', key('near:desks'), placing.first, with_desks(placing.had, names))
  end
end

-- Forgets the oldest originals that exceed the number or the age; bounded, as trim_copies is.
local function trim_originals()
  for _ = 1, 1000 do
    local oldest = redis.call('ZRANGE', key('near:ages'), 0, 0, 'WITHSCORES')
    local is_full = redis.call('ZCARD', key('near:ages')) > ARG.near_length
    if not oldest[1] or not is_full and tonumber(oldest[2]) >= NOW - ARG.near_ms then
      return
    end
    forget_original(oldest[1])
  end
end
