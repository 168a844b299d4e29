"""Everything that the service keeps, on a Redis or Valkey server: `store.RedisStore`.

A module holds a class for each concern, and scripts/ the transactions in Lua. The interfaces are in
`worker.ports`; tests/contract/ holds the classes to them on a real server.
"""
