-- uses core, steady, order, held
-- Puts items whose embargo has ended on the urgent work stream. Returns their number. An entry that
-- cannot be read, of another release, is put aside in held:unread; it must not stop the others.
-- ARG: limit, step
local due = redis.call(
  'ZRANGE', key('held:due'), '-inf', whole(NOW), 'BYSCORE', 'LIMIT', 0, ARG.limit
)
local released = 0
for _, id in ipairs(due) do
  local waiting = redis.call('HGET', key('held'), id)
  if waiting then
    local order, fields = read_held(waiting)
    if order then
      fields[#fields + 1] = 'released'
      fields[#fields + 1] = '1'
      add_work(true, ARG.step, order, fields)
    else
      redis.call('HSET', key('held:unread'), id, waiting)
    end
    released = released + 1
  end
  let_go(id)
end
return released
