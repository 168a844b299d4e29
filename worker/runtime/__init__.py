"""Processes: supervised trees, children that end with their parent, leases kept alive."""
