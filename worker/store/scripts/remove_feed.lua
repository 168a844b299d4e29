-- uses core, steady, leases
-- Removes a feed with its state, lease and list of shown entries. Returns 1, or 0 for an unknown
-- feed.
-- ARG: id, health (all flags)
redis.call('HDEL', key('states'), ARG.id)
redis.call('ZREM', DUE, ARG.id)
redis.call('HDEL', LEASES, ARG.id)
redis.call('ZREM', key('paused'), ARG.id)
redis.call('DEL', key('past:' .. ARG.id), key('shown:' .. ARG.id))
for _, flag in ipairs(ARG.health) do
  redis.call('SREM', key('health:' .. flag), ARG.id)
end
return redis.call('HDEL', key('feeds'), ARG.id)
