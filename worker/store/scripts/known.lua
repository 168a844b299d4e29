-- uses core, items, desks
-- Returns the published state of each item: version or '', order, desks, desks with earlier
-- versions only, copy or '', order of the kill that withdrew it or ''; then, for each version seen
-- if there is more than a single one, its hash, how often it came, 1 if it was published, and the
-- order at which it was first passed over, or ''; then the order by which the published version
-- overtakes a repeat, or ''.
-- ARG: ids
local answers = {}
for _, id in ipairs(ARG.ids) do
  local record, seen = find_item(id), {}
  for _, version in ipairs(record.seen) do
    seen[#seen + 1] = version[HASH]
    seen[#seen + 1] = version[TIMES]
    seen[#seen + 1] = version[PUBLISHED]
    seen[#seen + 1] = version[PASSED]
  end
  answers[#answers + 1] = {
    record.version, record.order, names_of(record.desks), names_of(record.desks, true), record.copy,
    record.withdrawn, seen, record.order ~= '' and overtaking_place(record) or '',
  }
end
return answers
