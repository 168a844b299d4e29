-- uses core, steady, items, leases, order
-- Puts the new and changed items of a slice of a poll on the work streams and records them.
-- ARG: id (the feed's), token, slices (of this poll, before this one), known_s, step, inbox_length,
--      state (with the first slice: FeedState JSON, without validators),
--      series (with the first slice: the marks in `shown` of ids that name several items, or nil),
--      shown (with the last slice: the packed list of what the feed shows now),
--      trace (names and values of the fields that carry the trace context, or nil),
--      entries: {id, hash, version, message, cut; optional: was, alone, urgent, kill, page, source}...
-- Returns {'A', new, changed, known}, {'F'} if the poll is fenced off, or {'I'} if the inbox is
-- full.
--
-- `hash` and `was` stand for the version that the feed shows now and for the one that it showed
-- before. A version that comes back after another gets a version of its own: '.2' is inserted after
-- byte `cut` of the message, or '#2' if its publisher named it, who may name another '1.2'. It
-- counts as coming back only if this feed showed it before, then showed another, and now shows no
-- second entry of the uri (`alone`). Otherwise items would be published without end: by two feeds
-- with the same uri in different wordings, by a feed with the uri twice, or by two feeds of which
-- one lags a version behind. Nor does a version come back while a kill has the item withdrawn, but
-- another kill does: a version between the two may wait for a worker.
--
-- The older version of a slow feed may be admitted after the later one of another feed. It counts as
-- the newest until its own feed shows the later one in its place: that comes back, too, although
-- this feed has not shown it before.
--
-- A poll may be interrupted after any slice, and the feed may then return to its earlier body. So
-- the list of shown entries grows with each slice, and the validators of the earlier body are
-- dropped with the first: a 304 would hide that its versions came back. The marks of the series are
-- added with the first slice, too: without them, an entry of a series that its feed then shows alone
-- would be taken for another item.
local claim, holder, slices, again = find_lease(ARG.id)
if holder ~= ARG.token or slices ~= ARG.slices then
  return { 'F' }
end

local waiting = 0
for _, name in ipairs({ 'work', 'work:urgent', 'inbox', 'inbox:urgent' }) do
  waiting = waiting + redis.call('XLEN', key(name))
end
local is_full = waiting >= ARG.inbox_length -- only new and changed items are refused

local FEED = string.sub(hash_of(ARG.id), 1, 4)
local LEAST_SECONDS = 1e9 -- a greater count began with the clock's seconds
local FEEDS_LIMIT = 8 -- feeds that are remembered of a version, four bytes each

-- Returns true if this feed showed a version of an item, as far as `seen` tells.
local function has_shown(record, hash)
  local _, version = find_seen(record, hash)
  return version ~= nil and string.find(version[FEEDS], FEED, 1, true) ~= nil
end

-- Notes in `seen` that this feed showed a version. Returns true if that was new.
local function note_shown(record, hash)
  local at, version = find_seen(record, hash)
  if not at or at == 0 or has_shown(record, hash) then
    return false
  end
  version[4] = string.sub(version[FEEDS] .. FEED, -4 * FEEDS_LIMIT)
  return true
end

-- Returns true if a version is the newest of its item, and a poll of this feed admitted it.
local function has_brought(record, hash)
  local _, brought = find_seen(record, hash)
  if not brought or brought[BY] ~= FEED then
    return false
  end
  for _, version in ipairs(record.seen) do
    if is_later(version[CAME], brought[CAME]) then
      return false
    end
  end
  return true
end

-- Returns true if an item is neither new nor changed.
local function is_known(record, entry)
  if not record.generation then
    return false
  end
  if entry.version == (record.newest ~= '' and record.newest or record.version) then
    return true
  end
  local is_seen = find_seen(record, entry.hash) or entry.version == record.version
  local is_back = entry.was
    and entry.alone
    and (has_shown(record, entry.hash) or has_brought(record, entry.was))
  local is_stopped = record.withdrawn ~= '' and not entry.kill
  return is_seen and (is_stopped or not is_back)
end

-- Returns the number from which the appearances of a version are counted. A record that expired took
-- the earlier counts with it; they go on from the clock's seconds, so that no content gets a name
-- that it had before, and no event an id.
local function count_from(record, entry)
  if string.byte(entry.version) ~= 0 then
    return 0 -- its publisher named it
  elseif entry.was and not record.generation then
    return math.floor(NOW / 1000)
  end
  local most = 0
  for _, version in ipairs(record.seen) do
    most = math.max(most, version[TIMES])
  end
  return most >= LEAST_SECONDS and most or 0
end

-- Makes a version the newest of its item, brought by this feed; returns how often it has come.
local function count_version(record, entry)
  local from = count_from(record, entry)
  if entry.was and not record.generation then
    record.seen[1] = seen_entry(entry.was, math.max(from, 1), 0, '')
  end
  if from > 0 and not find_seen(record, entry.hash) then
    add_seen(record, seen_entry(entry.hash, from, 0, latest_order()))
  end
  local times = see_version(record, entry.hash, false, latest_order())
  local at, version = find_seen(record, entry.hash)
  if at and at > 0 then
    version[BY] = FEED
  end
  return times
end

-- Puts an item on its work stream; `times` is how often its version has come.
local function put(entry, times)
  local message = entry.message
  if times > 1 then
    local beginning, rest = string.sub(message, 1, entry.cut), string.sub(message, entry.cut + 1)
    local is_named = (string.byte(entry.version) or 0) > KILL -- neither a digest nor a kill
    message = beginning .. (is_named and '#' or '.') .. times .. rest
  end
  local fields = { 'message', message }
  if entry.source then
    fields[3], fields[4] = 'source', entry.source
  end
  if entry.page then
    fields[#fields + 1], fields[#fields + 2] = 'page', '1'
  end
  for _, word in ipairs(ARG.trace or {}) do
    fields[#fields + 1] = word
  end
  add_work(entry.urgent, ARG.step, nil, fields)
end

local new, changed, known = 0, 0, 0
local listed, count = {}, #ARG.entries -- the newest first
for i, entry in ipairs(ARG.entries) do
  listed[count + 1 - i] = string.sub(entry.id, 1, 8) .. entry.hash
  local record = find_item(entry.id)
  if is_known(record, entry) then
    known = known + 1
    local is_noted = note_shown(record, entry.hash)
    is_noted = entry.was and note_shown(record, entry.was) or is_noted
    -- Writing the record keeps it in the newest generation as long as a feed shows the item.
    if is_noted or record.generation ~= newest_generation() then
      keep_item(record)
    end
  elseif is_full then
    return { 'I' }
  else
    if record.generation or entry.was then
      changed = changed + 1
    else
      new = new + 1
    end
    put(entry, count_version(record, entry))
    note_shown(record, entry.hash)
    if entry.was then
      note_shown(record, entry.was)
    end
    record.newest = entry.version
    keep_item(record)
  end
end
keep_lease(ARG.id, claim, holder, slices + 1, again)
if ARG.state then
  redis.call('HSET', key('states'), ARG.id, ARG.state)
end
if ARG.shown then
  redis.call('SET', key('shown:' .. ARG.id), ARG.shown)
else
  local before = redis.call('GET', key('shown:' .. ARG.id)) or ''
  local now = (ARG.series or '') .. table.concat(listed)
  redis.call('SET', key('shown:' .. ARG.id), now .. before)
end
return { 'A', new, changed, known }
