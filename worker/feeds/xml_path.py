"""Look-ups in the XML of wire formats, by local names and without regard to case."""

from collections.abc import Iterator
from html import escape

from worker.feeds.xml_reader import XML_LANG, Element

__all__ = [
    "find_all",
    "first_attribute",
    "first_element",
    "first_text",
    "inner_html",
    "local_name",
    "text_of",
]


def local_name(element: Element) -> str:
    """Return the element's name without its namespace, in lower case."""
    return element.tag.rpartition("}")[2].lower()


def find_all(element: Element, path: str) -> Iterator[Element]:
    """Yield the descendants on a path: `contentmeta/headline`; `//headline` at any depth."""
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


def first_element(element: Element, *paths: str) -> Element | None:
    """Return the first element on the first path that leads anywhere."""
    return next((inner for path in paths for inner in find_all(element, path)), None)


def text_of(element: Element | None) -> str:
    """Return all text in the element, with single spaces."""
    return "" if element is None else " ".join("".join(element.itertext()).split())


def first_text(element: Element, *paths: str) -> str:
    """Return the first text on one of the paths that is not empty."""
    return next(
        filter(None, (text_of(inner) for path in paths for inner in find_all(element, path))), ""
    )


def first_attribute(element: Element, *paths: str) -> str:
    """Return the first attribute that is not empty on paths such as `itemmeta/pubstatus@qcode`."""
    for path in paths:
        where, _, name = path.rpartition("@")
        for inner in find_all(element, where) if where else (element,):
            if value := inner.get(XML_LANG if name == "lang" else name, "").strip():
                return value
    return ""


def inner_html(element: Element) -> str:
    """Return the element's content as HTML without namespaces; `xml_reader` bounds its depth."""
    parts = [escape(element.text or "", quote=False)]
    for child in element:
        local = child.tag.rpartition("}")[2]
        parts += (f"<{local}>", inner_html(child), f"</{local}>")
        parts.append(escape(child.tail or "", quote=False))
    return "".join(parts)
