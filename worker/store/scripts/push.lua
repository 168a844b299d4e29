-- uses core, steady, leases
-- Counts a push and makes its feed due. A leased feed stays leased: the end of its poll compares
-- the count. Returns 1, 0 if the callback is not that of a present subscription, or -1 if the feed
-- has another state by now: the caller must work out anew when it may be polled.
-- ARG: id (the feed's), callback, not_before (in ms; none for a refused push), now (by the same
--      clock; none if that is the server's), state (JSON, by which not_before was worked out; none if
--      the feed has no state)
local push = key('push:' .. ARG.id)
if redis.call('HGET', push, 'callback') ~= ARG.callback
  or redis.call('HGET', push, 'mode') ~= 'subscribe' then
  return 0
end
if not ARG.not_before then
  redis.call('HINCRBY', push, 'refused', 1)
  return 1
end
if (redis.call('HGET', key('states'), ARG.id) or nil) ~= ARG.state then
  return -1
end
redis.call('HINCRBY', push, 'pushes', 1)
redis.call('HSET', push, 'pushed_at', whole(NOW))
local due, at = due_at(ARG.id), math.max(STEADY, due_from(ARG.not_before, ARG.now))
if due and at < due and not is_leased(ARG.id) then
  redis.call('ZADD', DUE, whole(at), ARG.id)
end
return 1
