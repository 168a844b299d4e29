"""Coreference of names within an item, and the registry of the entities that they refer to.

The passes, in order: the places of the dateline replace the mentions inside it, names in capitals
are found by the names of the body, each name gets its label, each mention its canonical name,
people get their roles and places their countries.
Mentions that share label and canonical name are an entity.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from types import MappingProxyType

from worker.model import Dateline, Entity, EntityLabel, Span
from worker.parse.entities.appositions import find_role_after
from worker.parse.entities.capitals import with_names_in_capitals
from worker.parse.entities.countries import find_countries
from worker.parse.entities.labels import settle_labels
from worker.parse.entities.lexicon import Lexicon, LexiconEntry, load_lexicon
from worker.parse.entities.lower_case_organisations import with_lower_case_organisations
from worker.parse.entities.name_grammar import NameMention
from worker.parse.entities.normalise import read_ticker
from worker.parse.entities.organisations import organisation_names
from worker.parse.entities.people import (
    choose_namesake,
    find_namesakes,
    full_names,
    gender_of_name,
)
from worker.parse.entities.roles import PersonRole, role_descriptors
from worker.parse.entities.titles import find_role_before
from worker.parse.entity_registry import Actor, Gender, Registry
from worker.parse.places import spell_out
from worker.parse.text import WireText

__all__ = ["build_registry"]

# Python 3.11 looks an enum's attribute up slowly, and these are read for every name.
_PERSON, _ORG, _GPE = EntityLabel.PERSON, EntityLabel.ORG, EntityLabel.GPE

_WITH_SHORT_FORMS = frozenset(
    {EntityLabel.ORG, EntityLabel.LAW, EntityLabel.FAC, EntityLabel.PRODUCT, EntityLabel.EVENT}
)
"""Labels of names that are spelt out once and abbreviated later: "ISS", "JCPOA"."""

_WITH_COUNTRY = frozenset({EntityLabel.GPE, EntityLabel.NORP})

_GENDERS_OF_ADDRESS = MappingProxyType(
    dict.fromkeys(("Mr", "Sir", "Lord", "Herr", "Monsieur", "Senor"), Gender.MALE)
    | dict.fromkeys(("Mrs", "Ms", "Miss", "Mme", "Madam", "Lady", "Dame", "Frau"), Gender.FEMALE)
)
"""Forms of address, which are no office but show a gender."""

_LEGAL_FORM = re.compile(r"(?<=\w),? (?:Inc|Co|Corp|Ltd|LLC|LLP|PLC|plc|AG|SE|GmbH|SpA)\.?\Z")
"""The legal form at the end of a firm's name, which the canonical name leaves out."""

_AUTHOR = re.compile(r"[A-Z][\w.'’-]*(?:[ ][A-Z][\w.'’-]*){1,3}")

_LOOK_BACK = 200
"""Mentions before a name among which the last of several namesakes is looked for."""

_LONGEST_PERSON_ACRONYM = 3
_LONGEST_ACRONYM = 6
"""Code points. A longer name in capitals is set in title case: `UNESCO` stays, `GREENPEACE` not."""


def build_registry(
    text: WireText, dateline: Dateline | None, mentions: Sequence[NameMention], byline: str = ""
) -> Registry:
    """Return the registry of the mentions, with those of the dateline's places added.

    `byline` names authors, whom the text may call by their family names alone.
    """
    lexicon = load_lexicon()
    placed = _with_dateline_places(text.full, dateline, mentions, lexicon)
    labelled = settle_labels(text.full, with_names_in_capitals(text, placed), lexicon)
    authors = _read_authors(byline, dateline)
    canonical = _canonical_names(text.full, labelled, authors, lexicon)
    roles = _find_roles(text, labelled, lexicon)
    countries = find_countries(text.full, labelled, dateline)
    entities = _make_entities(text.full, labelled, canonical, roles, countries)
    actors = _make_actors(text.full, entities, roles, lexicon)
    return Registry(
        entities=entities, actors=with_lower_case_organisations(text.full, entities, actors)
    )


def _touches_any(span: Span, mentions: Iterable[NameMention]) -> bool:
    return any(mention.start < span.end and span.start < mention.end for mention in mentions)


def _with_dateline_places(
    full: str, dateline: Dateline | None, mentions: Sequence[NameMention], lexicon: Lexicon
) -> list[NameMention]:
    """Return the mentions, in the dateline only its places and organisations.

    `MOSCOW, January 12. /TASS/.`: the tagger takes capitals and months there for names.
    """
    if dateline is None:
        return list(mentions)
    kept = [own for mention in mentions if (own := _outside_dateline(full, dateline, mention))]
    places = list(_printed_places(full, dateline))
    printed = {(span.start, span.end) for span, _ in places}
    kept = [mention for mention in kept if (mention.start, mention.end) not in printed]
    for span, iso in places:
        # A place inside a longer name stays part of it: `/Moscow Times/`.
        if _touches_any(span, kept):
            continue
        usual = _usual_case(span.of(full), lexicon)
        region = _spell_out_region(usual) or usual
        entry = lexicon.entries.get(usual) or LexiconEntry(_GPE, region, iso)
        kept.append(NameMention(span.start, span.end, entry.label, usual, entry))
    return sorted(kept)


def _outside_dateline(full: str, dateline: Dateline, mention: NameMention) -> NameMention | None:
    """Return a mention as it stands behind the dateline, None if the dateline holds it.

    `LISBON Shares fell`, `LONDON Lind Foods said`: a name ends where the dateline does. Of a name
    that crosses the end, several words are kept; a single one is the sentence's first word. The
    organisations in the dateline are kept.
    """
    inside = dateline.span
    if not inside.start <= mention.start < inside.end:
        return mention
    if mention.end <= inside.end:
        return mention if mention.label is _ORG else None
    rest = full[inside.end : mention.end].lstrip()
    if " " not in rest:
        return None
    return NameMention(mention.end - len(rest), mention.end, mention.label, rest)


def _printed_places(full: str, dateline: Dateline) -> Iterator[tuple[Span, str | None]]:
    """Yield the spans and the countries of the places and regions that the dateline prints."""
    start = dateline.span.start
    printed = full[start : dateline.span.end].casefold()
    for place in dateline.places:
        for name in filter(None, (place.name, place.region)):
            at = printed.find(name.casefold())
            if at >= 0:
                yield Span(start + at, start + at + len(name)), place.iso


def _usual_case(name: str, lexicon: Lexicon) -> str:
    if not name.isupper() or name in lexicon.entries:
        return name
    return " ".join(lexicon.upper.get(word, word.title()) for word in name.split())


def _read_authors(byline: str, dateline: Dateline | None) -> list[str]:
    """Return the full names in a byline and in the dateline: `By ANNA MOE and Bo Lind, AP`."""
    reporter = (dateline.correspondent if dateline else None) or ""
    names = _AUTHOR.findall(byline.removeprefix("By ").removeprefix("BY ")) + _AUTHOR.findall(
        reporter
    )
    return [_title_case(name, 0) for name in names]


def _canonical_names(
    full: str, mentions: Sequence[NameMention], authors: Sequence[str], lexicon: Lexicon
) -> list[str]:
    """Return the canonical name of each mention."""
    named = [m.name for m in mentions if m.label is _PERSON]
    people = full_names([*named, *authors])
    abbreviated = [mention for mention in mentions if mention.label in _WITH_SHORT_FORMS]
    organisations = organisation_names(full, abbreviated, lexicon)
    names = [
        _LEGAL_FORM.sub("", _canonical_name(mention, people, organisations)) for mention in mentions
    ]
    if namesakes := find_namesakes(people.values()):
        _resolve_namesakes(full, mentions, names, namesakes, lexicon)
    return names


def _resolve_namesakes(
    full: str,
    mentions: Sequence[NameMention],
    names: list[str],
    namesakes: dict[str, list[str]],
    lexicon: Lexicon,
) -> None:
    """Replace in `names` each family name behind "Mr" or "Mrs" by the namesake of that gender."""
    for index, mention in enumerate(mentions):
        rivals = namesakes.get(mention.name.casefold())
        if not rivals or mention.label is not _PERSON:
            continue
        gender = _gender_of_address(full, mention.start)
        if gender:
            preceding = names[max(0, index - _LOOK_BACK) : index]
            names[index] = choose_namesake(names[index], rivals, gender, preceding, lexicon)


def _canonical_name(
    mention: NameMention, people: dict[str, str], organisations: dict[str, str]
) -> str:
    if mention.label is _PERSON:
        name = people[mention.name]
        return _title_case(name, _LONGEST_PERSON_ACRONYM)
    if mention.label in _WITH_SHORT_FORMS and mention.name in organisations:
        return organisations[mention.name]
    if mention.entry and mention.entry.label is mention.label:
        return mention.entry.canonical
    if mention.label is _GPE and (region := _spell_out_region(mention.name)):
        return region
    name = _title_case(mention.name, _LONGEST_ACRONYM)
    # `al Jazeera` gets a capital, `iPhone` does not.
    return name[:1].upper() + name[1:] if name[:1].islower() and " " in name else name


def _spell_out_region(name: str) -> str | None:
    """Return the name of a region by its abbreviation, the last stop of which may be cut off."""
    return spell_out(name) or spell_out(f"{name}.") if len(name) <= _LONGEST_ACRONYM else None


def _title_case(name: str, longest_acronym: int) -> str:
    return name.title() if name.isupper() and len(name) > longest_acronym else name


def _find_roles(
    text: WireText, mentions: list[NameMention], lexicon: Lexicon
) -> dict[int, list[PersonRole]]:
    """Return the roles that the text gives each person, by the mention's index, best first."""
    roles: dict[int, list[PersonRole]] = {}
    for index, mention in enumerate(mentions):
        if mention.label is not _PERSON:
            continue
        floor = text.paragraphs[text.paragraph_index(mention.start)].start
        title = find_role_before(text.full, floor, mentions, index, lexicon)
        description = find_role_after(text.full, mentions, index, lexicon)
        own = [role for role in (title, description) if role]
        own.sort(key=lambda role: (not role.heads, role.is_generic))
        if not title and (shared := _shared_role(text.full, mentions, index, roles)):
            own.insert(0, shared)
        if own:
            roles[index] = own
    return roles


def _shared_role(
    full: str, mentions: Sequence[NameMention], index: int, roles: dict[int, list[PersonRole]]
) -> PersonRole | None:
    """Return the plural role that a name shares with the name before it (`Presidents A and B`)."""
    before = index - 1
    # `Senators A of Ohio and B`
    if before > 0 and full[mentions[before - 1].end : mentions[before].start] == " of ":
        before -= 1
    if before not in roles:
        return None
    if full[mentions[index - 1].end : mentions[index].start] not in {" and ", ", ", ", and "}:
        return None
    role = roles[before][0]
    return role if any(head.endswith("s") for head in role.heads) else None


def _make_entities(
    full: str,
    mentions: Sequence[NameMention],
    canonical: Sequence[str],
    roles: dict[int, list[PersonRole]],
    countries: dict[str, str | None],
) -> tuple[Entity, ...]:
    first_role: dict[str, str] = {}
    for index, own_roles in roles.items():
        first_role.setdefault(canonical[index], own_roles[0].text)
    entities: list[Entity] = []
    for index, mention in enumerate(mentions):
        role = None
        if mention.label is _PERSON:
            # Where a name stands alone the person keeps the role given elsewhere in the item.
            own = roles.get(index)
            role = own[0].text if own else first_role.get(canonical[index])
        entities.append(
            Entity(
                span=Span(mention.start, mention.end),
                label=mention.label,
                canonical=canonical[index],
                iso=_country(mention, countries),
                role=role,
                ticker=read_ticker(full, mention) if mention.label is _ORG else None,
            )
        )
    return tuple(entities)


def _country(mention: NameMention, countries: dict[str, str | None]) -> str | None:
    if mention.label not in _WITH_COUNTRY:
        return None
    if mention.label is _GPE and mention.name.casefold() in countries:
        return countries[mention.name.casefold()]
    return mention.entry.iso if mention.entry else None


def _make_actors(
    full: str,
    entities: Sequence[Entity],
    roles: dict[int, list[PersonRole]],
    lexicon: Lexicon,
) -> tuple[Actor, ...]:
    groups: dict[tuple[EntityLabel, str], list[int]] = {}
    for index, entity in enumerate(entities):
        groups.setdefault((entity.label, entity.canonical), []).append(index)
    actors: list[Actor] = []
    for (label, name), indices in groups.items():
        own_roles = [role for index in indices for role in roles.get(index, ())]
        mentions = tuple(entities[index] for index in indices)
        gender = Gender.UNKNOWN
        if label is _PERSON:
            gender = _find_gender(full, name, mentions, own_roles, lexicon)
        actors.append(
            Actor(
                canonical=name,
                label=label,
                mentions=mentions,
                gender=gender,
                descriptors=role_descriptors(own_roles),
            )
        )
    return tuple(actors)


def _find_gender(
    full: str,
    name: str,
    mentions: Sequence[Entity],
    roles: Sequence[PersonRole],
    lexicon: Lexicon,
) -> Gender:
    """Return a person's gender by the name, else by a role (`chairwoman`), else by an address."""
    by_name = gender_of_name(name, lexicon)
    if by_name is not Gender.UNKNOWN:
        return by_name
    for head in [head for role in roles for head in role.heads]:
        by_role = lexicon.role_heads.get(head, Gender.UNKNOWN)
        if by_role is not Gender.UNKNOWN:
            return by_role
    for mention in mentions:
        by_address = _gender_of_address(full, mention.span.start)
        if by_address is not None:
            return by_address
    return Gender.UNKNOWN


def _gender_of_address(full: str, start: int) -> Gender | None:
    """Return the gender of the form of address right before an offset ("Mrs"), None without it."""
    preceding = full[max(0, start - 8) : start].split()
    return _GENDERS_OF_ADDRESS.get(preceding[-1].rstrip(".")) if preceding else None
