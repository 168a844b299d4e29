"""Connections to servers of other kinds: URLs, logins, TLS and errors, for sinks and sources alike.

A module for each kind. Nothing is connected to before the first event or message.
"""
