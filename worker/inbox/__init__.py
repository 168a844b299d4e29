"""Messages from other systems, decoded and checked."""
