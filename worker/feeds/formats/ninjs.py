"""ninjs 1.0 to 3.1: an item, a list, or a page of an API. Source: IPTC, "ninjs 3.1".

Version 1 has `headline`, `body_text` and `byline`; 2 has lists, `headlines` and `bodies`; 3 writes
`versionCreated` where the others write `versioncreated`. Names are read without regard to case.
"""

from collections.abc import Iterator

from worker.errors import FormatError
from worker.feeds.entry import LIMIT_ENTRIES, Channel, FeedEntry, Format, Text
from worker.feeds.json_reader import as_number_or_string, as_string, decode_json

__all__ = ["NINJS"]

_Object = dict[str, object]

_CONTAINERS = ("items", "_items", "data", "item", "results", "newsitems", "content")
"""Members in which APIs nest items: `{"data": {"items": [...]}}`."""
_LIMIT_NESTING = 3
_MAIN = frozenset({"", "main", "headline", "default"})


def _is_like(head: str) -> bool:
    return head.lstrip().startswith(("{", "["))


def _read(text: str) -> Channel:
    document = decode_json(text)
    problems: list[str] = []
    entries: list[FeedEntry] = []
    for number, item in enumerate(_objects(document, 0), 1):
        if number > LIMIT_ENTRIES:
            problems.append(f"more than {LIMIT_ENTRIES:,} entries; the first of them were read")
            break
        entries.append(_entry(item))
    if not entries:
        raise FormatError("not ninjs: no object with a uri")
    return Channel(entries=tuple(entries), problems=tuple(problems), is_versioned=True)


def _objects(value: object, depth: int) -> Iterator[_Object]:
    """Yield the news objects, names in lower case; items in `associations` are not among them."""
    if isinstance(value, list):
        if depth <= _LIMIT_NESTING:
            for element in value:
                yield from _objects(element, depth + 1)
    elif isinstance(value, dict):
        lowered = {str(key).lower(): field for key, field in value.items()}
        if _is_news(lowered):
            yield lowered
        elif depth <= _LIMIT_NESTING:  # `{"data": {"items": [{"uri": ...}]}}`
            for name in _CONTAINERS:
                yield from _objects(lowered.get(name), depth + 1)


def _is_news(fields: _Object) -> bool:
    """True for an object with a uri, or, as some APIs write it, with a headline and a date."""
    return bool(as_string(fields.get("uri"))) or (
        "versioncreated" in fields and "headline" in fields
    )


def _entry(item: _Object) -> FeedEntry:
    return FeedEntry(
        id=as_string(item.get("uri"))
        or as_number_or_string(item.get("guid") or item.get("itemid")),
        version=as_number_or_string(item.get("version")),
        headline=_text(item, "headline") if _text(item, "headline").value else _title(item),
        summary=_text(item, "description"),
        content=_text(item, "body"),
        slugline=as_string(item.get("slugline")),
        byline=as_string(item.get("byline"))
        or as_string(item.get("by"))
        or _text(item, "byline").value,
        located=as_string(item.get("located")),
        language=as_string(item.get("language")),
        pubstatus=as_string(item.get("pubstatus")),
        urgency=as_number_or_string(item.get("urgency")),
        published=_dates(item, "firstcreated", "contentcreated"),
        updated=_dates(item, "versioncreated", "contentmodified"),
        embargoed=as_string(item.get("embargoed")),
        ednote=as_string(item.get("ednote")),
        rights=as_string(item.get("copyrightnotice")) or as_string(item.get("copyrightholder")),
        publisher=_publisher(item),
    )


def _dates(item: _Object, *names: str) -> tuple[str, ...]:
    return tuple(filter(None, (as_string(item.get(name)) for name in names)))


def _title(item: _Object) -> Text:
    return Text(as_string(item.get("title")) or as_string(item.get("name")), html=None)


def _text(item: _Object, name: str) -> Text:
    """Return the field in any form: plain, by suffix (`body_html`), or in a list (`bodies`)."""
    plural = f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
    listed = item.get(plural)
    if isinstance(listed, list) and (text := _main_text(listed)).value:
        return text
    if value := as_string(item.get(name)):
        return Text(value, html=None)
    suffixed = [key for key in item if key.startswith(f"{name}_") and as_string(item[key]).strip()]
    suffixed.sort(key=lambda key: (not key.endswith("html"), not key.endswith(("text", "main"))))
    for key in suffixed:
        return Text(as_string(item[key]), html=True if key.endswith("html") else None)
    return Text()


def _main_text(listed: list[object]) -> Text:
    """Return the main text of `headlines` or `bodies`, else the first that is not empty."""
    texts = [
        {str(key).lower(): field for key, field in element.items()}
        for element in listed
        if isinstance(element, dict) and as_string(element.get("value")).strip()
    ]
    texts.sort(key=lambda fields: as_string(fields.get("role")).lower() not in _MAIN)
    if not texts:
        return Text()
    kind = as_string(texts[0].get("contenttype")).lower()
    return Text(
        as_string(texts[0].get("value")), html=True if kind.endswith(("html", "xml")) else None
    )


def _publisher(item: _Object) -> str:
    """Return the first name in `infosources` (version 3), `infosource`, `provider` and others."""
    for name in ("infosources", "infosource", "provider", "copyrightholder", "source"):
        value = item.get(name)
        for party in value if isinstance(value, list) else [value]:
            named = as_string(party.get("name")) if isinstance(party, dict) else as_string(party)
            if named:
                return named
    return ""


NINJS = Format(
    name="ninjs",
    media_types=frozenset({"application/vnd.iptc.ninjs+json", "application/ninjs+json"}),
    is_like=_is_like,
    read=_read,
)
