-- uses core, steady, order, held
-- Puts items whose embargo has ended on the urgent work stream. Returns their number.
-- ARG: limit, step
local due = redis.call(
  'ZRANGE', key('held:due'), '-inf', whole(NOW), 'BYSCORE', 'LIMIT', 0, ARG.limit
)
local released = 0
for _, id in ipairs(due) do
  local waiting = redis.call('HGET', key('held'), id)
  if waiting then
    local order, fields = unpack(cmsgpack.unpack(waiting), 1, 2)
    fields[#fields + 1] = 'released'
    fields[#fields + 1] = '1'
    add_work(true, ARG.step, order, fields)
    released = released + 1
  end
  let_go(id)
end
return released
