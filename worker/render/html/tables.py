"""The tables under the copy: the places of the dateline, and every name."""

from collections.abc import Sequence
from dataclasses import dataclass

from worker.model import Dateline, Entity, EntityLabel
from worker.render.console import one_line
from worker.render.html.copy import KINDS, entity_id, row_ids
from worker.render.html.markup import Markup, element, join
from worker.render.html.places import say_coordinates, say_country

__all__ = ["render_entities", "render_places"]

_PLACE_HEADS = ("Place", "Region", "Country", "Coordinates", "Confidence")
_ENTITY_HEADS = ("Name", "Kind", "Role", "Country", "Mentions")


@dataclass(frozen=True, slots=True)
class _Row:
    """The first cell names the row."""

    cells: tuple[str, ...]
    id: str = ""
    style: str = ""


def render_places(dateline: Dateline | None) -> Markup:
    """The places of the dateline with country and coordinates; empty where it names none."""
    if dateline is None or not dateline.places:
        return Markup("")
    rows = [
        _Row(
            (
                one_line(place.name),
                one_line(place.region or ""),
                say_country(place.iso),
                say_coordinates(place.lat, place.lon),
                f"{place.confidence:.0%}" if place.iso else "",
            )
        )
        for place in dateline.places
    ]
    return _section("Filed from", _table(_PLACE_HEADS, rows))


def render_entities(entities: Sequence[Entity]) -> Markup:
    """A row for each name, by kind in the order of the labels."""
    if not entities:
        return _section("Entities", element("p", "No entities.", class_="none"))
    mentions: dict[tuple[EntityLabel, str], list[int]] = {}
    for number, entity in enumerate(entities):
        mentions.setdefault((entity.label, entity.canonical), []).append(number)
    ids = row_ids(entities)
    rows = [
        _Row(_cells(entities, numbers), id=ids[key], style="" if nth else "first")
        for label in EntityLabel
        for nth, (key, numbers) in enumerate(
            (key, numbers) for key, numbers in mentions.items() if key[0] is label
        )
    ]
    return _section("Entities", _table(_ENTITY_HEADS, rows))


def _cells(entities: Sequence[Entity], numbers: Sequence[int]) -> tuple[str, ...]:
    """The cells of one name: what its mentions, by number from 0, say of it."""
    first = entities[numbers[0]]
    name = one_line(first.canonical)
    roles = dict.fromkeys(one_line(entities[number].role or "") for number in numbers)
    countries = dict.fromkeys(say_country(entities[number].iso) for number in numbers)
    links = [
        element(
            "a",
            str(nth),
            href=f"#{entity_id(number + 1)}",
            aria_label=f"Mention {nth} of {name}",
        )
        for nth, number in enumerate(numbers, 1)
    ]
    return (
        element("span", name, class_=f"entity {KINDS[first.label]}"),
        element("span", first.label.value, class_="label"),
        "; ".join(filter(None, roles)),
        ", ".join(filter(None, countries)),
        join(*(part for link in links for part in (link, " "))),
    )


def _section(title: str, *content: str) -> Markup:
    name = title.lower().replace(" ", "-")
    return element("section", element("h2", title, id=name), *content, aria_labelledby=name)


def _table(heads: Sequence[str], rows: Sequence[_Row]) -> Markup:
    """A table without the columns in which nothing stands."""
    shown = [column for column in range(len(heads)) if any(row.cells[column] for row in rows)]
    head = element("tr", *(element("th", heads[column], scope="col") for column in shown))
    body = [
        element(
            "tr",
            *(_cell(heads[column], row.cells[column], is_head=not column) for column in shown),
            id=row.id,
            class_=row.style,
        )
        for row in rows
    ]
    return element("table", element("thead", head), element("tbody", *body))


def _cell(head: str, content: str, *, is_head: bool) -> Markup:
    style = head.lower()
    if is_head:
        return element("th", content, scope="row", class_=style, dir="auto")
    return element("td", content, class_=style, dir="auto")
