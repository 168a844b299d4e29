"""Sources of a quotation: their syntactic roles, their ranking, and what is no quotation."""
