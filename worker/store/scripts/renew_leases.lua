-- uses core, steady, leases
-- Renews leases. Returns the number of those that their holders still have.
-- ARG: kind, lease_ms, leases: {id, token}...
local ends = whole(STEADY + ARG.lease_ms)
local renewed = 0
for _, lease in ipairs(ARG.leases) do
  if is_holder(lease[1], lease[2]) then
    redis.call('ZADD', DUE, 'XX', ends, lease[1])
    renewed = renewed + 1
  end
end
return renewed
