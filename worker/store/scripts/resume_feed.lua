-- uses core, steady
-- Puts a paused feed back into the due set, at its former due time or at `due_by` if that is sooner;
-- a feed without a due time stays out. Returns 1, or 0 for a feed that is not paused.
-- ARG: id, and optionally due_by (in ms), now (by the same clock; none if that is the server's)
local due = redis.call('ZSCORE', key('paused'), ARG.id)
if not due then
  return 0
end
redis.call('ZREM', key('paused'), ARG.id)
if due ~= 'inf' then
  due = tonumber(due)
  if ARG.due_by then
    due = math.min(due, due_from(ARG.due_by, ARG.now))
  end
  redis.call('ZADD', key('due'), whole(math.max(due, STEADY)), ARG.id)
end
return 1
