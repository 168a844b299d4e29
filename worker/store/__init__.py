"""Feeds, inbox, desks and dead letters on a server: `redis.RedisStore`, and scripts in Lua.

It keeps the promises of `worker.ports.Store`; tests/contract/ holds it to them, on a real server.
"""
