-- uses core, steady, leases
-- Ends the lease of a page and reschedules it. Returns 1, or 0 if fenced off.
-- ARG: kind, id, token, work (PageWork JSON), due (in ms by the clock that shows `now`), now
if not is_holder(ARG.id, ARG.token) then
  return 0
end
redis.call('HSET', key('pages'), ARG.id, ARG.work)
redis.call('HDEL', LEASES, ARG.id)
redis.call('ZADD', DUE, whole(due_from(ARG.due, ARG.now)), ARG.id)
return 1
