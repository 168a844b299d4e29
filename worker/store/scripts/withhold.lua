-- uses core, steady, order, items, kills
-- Finishes the work entry of an item that a kill stops before publication, and notes that in the
-- item's record. Returns S(tale), G(one), or C(onflict) if the kill is no longer open.
-- ARG: known_s, stream, entry, id, version, kill (its uri), opened: {id, wires} of the kill
if not is_pending(ARG.stream, ARG.entry) then
  return 'G'
end
if not is_open(ARG.opened) then
  return 'C'
end
local record = find_item(ARG.id)
withhold(record, ARG.version, ARG.kill)
keep_item(record)
finish(ARG.stream, ARG.entry)
return 'S'
