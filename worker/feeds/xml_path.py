"""Looking things up in the XML of wire formats, by local name and without regard to case."""

from collections.abc import Iterator
from html import escape

from worker.feeds.xml_reader import XML_LANG, Element

__all__ = [
    "find_all",
    "find_first",
    "first_attribute",
    "first_text",
    "inner_html",
    "local_name",
    "text_of",
]


def local_name(element: Element) -> str:
    """The element's name without its namespace, in lower case."""
    return element.tag.rpartition("}")[2].lower()


def find_all(element: Element, path: str) -> Iterator[Element]:
    """The descendants on a path of names, `contentmeta/headline`; `//` skips levels before it."""
    if path.startswith("//"):
        name, _, rest = path[2:].partition("/")
        for inner in element.iter():
            if inner is not element and local_name(inner) == name:
                yield from find_all(inner, rest) if rest else (inner,)
        return
    name, _, rest = path.partition("/")
    for child in element:
        if local_name(child) == name:
            yield from find_all(child, rest) if rest else (child,)


def find_first(element: Element, *paths: str) -> Element | None:
    """The first element on the first path that has one."""
    return next((found for path in paths for found in find_all(element, path)), None)


def text_of(element: Element | None) -> str:
    """All text in the element, its space tidied."""
    return "" if element is None else " ".join("".join(element.itertext()).split())


def first_text(element: Element, *paths: str) -> str:
    """The first text that stands on one of the paths."""
    return next(
        filter(None, (text_of(found) for path in paths for found in find_all(element, path))), ""
    )


def first_attribute(element: Element, *paths: str) -> str:
    """The first attribute on one of the paths, as `itemmeta/pubstatus@qcode`, that is not empty."""
    for path in paths:
        where, _, name = path.rpartition("@")
        for found in find_all(element, where) if where else (element,):
            if value := found.get(XML_LANG if name == "lang" else name, "").strip():
                return value
    return ""


def inner_html(element: Element) -> str:
    """The element's content as HTML, its namespaces dropped. The reader has bounded its depth."""
    parts = [escape(element.text or "", quote=False)]
    for child in element:
        local = child.tag.rpartition("}")[2]
        parts += (f"<{local}>", inner_html(child), f"</{local}>")
        parts.append(escape(child.tail or "", quote=False))
    return "".join(parts)
