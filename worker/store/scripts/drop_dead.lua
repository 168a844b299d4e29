-- uses core, sums, letters
-- Deletes a dead letter. Returns 1, or 0 if there is no such letter.
-- ARG: id
return drop_letter(ARG.id) and 1 or 0
