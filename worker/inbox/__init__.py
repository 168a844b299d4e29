"""Messages from elsewhere, decoded and checked."""
