-- uses core, steady, leases
-- Forgets a feed, its lease and what it showed included. Returns 1, or 0 where there was none.
-- ARG: id, health (all its words)
redis.call('HDEL', key('states'), ARG.id)
redis.call('ZREM', DUE, ARG.id)
redis.call('HDEL', LEASES, ARG.id)
redis.call('ZREM', key('paused'), ARG.id)
redis.call('DEL', key('past:' .. ARG.id), key('shown:' .. ARG.id))
for _, word in ipairs(ARG.health) do
  redis.call('SREM', key('health:' .. word), ARG.id)
end
return redis.call('HDEL', key('feeds'), ARG.id)
