-- uses core, items, desks
-- What became of one item. Returns version admitted last or '', version or '', desks, 1 where a kill
-- took it back, version that a kill stopped on its way or '', that kill's uri or '', 1 where the item
-- waits for its time.
-- ARG id
local record = find_item(ARG.id)
return {
  record.newest, record.version, names_of(record.desks), record.withdrawn ~= '' and 1 or 0,
  record.withheld[1] or '', record.withheld[2] or '', redis.call('HEXISTS', key('held'), ARG.id),
}
