-- uses core, steady, order
-- Takes an entry off its work stream to have its page read; due at once. Returns 1, or 0 when it was
-- done before.
-- ARG: stream, entry, work (PageWork JSON)
if not is_pending(ARG.stream, ARG.entry) then
  return 0
end
redis.call('HSET', key('pages'), ARG.entry, ARG.work)
redis.call('ZADD', key('pages:due'), whole(STEADY), ARG.entry)
finish(ARG.stream, ARG.entry)
return 1
