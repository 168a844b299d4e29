"""Coreference: a discourse model, and the passes that resolve the mention of a speaker in it."""
