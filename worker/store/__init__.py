"""The store on a Redis or Valkey server: `store.RedisStore`, with a class for each concern.

The interfaces are in `worker.ports`; scripts/ has the transactions in Lua.
"""
