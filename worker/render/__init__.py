"""Items, feeds and subscriptions for the terminal and as a page."""
