"""What comes in: messages, decoded and checked once."""
