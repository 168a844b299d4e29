-- uses core, steady, order, items, losses, desks, kills, recent, held, originals, copies
-- Publishes the events of each publish request and finishes its work entry, or does neither.
-- ARG: known_s, desk_length, copies_ms, copies_bytes, window_ms, near_length, near_ms,
--      requests: {stream, entry, order, id, near_id, uri, version, hash, count, expected, is_named,
--        is_digest, kills, opened, copy, recent, wires, targets, events, names, placing}...
-- Returns P(ublished), S(tale), G(one) or C(onflict) for each request.
--
-- hash: of the version
-- count: hash of the version that came back and is published under this one's name, or ''
-- expected: the version that is published, as far as the worker knew, or ''
-- is_named: the item came in by a door, and the version is its sender's
-- is_digest: the item came in by a door, and the version is a digest of its content
-- kills: {wire, id of the newest kill that the worker knew}...
-- opened: {id, wires} of the open kill that the item is, or empty
-- targets: {id, near_id, version, desks, is_behind}..., the items that a kill withdraws
-- events: {desk, id, type, digest, body}...; names: their desks
--
-- A record is written after the item's events: a script that fails half way may repeat an event,
-- but never loses one. The record identifies the n-th event of a version on a desk by its digest.

-- A version that waits for its embargo and comes again, to be published now, keeps the order of its
-- first message for kills, and if its sender named it, among versions too.
local function keep_first_order(request, record)
  local _, hash, first = may_wait(request.id)
  if hash == request.hash and is_new_since(record, first) then
    request.first = first
    request.order = request.is_named and first or request.order
  end
end

-- Returns true if the sender repeats a version that was published before the present one.
local function is_old_repeat(request, record)
  local is_old = request.is_named and record.version ~= request.version
  return is_old and was_published(record, request.hash)
end

-- Returns true if the version must not be published any more: a later version is published, a kill
-- withdrew or stopped this one, or its sender repeats a version older than the published one. A kill
-- is not late by another that withdrew its item: it may name other items too.
local function is_stale(request, record)
  local withdrawn = record.withdrawn
  local is_kill = string.byte(request.version) == KILL
  local is_kill_again = is_kill and not request.is_named
  return is_overtaken(request, record)
    or is_withheld(record, request.version)
    or (withdrawn ~= '' and (
      record.version == request.version and not is_kill_again
      or not is_kill and is_later(withdrawn, request.place)
    ))
    or is_old_repeat(request, record)
end

-- Returns true for a kill that a later version of its own item overtook. That version stays; the
-- kill goes to the desks with earlier versions only, and withdraws the other items that it names.
-- That happens once: the kill is in `seen` afterwards.
local function is_late_kill(request, record)
  local is_done = was_published(record, request.hash) or passed_at(record, request.hash)
  return #request.targets > 0 and is_later(record.order, request.order) and not is_done
end

-- Returns true if, since its worker looked, the content was published and then another: the worker
-- must publish it under a new version.
local function is_back(request, record)
  local is_other = request.is_digest and record.version ~= request.version
  return is_other and was_published(record, request.hash)
end

local function judge(request, record)
  if not is_pending(request.stream, request.entry) then
    return 'G'
  end
  -- Before C(onflict): making the events of a stale item again would not help.
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
    local is_newer
    if target.id == request.id then
      is_newer = is_overtaken(request, record)
    else
      is_newer = targeted.order ~= '' and is_later(targeted.order, request.place)
    end
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

-- Adds each event that is not on its desk yet, and notes all digests in `desks`.
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

-- Withdraws a target, unless a version from after the kill is published.
local function withdraw(target, kill, order)
  if target.is_behind then
    return
  end
  local record = find_item(target.id)
  if record.withdrawn == '' or is_later(order, record.withdrawn) then
    record.withdrawn = order
  end
  if target.version ~= '' and target.version ~= record.version then
    withhold(record, target.version, kill) -- it is under embargo, or still on a work stream
  end
  drop_held(record, order, true)
  keep_item(record)
  forget_original(target.near_id)
end

-- Notes in `seen` that the version, and the content that it counts, was published.
local function see_published(request, record)
  local others = record.version .. record.newest
  if #record.seen == 0 and (others == '' or others == request.version) then
    return -- a first version is not written in `seen`
  end
  if request.count ~= '' then
    see_version(record, request.count, true, request.order)
  end
  local at, seen = find_seen(record, request.hash)
  if not at then
    see_version(record, request.hash, true, request.order)
  elseif at > 0 then
    seen[PUBLISHED], seen[CAME] = 1, request.order
  end
end

-- Notes the order of a version that is not published, because it was overtaken or a kill stopped
-- it: if its sender repeats it, it is judged by that order. The published version gets an order too
-- if a repeat of it was read before it. A version that a poll admitted is no longer awaited.
local function pass_over(request, record)
  if request.is_late then
    see_published(request, record)
  elseif record.version == request.version then
    if request.is_named and is_later(record.order, request.order) then
      note_place(record, request.hash, request.order)
    end
  elseif not is_withheld(record, request.version) then
    if request.count ~= '' then
      see_version(record, request.count, true, request.order)
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
  if is_same then -- a repeat goes to new desks only; no version from before it is published
    record.desks = desks
    if request.placing then
      local first = request.placing.first
      note_desks(first ~= '' and first or request.near_id, request.names)
    end
    if not request.is_named then
      record.repeated = request.order
      drop_held(record, request.order)
    end
    return keep_item(record)
  end
  record.desks, record.replays = desks, {}
  local first = request.first or request.is_named and request.place or nil
  see_published(request, record)
  keep_copy(record, request.copy)
  place(request.near_id, request.placing, request.names)
  list_recent(request.wires, request.recent, request.recent ~= '' and first or nil)
  local before = published_place(record)
  if request.is_named and before ~= '' and
    (record.before == '' or is_later(before, record.before)) then
    record.before = before
  end
  record.version, record.order = request.version, first or request.order
  local is_withdrawn = record.withdrawn ~= '' and is_later(record.withdrawn, record.order)
  record.withdrawn = is_withdrawn and record.withdrawn or ''
  record.repeated = not request.is_named and record.order ~= request.order and request.order or ''
  drop_held(record, request.place, string.byte(request.version) == KILL)
  record.newest = record.newest ~= request.version and record.newest or ''
  keep_item(record)
end

local results = {}
for _, request in ipairs(ARG.requests) do
  local record = find_item(request.id)
  keep_first_order(request, record)
  request.place = place_of(request, record) -- before `publish` changes the record
  local result = judge(request, record)
  if result == 'P' then
    publish(request, record)
    for _, target in ipairs(request.targets) do
      withdraw(target, request.uri, request.place)
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
trim_originals()
return results
