"""How an item relates to earlier ones: versions, duplicates and kills; pure."""
