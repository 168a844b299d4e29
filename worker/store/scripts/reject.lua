-- uses core, steady, order, sums, letters
-- Moves a work entry to the dead letters. Returns 1, or 0 if it was done before.
-- ARG: stream, id, letter, dead_length, dead_bytes, whole_bytes, cut_bytes
if not is_pending(ARG.stream, ARG.id) then
  return 0
end
local entry = redis.call('XRANGE', ARG.stream, ARG.id, ARG.id)[1]
bury(ARG.stream, ARG.id, ARG.letter, entry and fields_of(entry[2]) or {})
finish(ARG.stream, ARG.id)
return 1
