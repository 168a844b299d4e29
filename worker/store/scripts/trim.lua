-- uses core, losses, copies, originals
-- Trims desks, the archive and the originals to the present limits, also those to which nothing is
-- added any more. Bounded: the desks are trimmed a single one at a time.
-- ARG: desk_length, copies_ms, copies_bytes, near_length, near_ms
for _, desk in ipairs(redis.call('SMEMBERS', key('desks'))) do
  if bound_desk(desk, key('desk:' .. desk), ARG.desk_length) then
    break
  end
end
trim_copies()
trim_originals()
return 1
