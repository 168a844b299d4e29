-- uses core, steady, leases
-- Takes a feed out of the due set until it is resumed; a poll under way is fenced off. Returns 1,
-- or 0 for an unknown feed.
-- ARG: id
if redis.call('HEXISTS', key('feeds'), ARG.id) == 0 then
  return 0
end
if not redis.call('ZSCORE', key('paused'), ARG.id) then
  local due = redis.call('ZSCORE', DUE, ARG.id)
  if redis.call('HEXISTS', LEASES, ARG.id) == 1 then
    due = '0' -- its score is the end of the lease; the poll was due
  end
  redis.call('ZADD', key('paused'), due or '+inf', ARG.id) -- +inf: the feed is gone, and never due
  redis.call('ZREM', DUE, ARG.id)
  redis.call('HDEL', LEASES, ARG.id)
end
return 1
