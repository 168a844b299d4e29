-- uses core, steady
-- Puts a paused feed back into the due set, at its former due time; a feed without one stays out.
-- Returns 1, or 0 for a feed that is not paused.
-- ARG: id
local due = redis.call('ZSCORE', key('paused'), ARG.id)
if not due then
  return 0
end
redis.call('ZREM', key('paused'), ARG.id)
if due ~= 'inf' then
  redis.call('ZADD', key('due'), tonumber(due) > STEADY and due or whole(STEADY), ARG.id)
end
return 1
