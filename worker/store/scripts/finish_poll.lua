-- uses core, steady, leases
-- Ends the lease of a poll: saves the feed's state and its next due time. Returns 1, or 0 if fenced
-- off.
-- ARG: id, token, slices (that the poll admitted), state (FeedState JSON), health {flag: bool},
--      history (number of records to keep), pushes (that the poll knew of), and optionally
--      due (in ms by the clock that shows `now`), pushed (due time after more pushes), record
--
-- After a failover that lost the poll's last slices, the lease counts fewer of them. The state must
-- not be saved then: its validators belong to a body whose items are lost.
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
for flag, holds in pairs(ARG.health) do
  redis.call(holds and 'SADD' or 'SREM', key('health:' .. flag), ARG.id)
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
