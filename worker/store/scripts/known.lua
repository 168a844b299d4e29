-- uses core, items, desks
-- What is remembered of each item: version or '', desks, copy or '', withdrawn or '', then the hash of
-- each version seen and how often it came.
-- ARG ids
local answers = {}
for _, id in ipairs(ARG.ids) do
  local record, seen = find_item(id), {}
  local versions = #record.seen > 0 and record.seen or { only_version(record) }
  for _, version in ipairs(versions) do
    seen[#seen + 1] = version[1]
    seen[#seen + 1] = version[2]
  end
  answers[#answers + 1] = {
    record.version, names_of(record.desks), record.copy, record.withdrawn, seen,
  }
end
return answers
