"""Closed word classes: reporting verbs, function words, nouns for people and organisations."""
