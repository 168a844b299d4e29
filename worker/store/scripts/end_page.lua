-- uses core, steady, leases, order
-- Ends the reading of a page: puts its entry back on its work stream, with its first order.
-- Returns 1, or 0 if fenced off.
-- ARG: kind, id, token, urgent, step, order, fields (names and values)
if not is_holder(ARG.id, ARG.token) then
  return 0
end
add_work(ARG.urgent, ARG.step, ARG.order, ARG.fields)
redis.call('ZREM', DUE, ARG.id)
redis.call('HDEL', LEASES, ARG.id)
redis.call('HDEL', key('pages'), ARG.id)
redis.call('HDEL', key('pages:begun'), ARG.id)
redis.call('ZREM', key('orders'), 'pages ' .. ARG.id)
return 1
