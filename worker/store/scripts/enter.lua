-- uses core, steady, order, doors, sums, letters, leases, feeds
-- Moves messages from their doors to the work streams, to the dead letters or into the feeds.
-- Returns the number of messages moved.
-- ARG: step, dead_length, dead_bytes, whole_bytes, cut_bytes,
--      messages: {look, door, id, digest, verdict, letter, change, trace}...
--      verdict: work, urgent, page, dead or feed
--      change: {id of the feed, the stored Feed JSON or '' for none, the Feed JSON to store}
--      trace: names and values of the fields that carry the trace context, or nil
--
-- Fields of a work stream are trusted, so a sender's fields with other names are dropped here, and
-- so is the trace context that a sender gave: `trace` is the one that the caller made of it. The
-- digest shows whether the entry is the one that was read: another may have its id, because a
-- sender chose that id or the clock went back, and stays at the door. A rejected message gets an
-- order too, and keeps it when it is retried.
local function enter(door, fields, verdict, order, trace)
  local words = { 'door', door }
  for _, name in ipairs(KNOWN) do
    if fields[name] then
      words[#words + 1] = name
      words[#words + 1] = fields[name]
    end
  end
  if verdict == 'page' then
    words[#words + 1] = 'page'
    words[#words + 1] = '1'
  end
  for _, word in ipairs(trace or {}) do
    words[#words + 1] = word
  end
  local is_urgent = verdict == 'urgent' or verdict == 'page' and door == 'inbox:urgent'
  add_work(is_urgent, ARG.step, order, words)
end

-- Adds or changes a feed and makes it due; if a poll with its former settings is under way, another
-- follows at once. Returns false if the feed has changed since the caller read it, other than by an
-- earlier message of this call: the message then stays for the next look, and so do later messages
-- about the same feed, which must not overtake it.
local left = {}
local function change_feed(id, was, feed)
  if left[id] or (redis.call('HGET', key('feeds'), id) or '') ~= was then
    left[id] = true
    return false
  end
  redis.call('HSET', key('feeds'), id, feed)
  make_due(id)
  local claim, holder, slices = find_lease(id)
  if holder then
    keep_lease(id, claim, holder, slices, true)
  end
  return true
end

-- Returns false if a failover lost the look at the doors: messages that had left their doors by
-- then are back on them, and the messages that the look read must not overtake those. A look ends
-- with the call that moves its messages.
local looks = {}
local function is_known(look)
  if looks[look] == nil then
    looks[look] = redis.call('GET', key('look:' .. look)) ~= false
  end
  return looks[look]
end

local has_retried = redis.call('EXISTS', key('retried')) == 1
local counts, entered = {}, 0
for _, message in ipairs(ARG.messages) do
  local look, door, id, digest, verdict, letter, change, trace = unpack(message)
  local entry = redis.call('XRANGE', key(door), id, id)[1]
  local fields = known_fields(entry and entry[2] or {})
  local is_same = entry and digest_of(fields) == digest and is_known(look)
  if is_same and (verdict ~= 'feed' or change_feed(unpack(change))) then
    local name = has_retried and retried_name(door, id, fields)
    local order = name and redis.call('HGET', key('retried'), name) or nil
    if verdict == 'dead' then
      fields.order = order or next_order(ARG.step)
      bury(key(door), id, letter, fields)
    elseif verdict ~= 'feed' then
      enter(door, fields, verdict, order, trace)
    end
    if order then
      redis.call('HDEL', key('retried'), name)
      redis.call('ZREM', key('orders'), door .. ' ' .. id)
    end
    redis.call('XDEL', key(door), id)
    counts[verdict] = (counts[verdict] or 0) + 1
    entered = entered + 1
  end
end
for verdict, count in pairs(counts) do
  count_more('messages', verdict, count)
end
for look in pairs(looks) do
  redis.call('DEL', key('look:' .. look))
end
for _, door in ipairs(DOORS) do
  reset_door(door)
end
return entered
