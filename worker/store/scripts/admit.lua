-- uses core, steady, items, leases, order
-- Puts what is new or changed of one slice of a poll on the work streams and remembers it.
-- ARG: id (the feed's), token, slices (of this poll, before this one), known_s, step, inbox_length,
--      state (with the first slice: FeedState JSON, without validators),
--      shown (with the last slice: what the feed shows now),
--      entries: id, hash, version, message, cut, and where they hold: was, alone, urgent, page, source
-- Returns {'A', new, changed, known}; {'F'} for a poll that is fenced off; {'I'} where the inbox is
-- full.
--
-- `hash` and `was` are the digests of the version that the feed shows now and of the one that it
-- showed before. A version that comes back after another gets a version of its own: '.2' goes in
-- after byte `cut` of the message. It came back only if this feed showed it once, and another one
-- before, and shows one now (`alone`): two feeds that carry one uri in two wordings, one feed that
-- carries it twice, or two of which one is a version behind, would else go round for ever. Nor does it
-- come back while a kill has the item.
--
-- A poll may be broken off after any slice, and the feed go back to the body before. So the list of
-- what it shows grows with each slice, and that body's validators end with the first: a 304 would hide
-- that its versions came back.
local claim, holder, slices, again = find_lease(ARG.id)
if holder ~= ARG.token or slices ~= ARG.slices then
  return { 'F' }
end

local waiting = 0
for _, name in ipairs({ 'work', 'work:urgent', 'inbox', 'inbox:urgent' }) do
  waiting = waiting + redis.call('XLEN', key(name))
end
local is_full = waiting >= ARG.inbox_length

local FEED = string.sub(hash_of(ARG.id), 1, 4)
local FEEDS_LIMIT = 8

-- True where this feed showed a version of an item, as far as `seen` tells.
local function has_shown(record, hash)
  local _, version = find_seen(record, hash)
  return version ~= nil and string.find(version[4] or '', FEED, 1, true) ~= nil
end

-- Notes in `seen` that this feed showed a version. Returns true where that was not known.
local function note_shown(record, hash)
  local at, version = find_seen(record, hash)
  if not at or at == 0 or has_shown(record, hash) then
    return false
  end
  version[4] = string.sub((version[4] or '') .. FEED, -4 * FEEDS_LIMIT)
  return true
end

local function is_known(record, entry)
  if not record.found then
    return false
  end
  if entry.version == (record.newest ~= '' and record.newest or record.version) then
    return true
  end
  local is_seen = find_seen(record, entry.hash) or entry.version == record.version
  local is_back = entry.was and entry.alone and has_shown(record, entry.hash)
  return is_seen and (record.withdrawn ~= '' or not is_back)
end

local function put(entry, times)
  local message = entry.message
  if times > 1 then
    message = string.sub(message, 1, entry.cut) .. '.' .. times .. string.sub(message, entry.cut + 1)
  end
  local fields = { 'message', message }
  if entry.source then
    fields[3], fields[4] = 'source', entry.source
  end
  if entry.page then
    fields[#fields + 1], fields[#fields + 2] = 'page', '1'
  end
  add_work(entry.urgent, ARG.step, nil, fields)
end

local new, changed, known = 0, 0, 0
local listed = {}
for i, entry in ipairs(ARG.entries) do
  listed[i] = string.sub(entry.id, 1, 8) .. entry.hash
  local record = find_item(entry.id)
  if is_known(record, entry) then
    known = known + 1
    local is_noted = note_shown(record, entry.hash)
    is_noted = entry.was and note_shown(record, entry.was) or is_noted
    -- It is remembered for as long as it is shown, and a while after.
    if is_noted or record.found ~= newest_generation() then
      keep_item(record)
    end
  elseif is_full then
    return { 'I' }
  else
    if record.found or entry.was then
      changed = changed + 1
    else
      new = new + 1
    end
    if entry.was and not record.found then
      record.seen[1] = { entry.was, 1, 0 } -- shown for longer than records are kept
    end
    put(entry, see_version(record, entry.hash, false))
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
  redis.call('APPEND', key('shown:' .. ARG.id), table.concat(listed))
end
return { 'A', new, changed, known }
