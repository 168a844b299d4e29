-- The recently published items of each wire, among which kills find their targets.
-- recent:<wire's hash>: a stream. An item stays for ARG.window_ms.
local function list_recent(wires, recent)
  for _, wire in ipairs(wires) do
    local name = key('recent:' .. wire)
    local oldest = whole(math.max(0, NOW - ARG.window_ms))
    redis.call('XADD', name, 'MINID', '~', oldest, '*', 'item', recent)
    redis.call('PEXPIRE', name, whole(ARG.window_ms))
  end
end
