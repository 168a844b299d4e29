-- uses core, steady, order, doors, letters, leases, feeds
-- Takes messages off their doors: to the work streams, to the dead letters, or to the feeds. Returns
-- how many were taken.
-- ARG step, dead_length, dead_bytes, whole_bytes, cut_bytes,
--     messages: {look, door, id, digest, verdict: work | urgent | page | dead | feed, letter, change}...;
--     change: {feed's id, what was known of it (Feed JSON, '' for nothing), what is to be known}
--
-- The fields of an entry on the work streams are ours alone: a sender's fields of other names go no
-- further. Another entry under an id that was read, since its sender chose it or the clock went back,
-- is known by its digest and stays. One that is rejected has its place in the order all the same, and
-- keeps it when it is retried.
local function enter(door, fields, verdict, order)
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
  local is_urgent = verdict == 'urgent' or verdict == 'page' and door == 'inbox:urgent'
  add_work(is_urgent, ARG.step, order, words)
end

-- Adds or changes a feed and makes it due; a poll under way, which began with what was known before,
-- is followed by another at once. False where something else is known of it than the caller
-- read: the message waits for the next look, and so do those behind it that are about the same feed.
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

-- A server that took over and lost the look has messages again that were off their doors by then: what
-- the look read may not go before them.
local looks = {}
local function is_known(look)
  if looks[look] == nil then
    looks[look] = redis.call('GET', key('look:' .. look)) ~= false
  end
  return looks[look]
end

local entered = 0
for _, message in ipairs(ARG.messages) do
  local look, door, id, digest, verdict, letter, change = unpack(message)
  local entry = redis.call('XRANGE', key(door), id, id)[1]
  local fields = known_fields(entry and entry[2] or {})
  local is_it = entry and digest_of(fields) == digest and is_known(look)
  if is_it and (verdict ~= 'feed' or change_feed(unpack(change))) then
    local name = retried_name(door, id, fields)
    local order = redis.call('HGET', key('retried'), name) or nil
    if verdict == 'dead' then
      fields.order = order or next_order(ARG.step)
      bury(key(door), id, letter, fields)
    elseif verdict ~= 'feed' then
      enter(door, fields, verdict, order)
    end
    redis.call('HDEL', key('retried'), name)
    redis.call('XDEL', key(door), id)
    entered = entered + 1
  end
end
for _, door in ipairs(DOORS) do
  reset_door(door)
end
return entered
