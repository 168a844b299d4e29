"""Russian wire copy."""
