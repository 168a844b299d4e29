-- uses core, losses, copies, originals
-- Trims desks, the archive and the originals to the present limits, also those to which nothing is
-- added any more. Bounded: the desks are trimmed a single one at a time.
-- ARG: desk_length, copies_ms, copies_bytes, near_length, near_ms
for _, desk in ipairs(redis.call('SMEMBERS', key('desks'))) do
  local stream = key('desk:' .. desk)
  if bound_desk(desk, stream, ARG.desk_length, redis.call('XLEN', stream)) then
    break
  end
end
trim_copies()
trim_originals()
return 1
