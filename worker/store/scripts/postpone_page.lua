-- uses core, steady, leases
-- Ends a lease: the page waits, as it is now. Returns 1, or 0 when fenced off.
-- ARG: kind, id, token, work (PageWork JSON), due (in ms, where it is `now`)
if not is_holder(ARG.id, ARG.token) then
  return 0
end
redis.call('HSET', key('pages'), ARG.id, ARG.work)
redis.call('HDEL', LEASES, ARG.id)
redis.call('ZADD', DUE, whole(due_from(ARG.due, ARG.now)), ARG.id)
return 1
