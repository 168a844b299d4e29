"""Which feed is polled when, and one poll."""
