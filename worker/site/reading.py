"""The work of the sandboxes that read texts for the API."""

import msgspec

from worker.errors import MessageError
from worker.inbox.messages import read_message
from worker.model import NewsItem
from worker.model.codec import dump
from worker.parse import annotate

__all__ = ["ParseRequest", "answer_parse"]


class ParseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An inbox message to read, and the limit for its length."""

    message: str
    limit_bytes: int


def answer_parse(request: bytes) -> bytes:
    """Return "1" and the item with its annotations as JSON, or "0" and the reason why not."""
    asked = msgspec.msgpack.decode(request, type=ParseRequest)
    try:
        item = read_message({"message": asked.message}, limit_bytes=asked.limit_bytes)
    except MessageError as error:
        return b"0" + error.reason.encode()
    if not isinstance(item, NewsItem):
        return b"0the message is a request, not an item or a text"
    return b"1" + dump(annotate(item))
