"""Russian wire copy: names by the tagger, their nominatives, quotations, statements and values.

tagger         the spans and labels of names
headline_names names of headlines in capitals
registry       canonical names, links, countries, roles
quotes         quotations and their speakers
statements     direct, mixed and indirect speech
values         sums of money, percentages and dates
"""

from collections.abc import Sequence

from worker.parse.entity_registry import Registry
from worker.parse.languages.drafts import ItemDraft, Reading, refine_by_countries
from worker.parse.languages.russian.headline_names import with_headline_names
from worker.parse.languages.russian.quotes import read_speech
from worker.parse.languages.russian.registry import read_registry
from worker.parse.languages.russian.statements import statements_of
from worker.parse.languages.russian.tagger import tag_russian
from worker.parse.languages.russian.values.reader import with_russian_values

__all__ = ["read_russian"]


def read_russian(drafts: Sequence[ItemDraft]) -> list[Reading]:
    """Return the reading of each draft; the tagger reads the sentences of all items together."""
    tagged = tag_russian([draft.text for draft in drafts])
    return [
        _read(
            draft,
            read_registry(
                draft.text,
                draft.dateline,
                with_headline_names(draft.text, spans),
                draft.item.byline,
            ),
        )
        for draft, spans in zip(drafts, tagged, strict=True)
    ]


def _read(draft: ItemDraft, registry: Registry) -> Reading:
    speech = read_speech(draft.text, registry, draft.dateline)
    return Reading(
        dateline=refine_by_countries(draft.dateline, registry),
        quotes=speech.quotes,
        statements=statements_of(registry, speech, speech.quotes),
        # Last, since a date or a sum inside a name is no value.
        entities=with_russian_values(
            draft.text.full,
            registry.entities,
            draft.dateline,
            draft.item.published.date() if draft.item.published else None,
        ),
    )
