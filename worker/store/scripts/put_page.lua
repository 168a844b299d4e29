-- uses core, steady, order
-- Moves an entry from its work stream to the pages, due now. Returns 1, or 0 if it was done before.
-- ARG: stream, entry, order (its first), work (PageWork JSON)
if not is_pending(ARG.stream, ARG.entry) then
  return 0
end
redis.call('HSET', key('pages'), ARG.entry, ARG.work)
redis.call('ZADD', key('pages:due'), whole(STEADY), ARG.entry)
keep_order('pages', ARG.entry, ARG.order)
finish(ARG.stream, ARG.entry)
return 1
