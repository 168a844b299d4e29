-- uses core, letters
-- Forgets a dead letter. Returns 1, or 0 when it is not there.
-- ARG id
return drop_letter(ARG.id) and 1 or 0
