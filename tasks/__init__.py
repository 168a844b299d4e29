"""The Celery tasks: each decodes its arguments, calls one function of `worker`, logs the result.

    task                        queue          argument -> effect
    tasks.poll.poll_feeds       poll           [[feed id, lease token], ...] -> work entries
    tasks.pages.read_pages      poll           [[page id, lease token], ...] -> work entries
    tasks.parse.parse_items     urgent, parse  inbox stream, [entry ids] -> events on the desks
    tasks.ingest.put_on_inbox   parse          a message, as one JSON string -> an inbox entry

Arguments are ids or an opaque JSON string, never parsed JSON: kombu would decode any dict with just
the keys `__type__` and `__value__` inside task arguments, even if it comes from a message.
"""
