"""The registry of a Russian item: its mentions with canonical names, countries and roles.

The passes, in order: the places of the dateline replace the mentions inside it; people, bodies,
places and peoples get their names in the nominative and are linked; people get their roles.
Mentions that share label and canonical name are an entity.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from worker.model import Dateline, Entity, EntityLabel, Span
from worker.parse.entities.tagger import TaggedSpan
from worker.parse.entity_registry import Actor, Gender, Registry
from worker.parse.languages.russian.latin import latin_name, transliterate
from worker.parse.languages.russian.marked_bodies import nominatives_by_class_word
from worker.parse.languages.russian.organisations import (
    english_body,
    link_bodies,
    nominative_of_body,
    worth_of_head,
)
from worker.parse.languages.russian.people import Person, capitalised_words, link_people
from worker.parse.languages.russian.peoples import find_people
from worker.parse.languages.russian.place_links import link_places
from worker.parse.languages.russian.places import (
    country_code,
    english_name,
    nominative_of_place,
    place_country,
)
from worker.parse.languages.russian.role_nouns import cases_before_thing
from worker.parse.languages.russian.roles import (
    Named,
    RoleMention,
    find_office_after,
    find_office_before,
)
from worker.parse.languages.russian.tables import table_rows
from worker.parse.languages.russian.tagged_names import correct_names
from worker.parse.languages.russian.word_forms import fold_yo, noun_forms
from worker.parse.text import WireText

__all__ = ["read_registry"]

_PLACES = frozenset({EntityLabel.GPE, EntityLabel.LOC})
_GENDERS = {"m": Gender.MALE, "f": Gender.FEMALE}
_CYRILLIC = re.compile(r"[А-ЯЁа-яё]")
_CLASS_WORD = re.compile(r"(?P<word>[а-яё-]{3,})\s+[«\"“„]?\Z")
_LONGEST_ACRONYM = 8
_AUTHOR = re.compile(r"[А-ЯЁ][а-яё-]+ [А-ЯЁ][а-яё-]+")


def read_registry(
    text: WireText, dateline: Dateline | None, spans: Sequence[TaggedSpan], byline: str = ""
) -> Registry:
    """Return the registry of the tagged names, with the dateline's places added.

    Args:
        text: The text of the item.
        dateline: Its dateline, None if it has none.
        spans: The names in text order, none overlapping another.
        byline: The authors, whom the text may call by their family names alone.

    >>> text = WireText("Министру финансов РФ Антону Силуанову позвонили. Силуанов ответил.")
    >>> person, place = EntityLabel.PERSON, EntityLabel.GPE
    >>> spans = [TaggedSpan(18, 20, place), TaggedSpan(21, 37, person), TaggedSpan(49, 57, person)]
    >>> registry = read_registry(text, None, spans)
    >>> [(entity.canonical, entity.latin) for entity in registry.entities[:2]]
    [('РФ', 'Russia'), ('Антон Силуанов', 'Anton Siluanov')]
    >>> registry.entities[2].role, registry.actors[1].gender.value
    ('министр финансов РФ', 'male')
    """
    named = _with_dateline_places(text.full, dateline, spans)
    people = _link_people(text.full, named, byline, dateline)
    names = _canonical_names(text.full, named, people)
    countries = link_places(text.full, named, names, dateline)
    roles = _find_roles(text, named, people)
    entities = _make_entities(named, names, countries, roles)
    return Registry(entities=entities, actors=_make_actors(text.full, entities, people, roles))


def _touches_any(own: Named, names: Sequence[Named]) -> bool:
    return any(name.start < own.end and own.start < name.end for name in names)


def _with_dateline_places(
    full: str, dateline: Dateline | None, spans: Sequence[TaggedSpan]
) -> list[Named]:
    """Return the mentions; inside the dateline only its places and organisations.

    `МОСКВА, 12 янв - РИА Новости.`: the tagger takes capitals there for names.
    """
    tagged = [Named(span.start, span.end, span.label) for span in spans if span.start < span.end]
    named = correct_names(full, tagged)
    if dateline is None:
        return named
    inside = dateline.span
    kept = [
        name
        for name in named
        if not (inside.start <= name.start < inside.end)
        or (name.label is EntityLabel.ORG and name.end <= inside.end)
    ]
    printed = full[inside.start : inside.end].casefold()
    for place in dateline.places:
        at = printed.find(place.name.casefold())
        start = inside.start + at
        own = Named(start, start + len(place.name), EntityLabel.GPE)
        if at >= 0 and not _touches_any(own, kept):
            kept.append(own)
    return sorted(kept, key=lambda name: name.start)


def _link_people(
    full: str, named: Sequence[Named], byline: str, dateline: Dateline | None
) -> dict[int, Person]:
    """Return the person of each mention of a person, by its number."""
    numbers = [number for number, name in enumerate(named) if name.label is EntityLabel.PERSON]
    spans = [Span(named[number].start, named[number].end) for number in numbers]
    reporter = (dateline.correspondent if dateline else None) or ""
    authors = _AUTHOR.findall(f"{byline}; {reporter}")
    return dict(zip(numbers, link_people(full, spans, authors), strict=True))


def _canonical_names(full: str, named: Sequence[Named], people: Mapping[int, Person]) -> list[str]:
    """Return the canonical name of each mention, places not yet linked."""
    printed = capitalised_words(full)
    names: list[str] = []
    for number, (start, end, label) in enumerate(named):
        words = " ".join(full[start:end].split())
        is_marked = start > 0 and full[start - 1] in '«"“„'
        cases = cases_before_thing(full, start - is_marked)
        if label is EntityLabel.PERSON:
            names.append(people[number].canonical)
        elif label is EntityLabel.NORP:
            found = find_people(words)
            names.append(found.name if found else _small(words))
        elif label in _PLACES:
            # `В СИРИИ` of a headline is declined as `Сирии` is.
            usual = _usual_case(words)
            names.append(_usual_case(nominative_of_place(usual, cases=cases)))
        else:
            usual = _usual_body(words, printed)
            names.append(nominative_of_body(usual, cases=cases, printed=printed))
    for number, own in nominatives_by_class_word(full, named, names).items():
        names[number] = own
    return _linked_bodies(full, named, names)


def _small(words: str) -> str:
    return words if words.isupper() and len(words) > 1 else words[:1].lower() + words[1:]


def _usual_case(name: str) -> str:
    """`МОСКВА` in a dateline or a headline; `ООН`, `США`, `МАГАТЭ` stay."""
    if (
        not _CYRILLIC.search(name)
        or not name.isupper()
        or (len(name) < 7 and not _is_capitals_of_place(name))
    ):
        return name
    return "-".join(
        " ".join(word.title() if len(word) > 3 else word for word in part.split(" "))
        for part in name.split("-")
    )


def _usual_body(name: str, printed: frozenset[str]) -> str:
    """`ГАЗПРОМ` in a headline, where the text has `Газпром`; `ЦСКА` and `ВЦИОМ` stay."""
    if not name.isupper() or not _CYRILLIC.search(name):
        return name
    words = re.findall(r"[А-ЯЁ]+", name)
    is_spelt = any(fold_yo(word) in printed for word in words if len(word) > 1)
    return _usual_case(name) if is_spelt or max(map(len, words)) >= _LONGEST_ACRONYM else name


def _is_capitals_of_place(name: str) -> bool:
    if len(name) <= 3 or name in _KEPT:
        return False
    has_vowel = any(letter in "АЕИОУЫЭЮЯ" for letter in name[1:])
    # `ОМСК`
    return has_vowel or bool(not country_code(name) and place_country(name.title()))


_KEPT = frozenset(
    "ТАСС НАТО ОБСЕ ОДКБ ЕАЭС РУСАДА ВАДА ОЗХО КНДР УЕФА ФИФА ЮНЕСКО ОПЕК АСЕАН БРИКС".split()
)


def _linked_bodies(full: str, named: Sequence[Named], names: list[str]) -> list[str]:
    for label in EntityLabel:
        if label in _PLACES or label in {EntityLabel.PERSON, EntityLabel.NORP}:
            continue
        numbers = [number for number, name in enumerate(named) if name.label is label]
        mentions = [(named[n].start, named[n].end, names[n]) for n in numbers]
        for number, name in zip(numbers, link_bodies(full, mentions), strict=True):
            names[number] = name
    return names


def _find_roles(
    text: WireText, named: Sequence[Named], people: Mapping[int, Person]
) -> dict[int, list[RoleMention]]:
    """Return the roles that the text gives each person, by the mention's number, best first."""
    roles: dict[int, list[RoleMention]] = {}
    for number, person in people.items():
        inside = text.paragraphs[: text.paragraph_index(named[number].start) + 1]
        floor = inside[-1].start if inside else 0  # a text of spaces has no paragraph
        before = find_office_before(text.full, floor, named, number, person.case)
        after = find_office_after(text.full, named, number, person.case)
        own = [role for role in (before, after) if role]
        if own:
            roles[number] = own
    return roles


def _make_entities(
    named: Sequence[Named],
    names: Sequence[str],
    countries: Sequence[str | None],
    roles: Mapping[int, Sequence[RoleMention]],
) -> tuple[Entity, ...]:
    first_role: dict[str, str] = {}
    for number, own in roles.items():
        first_role.setdefault(names[number], own[0].text)
    entities: list[Entity] = []
    for number, ((start, end, label), name) in enumerate(zip(named, names, strict=True)):
        role = None
        if label is EntityLabel.PERSON:
            # Where a name stands alone the person keeps the role given elsewhere in the item.
            role = roles[number][0].text if number in roles else first_role.get(name)
        entities.append(
            Entity(
                span=Span(start, end),
                label=label,
                canonical=name,
                iso=countries[number],
                role=role,
                latin=_latin(name, label),
            )
        )
    return tuple(entities)


def _latin(name: str, label: EntityLabel) -> str | None:
    """Return a name as English copy writes it, None if that is unknown or it is so printed."""
    if not _CYRILLIC.search(name):
        return None
    if label is EntityLabel.PERSON:
        return latin_name(name)
    if label in _PLACES:
        return english_name(name) or _latin_place(name)
    if label is EntityLabel.NORP:
        return _english_adjectives().get(_country_of_people(name) or "")
    if english := english_body(name, _adjective_of_country):
        return english
    return transliterate(name) if " " not in name and not name.isupper() else None


def _latin_place(name: str) -> str | None:
    """`Тулунский район` is Tulunsky District; a place with another common noun has no English."""
    *adjectives, kind = name.split()
    if adjectives and kind in _KINDS:
        stem = re.sub(r"ская\Z", "", adjectives[-1])
        return f"{transliterate(' '.join([*adjectives[:-1], stem]))} {_KINDS[kind]}"
    return None if any(word[0].islower() for word in name.split()) else transliterate(name)


_KINDS = {"район": "District", "область": "Region", "край": "Territory", "округ": "District"}


def _country_of_people(name: str) -> str | None:
    found = find_people(name)
    return found.iso if found and "-" not in name else None


def _adjective_of_country(name: str) -> str | None:
    iso = country_code(nominative_of_place(name[:1].upper() + name[1:]))
    return _english_adjectives().get(iso or "")


@cache
def _english_adjectives() -> Mapping[str, str]:
    """Return the English adjective of each country, by ISO code."""
    adjectives: dict[str, str] = {}
    for iso, _, _, words in table_rows("norp_countries.tsv"):
        # Peoples of a country have rows behind its own.
        adjectives.setdefault(iso, words.split("|")[0])
    return adjectives


def _make_actors(
    full: str,
    entities: Sequence[Entity],
    people: Mapping[int, Person],
    roles: Mapping[int, Sequence[RoleMention]],
) -> tuple[Actor, ...]:
    groups: dict[tuple[EntityLabel, str], list[int]] = {}
    for number, entity in enumerate(entities):
        groups.setdefault((entity.label, entity.canonical), []).append(number)
    actors: list[Actor] = []
    for (label, name), numbers in groups.items():
        own_roles = [role for number in numbers for role in roles.get(number, ())]
        gender, descriptors = Gender.UNKNOWN, tuple(_class_words(full, entities, numbers))
        if label is EntityLabel.PERSON:
            gender = _gender([people[number] for number in numbers], own_roles)
            descriptors = _descriptors(own_roles)
        actors.append(
            Actor(
                canonical=name,
                label=label,
                mentions=tuple(entities[number] for number in numbers),
                gender=gender,
                descriptors=descriptors,
            )
        )
    return tuple(actors)


def _gender(people: Sequence[Person], roles: Sequence[RoleMention]) -> Gender:
    shown = next((person.gender for person in people if person.gender), "")
    if shown:
        return _GENDERS[shown]
    return Gender.FEMALE if any(role.is_womans for role in roles) else Gender.UNKNOWN


def _descriptors(roles: Sequence[RoleMention]) -> tuple[str, ...]:
    """Return the words for a person, the longest of each role first."""
    found = [fold_yo(words) for role in roles for words in (role.text, role.phrase, role.head)]
    return tuple(dict.fromkeys(found))


def _class_words(full: str, entities: Sequence[Entity], numbers: Sequence[int]) -> Iterator[str]:
    """Yield the nouns for the kind of body before its name: `компания "Газпром"`."""
    seen: set[str] = set()
    for number in numbers:
        entity = entities[number]
        if entity.label is not EntityLabel.ORG:
            return
        start = entity.span.start
        found = _CLASS_WORD.search(full, max(0, start - 40), start)
        if not found:
            continue
        for form in noun_forms(fold_yo(found["word"])):
            if (
                worth_of_head(form.nominative)
                and form.gender != "p"
                and form.nominative not in seen
            ):
                seen.add(form.nominative)
                yield form.nominative
                break
