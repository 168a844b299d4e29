"""RSS 0.9x to 2.0, Atom 0.3 and 1.0, RDF Site Summary: whatever feedparser reads."""

import io
import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import feedparser.api

from worker.errors import FormatError
from worker.feeds.entry import LIMIT_ENTRIES, Channel, Entry, Format, Text

__all__ = ["RSS"]

_feedparser: Callable[..., Mapping[str, Any]] = feedparser.api.parse

_HEADERS = {"content-type": "application/xml; charset=utf-8"}
"""Without a content type feedparser takes a document without a prolog for ISO 8859-1."""

_ROOT = re.compile(r"<(?:\?xml|(?:\w{1,20}:)?(?:rss|feed|RDF|channel))(?=[\s>])", re.IGNORECASE)
_ROOT_END = re.compile(r"</(?:\w{1,20}:)?(?:rss|feed|RDF|channel)\s*>", re.IGNORECASE)
_ENTRY = re.compile(r"<(?:\w{1,20}:)?(?:item|entry)(?=[\s/>])", re.IGNORECASE)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_OUTERMOST = re.compile(r"<(?P<name>(?:\w{1,20}:)?(?:rss|feed|RDF))(?=[\s>])", re.IGNORECASE)

_REFERENCE = re.compile(r"&#(?:(?P<decimal>\d+)|[xX](?P<hex>[0-9a-fA-F]+));?")
"""feedparser raises OverflowError and ValueError on those beyond Unicode."""

_LIMIT_APART_CHARS = 20_000_000

_LIMIT_NAMESPACES = 500
"""feedparser takes quadratic time over namespaces: 20,000 of them in 670 KiB took 12.7 s."""
_LIMIT_ATTRIBUTES = 200
"""And over the attributes of one tag: 20,000 in 204 KiB took 5.5 s."""
_TAG = re.compile(
    r"""
    <[A-Za-z_][^<>"']*                  # <entry xml:lang=
    (?: (?: "[^"<]*" | '[^'<]*' )       # "en"
        [^<>"']* )*                     #  xml:base=
    >
    """,
    re.VERBOSE,
)
_CATEGORY = re.compile(r"(</?(?:\w{1,20}:)?)(?=(?:category|keywords|subject)[\s/>])", re.IGNORECASE)
"""And over an entry's categories, which we do not read: they get a name that it does not know."""


def _is_like(head: str) -> bool:
    return _ROOT.search(head) is not None


def _read(text: str) -> Channel:
    text = _REFERENCE.sub(_sane_reference, _NOT_XML.sub("", text))
    root = _ROOT.search(text)
    text = text[root.start() :] if root else text
    _check_cost(text)
    problems: list[str] = []
    text = _CATEGORY.sub(r"\1unread-", _cut_entries(text, problems))
    parsed = _parse_whole_or_apart(text, problems)
    entries = [dict(entry) for entry in parsed["entries"]]
    if not entries and not parsed.get("version"):
        raise FormatError("neither RSS, Atom nor RDF")
    if parsed.get("bozo") and entries and not _ROOT_END.search(text[-2000:]):
        entries.pop()
        problems.append("the document stops short; its last entry was left out")
    elif parsed.get("bozo"):
        problems.append(f"not well-formed: {_one_reason(parsed.get('bozo_exception'))}")
    channel = dict(parsed["feed"])
    is_atom = str(parsed.get("version", "")).startswith("atom")
    return Channel(
        entries=tuple(_entry(entry, is_atom=is_atom) for entry in entries[:LIMIT_ENTRIES]),
        problems=tuple(problems),
        language=_word(channel, "language"),
        publisher=_word(channel, "publisher"),
        rights=_word(channel, "rights"),
    )


def _sane_reference(found: re.Match[str]) -> str:
    digits, base = (found["decimal"], 10) if found["decimal"] else (found["hex"], 16)
    return found[0] if len(digits) < 9 and int(digits, base) <= 0x10FFFF else "\ufffd"


def _check_cost(text: str) -> None:
    """Raises FormatError for what would keep feedparser busy for seconds."""
    if text.count("xmlns") > _LIMIT_NAMESPACES:
        raise FormatError(f"more than {_LIMIT_NAMESPACES} namespace declarations")
    for tag in _TAG.finditer(text):
        if text.count("=", tag.start(), tag.end()) > _LIMIT_ATTRIBUTES:
            raise FormatError(f"more than {_LIMIT_ATTRIBUTES} attributes in one tag")


def _cut_entries(text: str, problems: list[str]) -> str:
    """The document with its first entries only, closed again, so that parsing has a bound."""
    for number, entry in enumerate(_ENTRY.finditer(text)):
        if number == LIMIT_ENTRIES:
            problems.append(f"more than {LIMIT_ENTRIES:,} entries; the first of them were read")
            return text[: entry.start()] + _ending(text)
    return text


def _ending(text: str) -> str:
    """What closes the document behind an entry."""
    root = _OUTERMOST.search(text)
    name = root["name"] if root else "rss"
    return f"</channel></{name}>" if name.lower() == "rss" else f"</{name}>"


def _parse_whole_or_apart(text: str, problems: list[str]) -> Mapping[str, Any]:
    """The document as one; or, where an entry makes feedparser raise, entry by entry without it."""
    try:
        return _parse(text)
    except FormatError:
        starts = [entry.start() for entry in _ENTRY.finditer(text)]
        if len(starts) < 2 or starts[0] * len(starts) > _LIMIT_APART_CHARS:
            raise
    head, ending = text[: starts[0]], _ending(text)
    whole = dict(_parse(head + ending))
    whole["entries"] = []
    for number, (start, end) in enumerate(pairwise([*starts, len(text)]), 1):
        try:
            whole["entries"] += _parse(head + text[start:end] + ending)["entries"]
        except FormatError as error:
            problems.append(f"entry {number} cannot be read: {error.reason}")
    return whole


def _parse(text: str) -> Mapping[str, Any]:
    """What feedparser makes of it. Always a stream: a str may be taken for a file's name."""
    try:
        return _feedparser(
            io.BytesIO(text.encode("utf-8", "replace")),
            response_headers=dict(_HEADERS),
            resolve_relative_uris=False,
            sanitize_html=False,
        )
    except Exception as error:  # feedparser raises anything on odd input
        raise FormatError(f"feedparser cannot read it: {_one_reason(error)}") from error


def _one_reason(error: object) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]


def _entry(entry: Mapping[str, Any], *, is_atom: bool) -> Entry:
    """`entry` is a plain dict: feedparser's own answers one key with another's value."""
    contents = [part for part in entry.get("content") or () if part.get("value")]
    details = [*contents, *(entry.get(f"{key}_detail") or {} for key in ("summary", "title"))]
    languages = [str(detail["language"]) for detail in details if detail.get("language")]
    return Entry(
        id=_word(entry, "id"),
        link=_link(entry),
        headline=_text(entry.get("title_detail"), is_atom=is_atom),
        summary=_text(entry.get("summary_detail"), is_atom=is_atom),
        content=max(
            (_text(part, is_atom=is_atom) for part in contents),
            key=lambda text: len(text.value),
            default=Text(),
        ),
        byline=_byline(entry),
        language=languages[0] if languages else "",
        published=_word(entry, "published") or _word(entry, "created"),
        updated=_word(entry, "updated"),
        rights=_word(entry, "rights"),
        publisher=_word(entry, "publisher"),
    )


def _word(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value.strip() if isinstance(value, str) else ""


def _text(detail: Mapping[str, Any] | None, *, is_atom: bool) -> Text:
    """Atom says whether a text is markup. RSS does not, and feedparser's guess misses open tags."""
    if not detail:
        return Text()
    is_marked = str(detail.get("type", "")).lower() in {"text/html", "application/xhtml+xml"}
    return Text(str(detail.get("value") or ""), html=is_marked if is_atom else is_marked or None)


def _link(entry: Mapping[str, Any]) -> str:
    """The first page that is the entry itself; feedparser takes the last, perhaps a picture."""
    for link in entry.get("links") or ():
        kind = str(link.get("type") or "text/html").lower()
        if link.get("rel", "alternate") == "alternate" and kind.endswith(("html", "html+xml")):
            return _word(link, "href")
    return _word(entry, "link")


def _byline(entry: Mapping[str, Any]) -> str:
    authors = (_word(author, "name") for author in entry.get("authors") or () if author)
    return ", ".join(dict.fromkeys(filter(None, authors))) or _word(entry, "author")


RSS = Format(
    name="RSS, Atom or RDF",
    media_types=frozenset(
        {
            "application/rss+xml",
            "application/atom+xml",
            "application/rdf+xml",
            "application/xml",
            "text/xml",
        }
    ),
    is_like=_is_like,
    read=_read,
)
