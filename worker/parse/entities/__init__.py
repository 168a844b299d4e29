"""People, bodies and places of an item: mentions, then the registry of actors.

`mentions.find_names` finds names by lists and patterns, `tagger.tag` decides by a network that
knows what the lists said, `naming.name_mentions` gives each name its usual form, and
`document.build_registry` says which of them are one thing, what it is called, and who holds which
office.
"""

from collections.abc import Sequence

from worker.model import Dateline
from worker.parse.entities.linking import build_registry
from worker.parse.entities.normalise import name_mentions
from worker.parse.entities.rule_tagger import find_names
from worker.parse.entities.tagger import tag
from worker.parse.entity_registry import Registry
from worker.parse.text import WireText

__all__ = ["find_all_entities", "find_entities"]


def find_entities(text: WireText, dateline: Dateline | None) -> Registry:
    """Every entity of the item in text order, and the actors that they name.

    >>> text = WireText("Energy Minister Olga Reznik met reporters. Reznik spoke of Serbia.")
    >>> registry = find_entities(text, None)
    >>> [(entity.span.of(text.full), entity.canonical) for entity in registry.entities]
    [('Olga Reznik', 'Olga Reznik'), ('Reznik', 'Olga Reznik'), ('Serbia', 'Serbia')]
    >>> registry.entities[0].role, registry.actors[0].descriptors
    ('Energy Minister', ('energy minister', 'minister'))
    """
    return find_all_entities([text], [dateline])[0]


def find_all_entities(
    texts: Sequence[WireText], datelines: Sequence[Dateline | None]
) -> list[Registry]:
    """The same of each text, their sentences tagged side by side."""
    listed = [find_names(text) for text in texts]
    tagged = tag(texts, listed)
    return [
        build_registry(text, dateline, name_mentions(text.full, spans, hints))
        for text, dateline, spans, hints in zip(texts, datelines, tagged, listed, strict=True)
    ]
