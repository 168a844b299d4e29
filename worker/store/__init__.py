"""Feeds, inbox, desks and dead letters: `redis.RedisStore`, and `memory.MemoryStore` for tests.

Both keep the promises of `worker.ports.Store`; tests/contract/ holds them to it.
"""
