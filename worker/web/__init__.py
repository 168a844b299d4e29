"""HTTP in both directions, behind a single guard: only public addresses, bounded bytes and seconds.

`client` fetches feeds and pages; `ssrf_guard` checks addresses where the connection is made,
`content_coding` unpacks bodies under a limit, `memory_budget` bounds all bodies of a process.
`caching` reads the headers that say when to come back, `robots` the sites' rules, and
`connectivity` tells a network of ours that is down from a host that is.
"""
