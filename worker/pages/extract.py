"""The article of a page, from bytes to paragraphs, by trafilatura, which only the sandbox loads.

The limits of time and memory are those of the sandbox (`worker.pages.reader`).
"""

import re
from datetime import UTC, datetime

import msgspec
from lxml.html import HtmlElement
from trafilatura import extract
from trafilatura.utils import load_html

from worker.feeds.encoding import decode_body
from worker.feeds.html_to_text import plain_line
from worker.pages.article import PageText

__all__ = ["extract_page", "read_page"]

_LIMIT_TEXT_CHARS = 1_048_576
_LIMIT_LINE_CHARS = 1000

_HEAD_BYTES = 4096
"""Bytes that are searched for a charset. The HTML standard puts it into the first 1,024, which not
all pages obey."""
_META_CHARSET = re.compile(
    rb"""<meta\s [^>]{0,200}? charset\s{0,8}=\s{0,8}["']?   # <meta charset="windows-1251">
    (?P<charset>[A-Za-z0-9._:-]{1,40})""",
    re.VERBOSE | re.IGNORECASE,
)


def extract_page(request: bytes) -> bytes:
    """Return the text of a page as JSON, for a sandbox; an empty text if it cannot be read.

    The request is the page's Content-Type and its body, as MessagePack.
    """
    media_type, body = msgspec.msgpack.decode(request, type=tuple[bytes, bytes])
    try:
        text = read_page(body, media_type.decode("utf-8", "replace"))
    except Exception:  # noqa: BLE001  # lxml and trafilatura raise many kinds
        text = PageText()
    return msgspec.json.encode(text)


def read_page(body: bytes, media_type: str) -> PageText:
    """Return the article of a page: its paragraphs in order, without menus and comments."""
    text = _decoded(body, media_type)
    tree = load_html(text)
    if tree is None:
        return PageText()
    title, language = _title(tree), str(tree.get("lang") or "")
    article = extract(text, include_comments=False, include_tables=False) or ""
    lines = (" ".join(line.split()) for line in article[:_LIMIT_TEXT_CHARS].splitlines())
    return PageText(
        paragraphs=tuple(filter(None, lines)),
        title=title,
        language=plain_line(language[:35], html=False),
        published=_published(tree),
    )


def _decoded(body: bytes, media_type: str) -> str:
    """Return the page's text, in the encoding of its header, else of its `meta`."""
    if "charset" not in media_type.lower() and (meta := _META_CHARSET.search(body[:_HEAD_BYTES])):
        media_type = f"text/html; charset={meta['charset'].decode()}"
    return decode_body(body, media_type)


def _meta(tree: HtmlElement, name: str) -> str:
    contents = tree.xpath("//meta[@property=$name or @name=$name]/@content", name=name)
    return str(contents[0])[:_LIMIT_LINE_CHARS] if contents else ""


def _title(tree: HtmlElement) -> str:
    """Return the only heading of the page, else its title for social media, else its title."""
    # With several headings, as of a logo or of other stories, none is the title for certain.
    headings = [" ".join(heading.text_content().split()) for heading in tree.xpath("//h1")[:2]]
    titles = tree.xpath("//head/title/text()")
    title = headings[0] if len(headings) == 1 and headings[0] else _meta(tree, "og:title")
    title = title or str(titles[0] if titles else "")
    return plain_line(title[:_LIMIT_LINE_CHARS], html=False)


def _published(tree: HtmlElement) -> datetime | None:
    """Return the time of publication in the metadata. Source: Open Graph."""
    try:
        moment = datetime.fromisoformat(_meta(tree, "article:published_time").strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
