"""People, bodies and places of an item: mentions, then the registry of actors.

`mentions.find_mentions` finds names; `document.make_registry` says which of them are one thing,
what it is called, and who holds which office.
"""

from worker.model import Dateline
from worker.parse.entities.document import make_registry
from worker.parse.entities.mentions import find_mentions
from worker.parse.registry import Registry
from worker.parse.text import WireText

__all__ = ["find_entities"]


def find_entities(text: WireText, dateline: Dateline | None) -> Registry:
    """Every entity of the item in text order, and the actors that they name.

    >>> text = WireText("Energy Minister Olga Reznik met reporters. Reznik spoke of Serbia.")
    >>> registry = find_entities(text, None)
    >>> [(entity.span.of(text.full), entity.canonical) for entity in registry.entities]
    [('Olga Reznik', 'Olga Reznik'), ('Reznik', 'Olga Reznik'), ('Serbia', 'Serbia')]
    >>> registry.entities[0].role, registry.actors[0].descriptors
    ('Energy Minister', ('energy minister', 'minister'))
    """
    return make_registry(text, dateline, find_mentions(text))
