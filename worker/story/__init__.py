"""Relations of an item to earlier items: versions, duplicates and kills. Pure functions."""
