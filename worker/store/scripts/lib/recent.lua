-- The items that moved lately, of each wire: recent:<wire's hash>, a stream. Kills look there for
-- their targets. ARG.window_ms is how long an item stays.
local function list_recent(wires, recent)
  for _, wire in ipairs(wires) do
    local name = key('recent:' .. wire)
    local oldest = whole(math.max(0, NOW - ARG.window_ms))
    redis.call('XADD', name, 'MINID', '~', oldest, '*', 'item', recent)
    redis.call('PEXPIRE', name, whole(ARG.window_ms))
  end
end
