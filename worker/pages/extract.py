"""The article in a page: bytes to paragraphs, with trafilatura, which only the child process loads.

No bound of its own in time or memory: see `child`.
"""

import re
from datetime import UTC, datetime

from lxml.html import HtmlElement
from trafilatura import extract
from trafilatura.utils import load_html

from worker.feeds.encoding import decode_body
from worker.feeds.html_to_text import plain_line
from worker.pages.article import PageText

__all__ = ["read_page"]

_LIMIT_TEXT_CHARS = 1_048_576
_LIMIT_LINE_CHARS = 1000

_HEAD_BYTES = 4096
_META_CHARSET = re.compile(
    rb"""<meta\s [^>]{0,200}? charset\s{0,8}=\s{0,8}["']?   # <meta charset="windows-1251">
    (?P<charset>[A-Za-z0-9._:-]{1,40})""",
    re.VERBOSE | re.IGNORECASE,
)


def read_page(body: bytes, media_type: str) -> PageText:
    """The article of a page: its paragraphs in order, without what stands around it."""
    text = _decoded(body, media_type)
    tree = load_html(text)
    if tree is None:
        return PageText()
    title, language = _title(tree), str(tree.get("lang") or "")
    said = extract(text, include_comments=False, include_tables=False) or ""
    lines = (" ".join(line.split()) for line in said[:_LIMIT_TEXT_CHARS].splitlines())
    return PageText(
        paragraphs=tuple(filter(None, lines)),
        title=title,
        language=plain_line(language[:35], html=False),
        published=_published(tree),
    )


def _decoded(body: bytes, media_type: str) -> str:
    """The page's text: as its header says, else as its own `meta` does."""
    if "charset" not in media_type.lower() and (found := _META_CHARSET.search(body[:_HEAD_BYTES])):
        media_type = f"text/html; charset={found['charset'].decode()}"
    return decode_body(body, media_type)


def _meta(tree: HtmlElement, name: str) -> str:
    found = tree.xpath("//meta[@property=$name or @name=$name]/@content", name=name)
    return str(found[0])[:_LIMIT_LINE_CHARS] if found else ""


def _title(tree: HtmlElement) -> str:
    """The one heading of the page, else what it calls itself."""
    headings = [" ".join(one.text_content().split()) for one in tree.xpath("//h1")[:2]]
    titles = tree.xpath("//head/title/text()")
    named = headings[0] if len(headings) == 1 and headings[0] else _meta(tree, "og:title")
    said = named or str(titles[0] if titles else "")
    return plain_line(said[:_LIMIT_LINE_CHARS], html=False)


def _published(tree: HtmlElement) -> datetime | None:
    """Source: Open Graph, `article:published_time`."""
    try:
        moment = datetime.fromisoformat(_meta(tree, "article:published_time").strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
