"""Named entities of an item: people, organisations, places, and the mentions that refer to them.

The stages, in order:

1. `rule_tagger.find_names` finds names by lists and patterns.
2. `tagger.tag` decides on spans and labels, by a network that gets the listed names as features.
3. `normalise.name_mentions` gives each span its usual form and its lexicon entry.
4. `linking.build_registry` resolves coreference: it groups the mentions of an entity under its
   canonical name, and gives people their roles. `lower_case_organisations` adds bodies such as `the
   Hungarian foreign ministry`, which the quote stage needs and no tagger finds.
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
    """Return the entities of the item in text order, with the actors that they refer to.

    >>> text = WireText("Energy Minister Olga Reznik met reporters. Reznik spoke of Serbia.")
    >>> registry = find_entities(text, None)
    >>> [(entity.span.of(text.full), entity.canonical) for entity in registry.entities]
    [('Olga Reznik', 'Olga Reznik'), ('Reznik', 'Olga Reznik'), ('Serbia', 'Serbia')]
    >>> registry.entities[0].role, registry.actors[0].descriptors
    ('Energy Minister', ('energy minister', 'minister'))
    """
    return find_all_entities([text], [dateline])[0]


def find_all_entities(
    texts: Sequence[WireText], datelines: Sequence[Dateline | None], bylines: Sequence[str] = ()
) -> list[Registry]:
    """Return the entities of each text, as `find_entities` does; all texts are tagged together.

    `bylines` are those of the texts, which do not contain them.
    """
    listed = [find_names(text) for text in texts]
    tagged = tag(texts, listed)
    return [
        build_registry(text, dateline, name_mentions(text.full, spans, names), byline)
        for text, dateline, byline, spans, names in zip(
            texts, datelines, bylines or [""] * len(texts), tagged, listed, strict=True
        )
    ]
