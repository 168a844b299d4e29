"""The events of an item, once and in order."""
