"""The function that the sandboxes of `POST /v1/parse` run."""

import msgspec

from worker.errors import MessageError
from worker.inbox.messages import read_message
from worker.model import NewsItem
from worker.model.codec import dump
from worker.parse import annotate

__all__ = ["ParseRequest", "answer_parse"]


class ParseRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An inbox message to read, with the limit on its length."""

    message: str
    limit_bytes: int


def answer_parse(request: bytes) -> bytes:
    """Return "1" and the annotated item as JSON, or "0" and the reason why it was not read.

    A sandbox passes only bytes to its caller, and no exceptions.
    """
    parse = msgspec.msgpack.decode(request, type=ParseRequest)
    try:
        item = read_message({"message": parse.message}, limit_bytes=parse.limit_bytes)
    except MessageError as error:
        return b"0" + error.reason.encode()
    if not isinstance(item, NewsItem):
        return b"0the message is a request, not an item or a text"
    return b"1" + dump(annotate(item))
