"""Processes: supervision, children that end with their parent, sandboxes, lease renewal."""
