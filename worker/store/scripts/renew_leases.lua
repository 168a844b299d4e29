-- uses core, steady, leases
-- Has leases whose work goes on end later. Returns how many are still their holder's.
-- ARG: kind, lease_ms, leases {{id, token}...}
local ends = whole(STEADY + ARG.lease_ms)
local renewed = 0
for _, lease in ipairs(ARG.leases) do
  if is_holder(lease[1], lease[2]) then
    redis.call('ZADD', DUE, 'XX', ends, lease[1])
    renewed = renewed + 1
  end
end
return renewed
