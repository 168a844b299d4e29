-- uses core, items, losses, desks, originals
-- Publishes events of a replay that replace the events of an item's last version. Returns their
-- number.
-- ARG: id, copy, first (near_id of the item's original, or its own),
--      events: {desk, position, seen (digest or ''), times, digest, id, type, body}...
--
-- An event is left out if its mark (`seen`, `times`) has changed since the caller looked: another
-- replay has replaced it. A replay may be run under other settings than the service: it trims no
-- desk, which the next published event does, and a record stays in its generation.
local record = find_item(ARG.id)
if record.copy ~= ARG.copy or record.withdrawn ~= '' then
  return 0
end
local sent, names = 0, {}
for _, event in ipairs(ARG.events) do
  local name = event.desk .. '/' .. whole(event.position)
  local times = record.replays[name] or 0
  if digest_at(record.desks, event.desk, event.position) == event.seen and times == event.times then
    add_event(event)
    set_digest(record.desks, event.desk, event.position, event.digest)
    if event.seen ~= '' then
      record.replays[name] = times + 1
    end
    sent = sent + 1
    names[sent] = event.desk
  end
end
if sent > 0 then
  write_item(record, record.generation)
  note_desks(ARG.first, names)
end
return sent
