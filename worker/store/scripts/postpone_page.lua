-- uses core, leases
-- Ends a lease: the page waits, as it is now. Returns 1, or 0 when fenced off.
-- ARG: kind, id, token, work (PageWork JSON), due (in ms)
if not is_holder(ARG.id, ARG.token) then
  return 0
end
redis.call('HSET', key('pages'), ARG.id, ARG.work)
redis.call('HDEL', LEASES, ARG.id)
redis.call('ZADD', DUE, whole(ARG.due), ARG.id)
return 1
