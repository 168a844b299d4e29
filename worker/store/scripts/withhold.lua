-- uses core, order, items
-- Finishes the work entry of an item that a kill stopped on its way, and notes that in the item's
-- record. Returns 1, or 0 when the entry was done before.
-- ARG known_s, stream, entry, id, version, kill: its uri
if not is_pending(ARG.stream, ARG.entry) then
  return 0
end
local record = find_item(ARG.id)
withhold(record, ARG.version, ARG.kill)
keep_item(record)
finish(ARG.stream, ARG.entry)
return 1
