-- uses core, order, items, losses, desks, kills, recent, held, firsts, copies
-- Publishes the events of each publish request and finishes its work entry, or does neither.
-- ARG known_s, desk_length, copies_ms, copies_bytes, window_ms, near_length, near_ms,
--     requests: {stream, entry, order, id, near_id, uri, version, hash, count, expected, is_named,
--       is_digest, kills, opened, copy, recent, wires, targets, events, names, placing}
-- Returns one of P(ublished) S(tale) G(one) C(onflict) for each request.
--
-- hash: of the version; count: hash of the version that came back under this name, or ''; expected:
-- the version that is out, or ''; is_named: the version is its sender's own word, and came in by a
-- door; is_digest: it is a content's digest, and came in by a door; kills: {wire, newest kill
-- known}...; opened: {id, wire} of the kill that it is; targets: {id, near_id, version, desks that had
-- it, is_behind}...; events: {desk, id, type, digest, body}...; names: their desks
--
-- The record is written after the events are: a script that fails half way may repeat an event,
-- never lose one. The n-th event of a version on a desk is known by its digest in the record.

-- A version that its sender puts once more, though it was published and another one since.
local function is_old_repeat(request, record)
  if not request.is_named or record.version == request.version then
    return false
  end
  local _, seen = find_seen(record, request.hash)
  return seen and seen[3] == 1
end

-- A later version is out, or a kill took back a later one, or stopped or took back this very one.
local function is_stale(request, record)
  local withdrawn = record.withdrawn
  return is_overtaken(request, record)
    or is_withheld(record, request.version)
    or withdrawn ~= '' and (
      record.version == request.version or is_later(withdrawn, place_of(request, record))
    )
    or is_old_repeat(request, record)
end

-- A kill that a later version of its own item overtook. That one stays, and the kill goes to the desks
-- that have earlier ones alone, and takes back what else it names: once, since it is seen then.
local function is_late_kill(request, record)
  local _, seen = find_seen(record, request.hash)
  local is_done = seen and (seen[3] == 1 or seen[5])
  return #request.targets > 0 and is_later(record.order, request.order) and not is_done
end

-- A content that was out before, and another since its worker looked: it comes back under another name.
local function is_back(request, record)
  local _, seen = find_seen(record, request.hash)
  return request.is_digest and record.version ~= request.version and seen and seen[3] == 1
end

local function judge(request, record)
  if not is_pending(request.stream, request.entry) then
    return 'G'
  end
  if is_stale(request, record) then
    request.is_late = record.order ~= '' and is_late_kill(request, record)
    if not request.is_late then
      return 'S'
    end
  end
  if is_back(request, record)
    or record.version ~= request.expected
    or not knows_kills(request.kills)
    or not is_open(request.opened)
  then
    return 'C'
  end
  for _, target in ipairs(request.targets) do
    local targeted = find_item(target.id)
    local is_newer = targeted.order ~= '' and is_later(targeted.order, request.order)
    local names = names_of(targeted.desks, target.is_behind)
    if is_newer ~= target.is_behind or not are_same(names, target.desks) then
      return 'C'
    end
  end
  if request.placing and not is_placed(request.placing) then
    return 'C'
  end
  return 'P'
end

-- Puts on its desk each event that is not there, and notes it in `desks`.
local function send(events, desks)
  local digests = {}
  for _, event in ipairs(events) do
    local of_desk = digests[event.desk] or {}
    digests[event.desk] = of_desk
    local digest = digest_at(desks, event.desk, #of_desk)
    if digest == '' then
      add_event(event)
      digest = event.digest
    end
    of_desk[#of_desk + 1] = digest
  end
  for desk, of_desk in pairs(digests) do
    desks[desk] = table.concat(of_desk) .. string.sub(desks[desk] or '', #of_desk * DIGEST + 1)
  end
end

local function take_back(target, kill, order)
  if target.is_behind then
    return
  end
  local record = find_item(target.id)
  record.withdrawn = order
  if target.version ~= '' and target.version ~= record.version then
    withhold(record, target.version, kill) -- it waits for its time, or is on its way
  end
  drop_held(record, order)
  keep_item(record)
  forget_first(target.near_id)
end

local function see_published(request, record)
  local others = record.version .. record.newest
  if #record.seen == 0 and (others == '' or others == request.version) then
    return -- its first version, which is written nowhere else
  end
  if request.count ~= '' then
    see_version(record, request.count, true)
  end
  local at, seen = find_seen(record, request.hash)
  if not at then
    see_version(record, request.hash, true)
  elseif at > 0 then
    seen[3] = 1
  end
end

-- A version that was overtaken, or that a kill stopped, has its place, by which it is judged when its
-- sender puts it once more; so has one that is out, since its repeat was read before it. What a poll
-- admitted is on its way no more.
local function pass_over(request, record)
  if request.is_late then
    see_published(request, record)
  elseif record.version == request.version then
    if request.is_named and is_later(record.order, request.order) then
      note_place(record, request.hash, request.order)
    end
  elseif not is_withheld(record, request.version) then
    if request.count ~= '' then
      see_version(record, request.count, true)
    end
    note_place(record, request.hash, request.order)
  end
  if record.newest == request.version then
    record.newest = ''
  end
  keep_item(record)
end

local function publish(request, record)
  local is_same = record.version == request.version
  local desks = {}
  for name, digests in pairs(record.desks) do
    desks[name] = is_same and digests or ''
  end
  send(request.events, desks)
  if request.is_late then
    return pass_over(request, record)
  end
  if is_same then -- once more: it goes to desks that are new, and keeps its place
    record.desks = desks
    record.repeated = request.is_named and record.repeated or request.order
    return keep_item(record)
  end
  record.desks, record.replays = desks, {}
  see_published(request, record)
  keep_copy(record, request.copy)
  place(request.near_id, request.placing, request.names)
  list_recent(request.wires, request.recent)
  local place = place_of(request, record)
  record.version, record.order = request.version, request.order
  record.withdrawn, record.repeated = '', ''
  drop_held(record, place)
  record.newest = record.newest ~= request.version and record.newest or ''
  keep_item(record)
end

local results = {}
for _, request in ipairs(ARG.requests) do
  local record = find_item(request.id)
  local result = judge(request, record)
  if result == 'P' then
    publish(request, record)
    for _, target in ipairs(request.targets) do
      take_back(target, request.uri, request.order)
    end
  end
  if result == 'S' then
    pass_over(request, record)
  end
  if result == 'P' or result == 'S' then
    finish(request.stream, request.entry)
  end
  results[#results + 1] = result
end
trim_copies()
trim_firsts()
return results
