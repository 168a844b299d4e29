"""The document pass: one label and one name for each thing, then the actors of the item."""

import re
from collections import Counter
from collections.abc import Sequence
from types import MappingProxyType

from worker.model import Dateline, Entity, EntityLabel, Span
from worker.parse.entities.countries import find_countries
from worker.parse.entities.lexicon import Lexicon, LexiconEntry, load_lexicon
from worker.parse.entities.name_grammar import NameMention
from worker.parse.entities.organisations import organisation_names
from worker.parse.entities.people import (
    choose_namesake,
    find_namesakes,
    full_names,
    gender_of_name,
)
from worker.parse.entities.roles import (
    PersonRole,
    find_role_after,
    find_role_before,
    role_descriptors,
)
from worker.parse.entity_registry import Actor, Gender, Registry
from worker.parse.text import WireText

__all__ = ["build_registry"]

_FAMILY_TAKEN_FOR = frozenset(
    {EntityLabel.ORG, EntityLabel.GPE, EntityLabel.FAC, EntityLabel.LOC, EntityLabel.PRODUCT}
)
_WITH_SHORT_FORMS = frozenset(
    {EntityLabel.ORG, EntityLabel.LAW, EntityLabel.FAC, EntityLabel.PRODUCT, EntityLabel.EVENT}
)
"""Kinds of names that are spelt out once and shortened to letters after: "ISS", "JCPOA"."""

_ADDRESS = MappingProxyType(
    dict.fromkeys(("Mr", "Sir", "Lord", "Herr", "Monsieur", "Senor"), Gender.MALE)
    | dict.fromkeys(("Mrs", "Ms", "Miss", "Mme", "Madam", "Lady", "Dame", "Frau"), Gender.FEMALE)
)
"""Forms of address, which are no office but show a gender."""
_LEGAL_FORM = re.compile(r"(?<=\w),? (?:Inc|Co|Corp|Ltd|LLC|LLP|PLC|plc|AG|SE|GmbH|SpA)\.?\Z")
"""The legal form that ends a firm's name and is no part of what it is called."""
_LOOK_BACK = 200
"""How many mentions back the last of several namesakes is looked for."""


def build_registry(
    text: WireText, dateline: Dateline | None, mentions: Sequence[NameMention]
) -> Registry:
    """The registry of the mentions, those of the dateline's places added."""
    lexicon = load_lexicon()
    placed = _read_dateline(text.full, dateline, mentions, lexicon)
    labelled = _label_families(_one_label_each(placed), lexicon)
    canonical = _canonical_names(text.full, labelled, lexicon)
    roles = _find_roles(text, labelled, lexicon)
    countries = find_countries(text.full, labelled, dateline)
    entities = _make_entities(labelled, canonical, roles, countries)
    return Registry(entities=entities, actors=_make_actors(text.full, entities, roles, lexicon))


def _read_dateline(
    full: str, dateline: Dateline | None, mentions: Sequence[NameMention], lexicon: Lexicon
) -> list[NameMention]:
    """The mentions, inside the dateline only its places and bodies."""
    if dateline is None:
        return list(mentions)
    inside = dateline.span
    kept = [
        mention
        for mention in mentions
        if not (inside.start <= mention.start < inside.end) or mention.label is EntityLabel.ORG
    ]
    printed = full[inside.start : inside.end].casefold()
    for place in dateline.places:
        for name in (place.name, place.region):
            at = printed.find(name.casefold()) if name else -1
            if not name or at < 0:
                continue
            start = inside.start + at
            end = start + len(name)
            if any(mention.start < end and start < mention.end for mention in kept):
                continue
            usual = _usual_case(full[start:end], lexicon)
            known = lexicon.entries.get(usual) or LexiconEntry(EntityLabel.GPE, usual, place.iso)
            kept.append(NameMention(start, end, EntityLabel.GPE, usual, known))
    return sorted(kept)


def _usual_case(name: str, lexicon: Lexicon) -> str:
    if not name.isupper() or name in lexicon.entries:
        return name
    return " ".join(lexicon.upper.get(word, word.title()) for word in name.split())


def _one_label_each(mentions: list[NameMention]) -> list[NameMention]:
    """The mentions, each string under the label that it has most often."""
    votes: dict[str, Counter[EntityLabel]] = {}
    for mention in mentions:
        votes.setdefault(mention.name, Counter())[mention.label] += 3 if mention.entry else 2
    return [
        mention
        if len(votes[mention.name]) == 1
        else mention._replace(label=votes[mention.name].most_common(1)[0][0])
        for mention in mentions
    ]


def _label_families(mentions: list[NameMention], lexicon: Lexicon) -> list[NameMention]:
    """The mentions; one word that is the family name of somebody in the item is that person."""
    families = {
        mention.name.rpartition(" ")[2]
        for mention in mentions
        if mention.label is EntityLabel.PERSON and " " in mention.name
    }
    return [
        mention._replace(label=EntityLabel.PERSON, entry=None)
        if mention.name in families
        and mention.label in _FAMILY_TAKEN_FOR
        and mention.name not in lexicon.entries
        else mention
        for mention in mentions
    ]


def _canonical_names(full: str, mentions: list[NameMention], lexicon: Lexicon) -> list[str]:
    """The canonical name of each mention."""
    people = full_names([m.name for m in mentions if m.label is EntityLabel.PERSON])
    namesakes = find_namesakes(people.values())
    bodies = organisation_names(
        full, [m for m in mentions if m.label in _WITH_SHORT_FORMS], lexicon
    )
    names = [_canonical_name(mention, people, bodies) for mention in mentions]
    names = [_LEGAL_FORM.sub("", name) for name in names]
    for index, mention in enumerate(mentions) if namesakes else ():
        rivals = namesakes.get(mention.name.casefold())
        gender = _address_before(full, mention.start) if rivals else None
        if rivals and gender and mention.label is EntityLabel.PERSON:
            before = names[max(0, index - _LOOK_BACK) : index]
            names[index] = choose_namesake(names[index], rivals, gender, before, lexicon)
    return names


def _canonical_name(mention: NameMention, people: dict[str, str], bodies: dict[str, str]) -> str:
    if mention.label is EntityLabel.PERSON:
        name = people[mention.name]
        return name.title() if name.isupper() and len(name) > 3 else name
    if mention.label in _WITH_SHORT_FORMS and mention.name in bodies:
        return bodies[mention.name]
    if mention.entry and mention.entry.label is mention.label:
        return mention.entry.canonical
    name = mention.name
    if name.isupper() and len(name) > 6:
        return name.title()
    return name[:1].upper() + name[1:] if name[:1].islower() and " " in name else name


def _find_roles(
    text: WireText, mentions: list[NameMention], lexicon: Lexicon
) -> dict[int, list[PersonRole]]:
    """What the text calls each person, by the mention's index."""
    roles: dict[int, list[PersonRole]] = {}
    for index, mention in enumerate(mentions):
        if mention.label is not EntityLabel.PERSON:
            continue
        floor = text.paragraphs[text.paragraph_index(mention.start)].start
        before = find_role_before(text.full, floor, mentions, index, lexicon)
        after = find_role_after(text.full, mentions, index, lexicon)
        found = [role for role in (before, after) if role]
        found.sort(key=lambda role: not role.heads)
        if not before and (shared := _shared_role(text.full, mentions, index, roles)):
            found.insert(0, shared)
        if found:
            roles[index] = found
    return roles


def _shared_role(
    full: str, mentions: list[NameMention], index: int, roles: dict[int, list[PersonRole]]
) -> PersonRole | None:
    """The plural office that a name shares with the one before it ("Presidents A and B")."""
    if index - 1 not in roles:
        return None
    if full[mentions[index - 1].end : mentions[index].start] not in {" and ", ", ", ", and "}:
        return None
    role = roles[index - 1][0]
    return role if any(head.endswith("s") for head in role.heads) else None


def _make_entities(
    mentions: list[NameMention],
    canonical: list[str],
    roles: dict[int, list[PersonRole]],
    countries: dict[str, str | None],
) -> tuple[Entity, ...]:
    first_role: dict[str, str] = {}
    for index, found in roles.items():
        first_role.setdefault(canonical[index], found[0].text)
    entities: list[Entity] = []
    for index, mention in enumerate(mentions):
        role = None
        if mention.label is EntityLabel.PERSON:
            own = roles.get(index)
            role = own[0].text if own else first_role.get(canonical[index])
        entities.append(
            Entity(
                span=Span(mention.start, mention.end),
                label=mention.label,
                canonical=canonical[index],
                iso=_country(mention, countries),
                role=role,
            )
        )
    return tuple(entities)


def _country(mention: NameMention, countries: dict[str, str | None]) -> str | None:
    if mention.label not in {EntityLabel.GPE, EntityLabel.NORP}:
        return None
    if mention.label is EntityLabel.GPE and mention.name.casefold() in countries:
        return countries[mention.name.casefold()]
    return mention.entry.iso if mention.entry else None


def _make_actors(
    full: str,
    entities: tuple[Entity, ...],
    roles: dict[int, list[PersonRole]],
    lexicon: Lexicon,
) -> tuple[Actor, ...]:
    groups: dict[tuple[EntityLabel, str], list[int]] = {}
    for index, entity in enumerate(entities):
        groups.setdefault((entity.label, entity.canonical), []).append(index)
    actors: list[Actor] = []
    for (label, name), members in groups.items():
        said = [role for index in members for role in roles.get(index, ())]
        gender = Gender.UNKNOWN
        if label is EntityLabel.PERSON:
            gender = _gender(name, said, lexicon)
            if gender is Gender.UNKNOWN:
                gender = _gender_of_address(full, [entities[index] for index in members])
        actors.append(
            Actor(
                canonical=name,
                label=label,
                mentions=tuple(entities[index] for index in members),
                gender=gender,
                descriptors=role_descriptors(said),
            )
        )
    return tuple(actors)


def _gender(name: str, roles: list[PersonRole], lexicon: Lexicon) -> Gender:
    by_name = gender_of_name(name, lexicon)
    if by_name is not Gender.UNKNOWN:
        return by_name
    for role in roles:
        for head in role.heads:
            gender = lexicon.role_heads.get(head, Gender.UNKNOWN)
            if gender is not Gender.UNKNOWN:
                return gender
    return Gender.UNKNOWN


def _gender_of_address(full: str, mentions: list[Entity]) -> Gender:
    """The gender of the "Mr" or "Ms" before any of the mentions."""
    for mention in mentions:
        gender = _address_before(full, mention.span.start)
        if gender is not None:
            return gender
    return Gender.UNKNOWN


def _address_before(full: str, start: int) -> Gender | None:
    """The gender of the form of address right before an offset, None where there is none."""
    before = full[max(0, start - 8) : start].split()
    return _ADDRESS.get(before[-1].rstrip(".")) if before else None
