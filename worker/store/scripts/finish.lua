-- uses core, steady, order
-- Finishes a work entry that makes no events. Returns 1, or 0 if it was done before.
-- ARG: stream, id
local is_ours = is_pending(ARG.stream, ARG.id)
if is_ours then
  finish(ARG.stream, ARG.id)
end
return is_ours and 1 or 0
