-- The record of each item, under the first 12 bytes of its uri's SHA-256 (`id`). Records are in
-- small hashes, items:<generation>:<bucket>, which the server stores compactly. Each generation
-- lasts a third of the least time that a record is kept; the hashes of the fourth expire. Keeping a
-- record moves it to the newest generation.
--
-- version: published last, '' if none was
-- order: its order
-- desks: name -> four bytes of the digest of each event of that version, '' if the desk has events
--   of earlier versions only
-- copy: the id of its copy in the archive
-- withdrawn: the order of the kill that withdrew it
-- newest: the version that a poll admitted last
-- seen: the versions that came last, the newest last; empty if the item has had a single version.
--   Each is {hash, times: how often it came, published: 1 once it was, feeds: that showed it (four
--   bytes each), passed: its first order if it was passed over, came: its last order, by: the feed
--   whose poll admitted it last, if one did after the item's first version}
-- replays: '<desk>/<position>' -> how often a replay replaced the event
-- withheld: {version, uri of the kill, ...}, for versions that kills stopped before publication
-- repeated: the order of the last repeat, if the version is a digest of the content
-- before: the latest first order of the versions that a named version followed
local FIELDS = {
  'version', 'order', 'desks', 'copy', 'withdrawn',
  'newest', 'seen', 'replays', 'withheld', 'repeated', 'before',
}
local EMPTY = { desks = true, seen = true, replays = true, withheld = true }
local GENERATIONS = 4
local SEEN_VERSIONS = 16
local HASH, TIMES, PUBLISHED, FEEDS, PASSED, CAME, BY = 1, 2, 3, 4, 5, 6, 7 -- in an entry of `seen`
local KILL = 2 -- the first byte of a kill's version

local generation, began_at

-- Returns the number of the newest generation. A script that writes records has ARG.known_s, the
-- least time that they are kept, and begins a new generation when one is due.
local function newest_generation()
  if not generation then
    local newest = redis.call('GET', key('items')) or '0 0'
    local number, began = string.match(newest, '^(%d+) (%d+)$')
    local age = NOW - tonumber(began)
    generation, began_at = tonumber(number), tonumber(began)
    local length = ARG.known_s and ARG.known_s * 1000 / (GENERATIONS - 1)
    if length and (generation == 0 or age >= length or age < 0) then
      -- A generation that began in the future, because the clock was set back since, restarts now:
      -- otherwise it would outlast its hashes.
      generation, began_at = age < 0 and generation or generation + 1, NOW
      redis.call('SET', key('items'), whole(generation) .. ' ' .. whole(NOW))
    end
  end
  return generation
end

-- Returns the hash that holds a record: one of 16,384 in a generation. At forty items a second each
-- holds some 500 records, few enough for the compact encoding (hash-max-listpack-entries is 512).
local function bucket(number, id)
  local first, second = string.byte(id, 1, 2)
  return key('items:' .. whole(number) .. ':' .. whole(first * 64 + math.floor(second / 4)))
end

-- Returns the record of an item; an empty one if the item is unknown.
local function find_item(id)
  local newest, field = newest_generation(), string.sub(id, 2)
  for number = newest, math.max(1, newest - GENERATIONS + 1), -1 do
    local packed = redis.call('HGET', bucket(number, id), field)
    if packed then
      local values = cmsgpack.unpack(packed)
      local record = { id = id, generation = number }
      for i, name in ipairs(FIELDS) do
        record[name] = values[i] or ''
      end
      return record
    end
  end
  local record = { id = id }
  for _, name in ipairs(FIELDS) do
    record[name] = EMPTY[name] and {} or ''
  end
  return record
end

local function write_item(record, number)
  local values = {}
  for i, name in ipairs(FIELDS) do
    values[i] = record[name]
  end
  local name, field = bucket(number, record.id), string.sub(record.id, 2)
  redis.call('HSET', name, field, cmsgpack.pack(values))
  return name, field
end

local function keep_item(record)
  local newest = newest_generation()
  local name, field = write_item(record, newest)
  -- A hash expires with its generation: later than it was to, if known_s has been raised.
  local age_s = (NOW - began_at) / 1000
  local lives_s = math.ceil(ARG.known_s * GENERATIONS / (GENERATIONS - 1) - age_s) + 1
  if redis.call('TTL', name) < lives_s then
    redis.call('EXPIRE', name, whole(lives_s))
  end
  if record.generation ~= newest then
    if record.generation then
      redis.call('HDEL', bucket(record.generation, record.id), field)
    end
    record.generation = newest
  end
end

-- Returns eight bytes that stand for a version, the same as version_hash in
-- worker/model/digests.py.
local function hash_of(version)
  local digits = string.sub(redis.sha1hex(version), 1, 16)
  return (string.gsub(digits, '%x%x', function(pair)
    return string.char(tonumber(pair, 16))
  end))
end

local function seen_entry(hash, times, published, came)
  return { hash, times, published, '', '', came ~= '' and came or '0-0' }
end

-- Returns the entry that `seen` leaves out for an item with a single version; nil if it has none.
local function only_version(record)
  local version = record.version ~= '' and record.version or record.newest
  if version ~= '' then
    return seen_entry(hash_of(version), 1, record.version ~= '' and 1 or 0, record.order)
  end
end

-- Returns the position of a version in `seen` and its entry there; position 0 for a single version,
-- which is not written there.
local function find_seen(record, hash)
  for at, version in ipairs(record.seen) do
    if version[HASH] == hash then
      return at, version
    end
  end
  local only = #record.seen == 0 and only_version(record)
  if only and only[HASH] == hash then
    return 0, only
  end
end

-- Adds an entry to `seen`. If there are too many, the one that came first goes: a version that was
-- overtaken is read late, and must not push out those that came after it.
local function add_seen(record, entry)
  local seen, first = record.seen, 1
  seen[#seen + 1] = entry
  if #seen > SEEN_VERSIONS then
    for at = 2, #seen do
      if is_later(seen[first][CAME], seen[at][CAME]) then
        first = at
      end
    end
    table.remove(seen, first)
  end
end

-- Makes a version the newest in `seen` and returns how often it has come. An item's first version
-- is not written there: the caller keeps it as `version` or `newest`.
local function see_version(record, hash, is_published, order)
  local only = #record.seen == 0 and only_version(record)
  if #record.seen == 0 and not only then
    return 1
  end
  if only then
    record.seen[1] = only
  end
  local at, version = find_seen(record, hash)
  if at then
    table.remove(record.seen, at)
  end
  version = version or seen_entry(hash, 0, 0, order)
  version[TIMES] = version[TIMES] + 1
  version[PUBLISHED] = is_published and 1 or version[PUBLISHED]
  version[CAME] = order
  add_seen(record, version)
  return version[TIMES]
end

-- Notes the order of a version that is not published: if its sender puts it again under the same
-- version, the earlier order counts.
local function note_place(record, hash, order)
  record.seen[1] = record.seen[1] or only_version(record)
  local at, version = find_seen(record, hash)
  if not at then
    version = seen_entry(hash, 1, 0, order)
    add_seen(record, version)
  end
  if version[PASSED] == '' or is_later(version[PASSED], order) then
    version[PASSED] = order
  end
end

-- Returns the order at which a version was first passed over; nil if it never was.
local function passed_at(record, hash)
  local _, seen = find_seen(record, hash)
  return seen and seen[PASSED] ~= '' and seen[PASSED] or nil
end

-- Returns true if a version was published, as far as `seen` tells.
local function was_published(record, hash)
  local _, seen = find_seen(record, hash)
  return seen ~= nil and seen[PUBLISHED] == 1
end

-- Returns the order by which a publish request is judged: the first of a version that came before.
local function place_of(request, record)
  return request.is_named and passed_at(record, request.hash) or request.order
end

-- Returns the first order of the published version, '' if none is published.
local function published_place(record)
  if #record.seen == 0 then -- a version that was passed over is in `seen`
    return record.order
  end
  return passed_at(record, hash_of(record.version)) or record.order
end

-- Returns the order by which the published version overtakes a repeat: its first, or that of a
-- version before it.
local function overtaking_place(record)
  local published = published_place(record)
  if record.before ~= '' and is_later(record.before, published) then
    return record.before
  end
  return published
end

-- Returns true if the published version is later than the requested one. For repeats the first
-- orders count, and those of the versions before: one that was overtaken by its own repeat must not
-- let versions pass that it never preceded. A content that came back is later than the versions in
-- between, but does not make a kill late.
local function is_overtaken(request, record)
  if record.order == '' then
    return false
  end
  local place = place_of(request, record)
  local published = place == request.order and record.order or overtaking_place(record)
  if record.repeated ~= '' and string.byte(request.version) ~= KILL then
    published = record.repeated
  end
  return is_later(published, place)
end

-- Returns true for a version that a kill stopped before its publication.
local function is_withheld(record, version)
  for i = 1, #record.withheld, 2 do
    if record.withheld[i] == version then
      return true
    end
  end
  return false
end

-- Notes that a kill stopped a version before its publication. The newest come first; there are as
-- many at most as in `seen`.
local function withhold(record, version, kill)
  if not is_withheld(record, version) then
    table.insert(record.withheld, 1, kill)
    table.insert(record.withheld, 1, version)
    record.withheld[2 * SEEN_VERSIONS + 1], record.withheld[2 * SEEN_VERSIONS + 2] = nil, nil
  end
end
