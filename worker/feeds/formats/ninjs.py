"""ninjs 1.0 to 3.1: one item, a list, or an API's page of them. Source: IPTC, "ninjs 3.1".

Version 1 has `headline`, `body_text` and `byline`; 2 has lists, `headlines` and `bodies`; 3 writes
`versionCreated` where the others write `versioncreated`. Names are read without regard to case.
"""

from collections.abc import Iterator

from worker.errors import FormatError
from worker.feeds.entry import LIMIT_ENTRIES, Channel, FeedEntry, Format, Text
from worker.feeds.json_reader import as_number_or_string, as_string, decode_json

__all__ = ["NINJS"]

_Object = dict[str, object]

_OWN_FIELDS = frozenset(
    "headline headlines versioncreated body_text body_html bodies pubstatus urgency altids slugline"
    " title type representationtype descriptions description_text standard associations byline by"
    " located places place subject subjects".split()
)
_CONTAINERS = ("items", "_items", "data", "item", "results", "newsitems", "content")
_LIMIT_NESTING = 3
_MAIN = frozenset({"", "main", "headline", "default"})


def _is_like(head: str) -> bool:
    return head.lstrip().startswith(("{", "["))


def _read(text: str) -> Channel:
    document = decode_json(text)
    problems: list[str] = []
    entries: list[FeedEntry] = []
    for number, found in enumerate(_objects(document, 0), 1):
        if number > LIMIT_ENTRIES:
            problems.append(f"more than {LIMIT_ENTRIES:,} entries; the first of them were read")
            break
        entries.append(_entry(found))
    if not entries:
        raise FormatError("no ninjs: no object with a uri")
    return Channel(entries=tuple(entries), problems=tuple(problems), is_versioned=True)


def _objects(value: object, depth: int) -> Iterator[_Object]:
    """The news objects, their names in lower case, without those that one is associated with."""
    if isinstance(value, list):
        for one in value:
            yield from _objects(one, depth + 1) if depth <= _LIMIT_NESTING else ()
    elif isinstance(value, dict):
        lowered = {str(key).lower(): field for key, field in value.items()}
        if as_string(lowered.get("uri")) or ("versioncreated" in lowered and "headline" in lowered):
            yield lowered
        elif depth <= _LIMIT_NESTING:
            for name in _CONTAINERS:
                yield from _objects(lowered.get(name), depth + 1)


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
    """The field in any of its forms: plain, by suffix (`body_html`), or listed (`bodies`)."""
    plural = f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"
    listed = item.get(plural)
    if isinstance(listed, list) and (found := _of_list(listed)).value:
        return found
    if value := as_string(item.get(name)):
        return Text(value, html=None)
    suffixed = [key for key in item if key.startswith(f"{name}_") and as_string(item[key]).strip()]
    suffixed.sort(key=lambda key: (not key.endswith("html"), not key.endswith(("text", "main"))))
    for key in suffixed:
        return Text(as_string(item[key]), html=True if key.endswith("html") else None)
    return Text()


def _of_list(listed: list[object]) -> Text:
    """The main one of `headlines` or `bodies`, else the first."""
    found = [
        {str(key).lower(): field for key, field in one.items()}
        for one in listed
        if isinstance(one, dict) and as_string(one.get("value")).strip()
    ]
    found.sort(key=lambda one: as_string(one.get("role")).lower() not in _MAIN)
    for one in found:
        kind = as_string(one.get("contenttype")).lower()
        return Text(
            as_string(one.get("value")), html=True if kind.endswith(("html", "xml")) else None
        )
    return Text()


def _publisher(item: _Object) -> str:
    for name in ("infosources", "infosource", "provider", "copyrightholder", "source"):
        value = item.get(name)
        for one in value if isinstance(value, list) else [value]:
            if said := as_string(one.get("name")) if isinstance(one, dict) else as_string(one):
                return said
    return ""


NINJS = Format(
    name="ninjs",
    media_types=frozenset({"application/vnd.iptc.ninjs+json", "application/ninjs+json"}),
    is_like=_is_like,
    read=_read,
)
