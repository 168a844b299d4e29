-- uses core, pending
-- Counts an attempt at each entry that a worker got from begin.lua. An entry whose count has
-- changed since is left alone: another worker has begun it, or this call is repeated after its
-- answer was lost.
-- ARG: entries: {stream, id, attempts that the worker was told}..., of a single stream
local WORKER = 'worker'
local ids, claims = {}, {}
for i, entry in ipairs(ARG.entries) do
  ids[i] = entry[2]
end
local stream = ARG.entries[1][1]
local pending = find_pending(stream, ids)
for _, entry in ipairs(ARG.entries) do
  local id, attempts = entry[2], entry[3]
  if pending[id] and pending[id][4] == attempts then
    add_claim(claims, attempts + 1, id)
  end
end
for count, claimed in pairs(claims) do
  claim(stream, WORKER, count, claimed, 'JUSTID')
end
return 1
