-- uses core, items, desks
-- Returns the history of an item: version that a poll admitted or '', published version or '',
-- desks, 1 if a kill withdrew it, version that a kill stopped before publication or '', uri of that
-- kill or '', 1 if the item waits for the end of its embargo.
-- ARG: id
local record = find_item(ARG.id)
return {
  record.newest, record.version, names_of(record.desks), record.withdrawn ~= '' and 1 or 0,
  record.withheld[1] or '', record.withheld[2] or '', redis.call('HEXISTS', key('held'), ARG.id),
}
