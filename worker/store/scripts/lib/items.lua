-- What is remembered of each item, under the first 12 bytes of its uri's SHA-256 (`id`).
-- Records lie in small hashes, items:<generation>:<bucket>. A generation lasts a third of the time
-- that a record is kept at least; the hashes of the fourth expire. A record that is written moves to
-- the newest generation.
--
-- version: published last, '' for none; order: its place; repeated: order of its last repeat, of a
-- version that is a digest; desks: name -> four bytes of the digest of
-- each event of that version, '' for a desk that had an earlier one alone; copy: id of its copy;
-- withdrawn: order of the kill that took it back; newest: version that a poll admitted last;
-- seen: {version's hash, how often it came, 1 once published, feeds that showed it, four bytes each,
-- its first order once it was passed over}..., the newest last, empty while there is but one;
-- replays: desk and
-- ordinal -> how often a replay took the event's place; withheld: {version, kill's uri, ...} that kills
-- stopped on its way
local FIELDS = {
  'version', 'order', 'desks', 'copy', 'withdrawn', 'newest', 'seen', 'replays', 'withheld', 'repeated',
}
local EMPTY = { desks = true, seen = true, replays = true, withheld = true }
local GENERATIONS = 4
local SEEN_VERSIONS = 16
local KILL = 2 -- the byte that begins a kill's version

local generation

-- The number of the newest generation. A script that writes says in ARG.known_s how long a record is
-- kept, and begins another generation where it is time.
local function newest_generation()
  if not generation then
    local said = redis.call('GET', key('items')) or '0 0'
    local number, began = string.match(said, '^(%d+) (%d+)$')
    local age = NOW - tonumber(began)
    generation = tonumber(number)
    local length = ARG.known_s and ARG.known_s * 1000 / (GENERATIONS - 1)
    if length and (generation == 0 or age >= length or age < 0) then
      -- One that began in the future, by a clock that was set back since, begins again: it would
      -- outlive the hashes that it is kept in.
      generation = age < 0 and generation or generation + 1
      redis.call('SET', key('items'), whole(generation) .. ' ' .. whole(NOW))
    end
  end
  return generation
end

-- 16,384 hashes a generation: with three items a minute each holds some, with forty a second 500.
local function bucket(number, id)
  local first, second = string.byte(id, 1, 2)
  return key('items:' .. whole(number) .. ':' .. whole(first * 64 + math.floor(second / 4)))
end

-- The record of an item, empty where there is none.
local function find_item(id)
  local newest, field = newest_generation(), string.sub(id, 2)
  for number = newest, math.max(1, newest - GENERATIONS + 1), -1 do
    local packed = redis.call('HGET', bucket(number, id), field)
    if packed then
      local values = cmsgpack.unpack(packed)
      local record = { id = id, found = number }
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

local function keep_item(record)
  local newest, values = newest_generation(), {}
  for i, name in ipairs(FIELDS) do
    values[i] = record[name]
  end
  local name, field = bucket(newest, record.id), string.sub(record.id, 2)
  redis.call('HSET', name, field, cmsgpack.pack(values))
  if record.found ~= newest then
    local lives_s = math.ceil(ARG.known_s * GENERATIONS / (GENERATIONS - 1)) + 1
    redis.call('EXPIRE', name, whole(lives_s), 'NX')
    if record.found then
      redis.call('HDEL', bucket(record.found, record.id), field)
    end
    record.found = newest
  end
end

-- Eight bytes that stand for a version; records.version_hash makes the same.
local function hash_of(version)
  local digits = string.sub(redis.sha1hex(version), 1, 16)
  return (string.gsub(digits, '%x%x', function(pair)
    return string.char(tonumber(pair, 16))
  end))
end

-- What `seen` would hold of an item that has had one version; nil where it has had none.
local function only_version(record)
  local version = record.version ~= '' and record.version or record.newest
  if version ~= '' then
    return { hash_of(version), 1, record.version ~= '' and 1 or 0 }
  end
end

-- A version that was seen, and its place in `seen`: 0 for the only one, which is not written there.
local function find_seen(record, hash)
  for at, version in ipairs(record.seen) do
    if version[1] == hash then
      return at, version
    end
  end
  local only = #record.seen == 0 and only_version(record)
  if only and only[1] == hash then
    return 0, only
  end
end

-- Makes a version the newest of those that were seen, once more; how often it was so. The first
-- version of an item is not written into `seen`: the caller sets it as `version` or `newest`.
local function see_version(record, hash, is_published)
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
  version = version or { hash, 0, 0 }
  version[2] = version[2] + 1
  version[3] = is_published and 1 or version[3]
  record.seen[#record.seen + 1] = version
  if #record.seen > SEEN_VERSIONS then
    table.remove(record.seen, 1)
  end
  return version[2]
end

-- Notes a version that is passed over: where it is put again under its sender's name for it, it has
-- the place of the first.
local function note_place(record, hash, order)
  record.seen[1] = record.seen[1] or only_version(record)
  local at, version = find_seen(record, hash)
  if not at then
    version = { hash, 1, 0 }
    record.seen[#record.seen + 1] = version
    if #record.seen > SEEN_VERSIONS then
      table.remove(record.seen, 1)
    end
  end
  if not version[5] or is_later(version[5], order) then
    version[4], version[5] = version[4] or '', order
  end
end

-- The order by which a publish request is judged.
local function place_of(request, record)
  local _, seen = find_seen(record, request.hash)
  return request.is_named and seen and seen[5] or request.order
end

-- True where what is out came in later. Of two that were put again, the first places count. A content
-- that came back is later than the versions that came between, and no kill is late for that.
local function is_overtaken(request, record)
  if record.order == '' then
    return false
  end
  local place, out = place_of(request, record), record.order
  if place ~= request.order then
    local _, seen = find_seen(record, hash_of(record.version))
    out = seen and seen[5] or out
  elseif record.repeated ~= '' and string.byte(request.version) ~= KILL then
    out = record.repeated
  end
  return is_later(out, place)
end

local function is_withheld(record, version)
  for i = 1, #record.withheld, 2 do
    if record.withheld[i] == version then
      return true
    end
  end
  return false
end

-- Notes that a kill stopped a version on its way: the newest first, as many as versions are seen.
local function withhold(record, version, kill)
  if not is_withheld(record, version) then
    table.insert(record.withheld, 1, kill)
    table.insert(record.withheld, 1, version)
    record.withheld[2 * SEEN_VERSIONS + 1], record.withheld[2 * SEEN_VERSIONS + 2] = nil, nil
  end
end
