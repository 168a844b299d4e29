"""Celery's side: each task decodes, calls one thing of `worker` and logs what came of it.

    task                        queue          argument -> effect
    tasks.poll.poll_feeds       poll           [[feed id, lease token], ...] -> work entries
    tasks.pages.read_pages      poll           [[page id, lease token], ...] -> work entries
    tasks.parse.parse_items     urgent, parse  inbox stream, [entry ids] -> events on the desks
    tasks.ingest.put_on_inbox   parse          a message, as one JSON string -> an inbox entry

Arguments are ids or one opaque JSON string, never parsed JSON: kombu decodes any dict of exactly
`__type__` and `__value__` inside task arguments, whoever wrote it.
"""
