-- uses core, items, desks
-- What is remembered of each item: version or '', its order, desks, those
-- behind it, copy or '', withdrawn or '', then
-- the hash of each version seen, how often it came and 1 where it was published, where there was more
-- than one.
-- ARG ids
local answers = {}
for _, id in ipairs(ARG.ids) do
  local record, seen = find_item(id), {}
  for _, version in ipairs(record.seen) do
    seen[#seen + 1] = version[1]
    seen[#seen + 1] = version[2]
    seen[#seen + 1] = version[3]
  end
  answers[#answers + 1] = {
    record.version, record.order, names_of(record.desks), names_of(record.desks, true), record.copy,
    record.withdrawn, seen,
  }
end
return answers
