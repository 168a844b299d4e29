"""Made-up wires, from seeds/ of a checkout or from the copy that the wheel carries."""
