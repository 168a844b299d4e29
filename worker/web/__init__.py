"""Every byte in or out over HTTP, guarded."""
