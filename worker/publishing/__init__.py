"""What goes out, once and in order: parsed items, duplicates, kills, replays."""
