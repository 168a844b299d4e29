"""Rendering of items, feeds and subscriptions for the terminal, and of items as an HTML page."""
