-- Makes a feed due now unless it is leased or paused. A lease that has expired ends.
local function make_due(id)
  if not is_leased(id) and not redis.call('ZSCORE', key('paused'), id) then
    redis.call('HDEL', LEASES, id)
    redis.call('ZADD', DUE, whole(STEADY), id)
  end
end
