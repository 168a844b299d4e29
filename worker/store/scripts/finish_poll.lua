-- uses core, steady, leases
-- Ends a lease: keeps the feed's state and its next due time. Returns 1, or 0 when fenced off.
-- ARG: id, token, slices (that the poll had admitted), state (FeedState JSON), health {word: bool},
--      history (how many records are kept), pushes (that the poll knew of), and where they hold:
--      due (in ms, where it is `now`), pushed (due time if there are more pushes), record
--
-- A server that took over after the poll's last slice, and that the slice had not reached, counts
-- fewer slices: then the state must not be kept, for its validators are those of a body whose items
-- are lost.
local _, holder, slices, again = find_lease(ARG.id)
if holder ~= ARG.token or slices ~= ARG.slices then
  return 0
end
redis.call('HSET', key('states'), ARG.id, ARG.state)
redis.call('HDEL', LEASES, ARG.id)
if ARG.record then
  redis.call('LPUSH', key('past:' .. ARG.id), ARG.record)
  redis.call('LTRIM', key('past:' .. ARG.id), 0, ARG.history - 1)
end
for word, holds in pairs(ARG.health) do
  redis.call(holds and 'SADD' or 'SREM', key('health:' .. word), ARG.id)
end
local due = ARG.due
if due and ARG.pushed then
  local pushes = redis.call('HGET', key('push:' .. ARG.id), 'pushes')
  if pushes and tonumber(pushes) ~= ARG.pushes then
    due = math.min(due, ARG.pushed)
  end
end
if again then
  redis.call('ZADD', DUE, whole(STEADY), ARG.id)
elseif due then
  redis.call('ZADD', DUE, whole(due_from(due, ARG.now)), ARG.id)
else
  redis.call('ZREM', DUE, ARG.id)
end
return 1
