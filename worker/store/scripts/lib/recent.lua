-- The recently published items of each wire, among which kills find their targets.
-- recent:<wire's hash>: a stream. An item stays for ARG.window_ms before the oldest entry that waits
-- for a worker, which may be a kill.
local listed = {} -- the wires that this script has added to

-- `recent` is a packed RecentItem, of which `order` replaces the last field, its order; nil: as it is.
local function list_recent(wires, recent, order)
  if order then
    local fields = cmsgpack.unpack(recent)
    fields[#fields] = order
    recent = cmsgpack.pack(fields)
  end
  local oldest = whole(math.max(0, oldest_work_ms() - ARG.window_ms))
  for _, wire in ipairs(wires) do
    local name = key('recent:' .. wire)
    add_steadily(name, 'item', recent)
    if not listed[wire] then
      redis.call('XTRIM', name, 'MINID', '~', oldest)
      redis.call('PEXPIRE', name, whole(math.max(ARG.window_ms, ARG.known_s * 1000)))
      listed[wire] = true
    end
  end
end
