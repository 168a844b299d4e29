"""Prints a line for each text: a digest of what the parser on the path makes of it.

Arguments are seeds of further random texts. The first line names the file of a module that mypyc
compiles. Each hostile text is read alone, and its line is printed before the next is read, so that
a crash names its text.
"""

import hashlib
import sys
from collections.abc import Sequence

from texts import hostile_texts, ordinary_texts

import worker.parse.text
from worker.model import NewsItem
from worker.parse import annotate_all

BATCH = 50


def read(texts: Sequence[str]) -> None:
    """Print a line for each, or for all of them what was raised."""
    try:
        said = annotate_all([NewsItem(uri="urn:x", version="1", body_text=t) for t in texts])
    except Exception as raised:  # noqa: BLE001  # both sides have to raise alike, and the caller counts
        print(*["raised " + type(raised).__name__] * len(texts), sep="\n", flush=True)
        return
    for one in said:  # repr, since JSON refuses lone surrogates
        digest = hashlib.sha256(repr(one).encode("utf-8", "surrogatepass"))
        print(digest.hexdigest(), flush=True)


if __name__ == "__main__":
    print(worker.parse.text.__file__, flush=True)
    for text in hostile_texts():
        read([text])
    ordinary = ordinary_texts([int(seed) for seed in sys.argv[1:]])
    for at in range(0, len(ordinary), BATCH):
        read(ordinary[at : at + BATCH])
