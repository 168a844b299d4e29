"""Who a source is: a discourse model, and the passes that resolve a mention in it."""
