"""The word lists of the entity stage, read once from worker/parse/data.

Every list is keyed by the word as it stands in running text. `Lexicon.upper` maps a word in
capitals, as datelines and headlines print it, to its usual form. Rules and network both read the
lists: the bits of a word (`tagger/features.py`) say which lists hold it.
"""

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

from worker.model import EntityLabel
from worker.parse.entity_registry import Gender

__all__ = ["Lexicon", "LexiconEntry", "load_lexicon"]

WordSet = frozenset[str]

_LABELS = MappingProxyType({label.value: label for label in EntityLabel})
_GENDERS = MappingProxyType({"m": Gender.MALE, "f": Gender.FEMALE, "u": Gender.UNKNOWN})


@dataclass(frozen=True, slots=True)
class LexiconEntry:
    """A listed name: its label, its canonical form and, for places and peoples, its country."""

    label: EntityLabel
    canonical: str
    iso: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """All word lists.

    Attributes:
        entries: Listed names.
        phrases: The same names as words, by their first word, longest first.
        upper: The usual form of a word by the word in capitals.
        given: Given names, with the gender that they show.
        cjk: Family names that stand first: `Xi`, `Kim`.
        heads: Last words of names, with the label that they give: `Ministry`, `River`.
        first_heads: First words of names: `Lake`, `Hurricane`.
        topics: Fields of offices and ministries: `Health`, `Defense`.
        role_heads: Nouns of office, with the gender that they show.
        role_mods: Words before them: `deputy`, `former`, `foreign`.
        abbreviations: Abbreviated titles without their full stop: `gen`, `sen`.
        trades: Nouns of trades that do not end like one: `clerk`, `vet`.
        no_trades: Words that end like a trade and are none: `however`.
        no_modifiers: Small words and verbs that never belong to a title.
        participles: Participles that do: `alleged gang leader`.
        stop: Function words, which begin no name.
        common: Common words, taken for names only inside a sentence: `New`, `State`.
        calendar: Months, weekdays and feasts.
        caps: Words and acronyms that are printed in capitals and name no organisation: `CEO`.
        speech: Reporting verbs.
        verbs: Other verbs that follow names, and the reporting verbs.
    """

    entries: dict[str, LexiconEntry]
    phrases: dict[str, tuple[tuple[str, ...], ...]]
    upper: dict[str, str]
    given: dict[str, Gender]
    cjk: WordSet
    heads: dict[str, EntityLabel]
    first_heads: dict[str, EntityLabel]
    topics: WordSet
    role_heads: dict[str, Gender]
    role_mods: WordSet
    abbreviations: WordSet
    trades: WordSet
    no_trades: WordSet
    no_modifiers: WordSet
    participles: WordSet
    stop: WordSet
    common: WordSet
    calendar: WordSet
    caps: WordSet
    speech: WordSet
    verbs: WordSet


def _rows(name: str) -> list[str]:
    text = (files("worker.parse") / "data" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _sections(name: str) -> dict[str, list[str]]:
    """Return the words of a list by key, from lines of the form "key word word ..."."""
    sections: dict[str, list[str]] = {}
    for row in _rows(name):
        key, *words = row.split()
        sections.setdefault(key, []).extend(words)
    return sections


def _read_countries(entries: dict[str, LexiconEntry]) -> None:
    for row in _rows("norp_countries.tsv"):
        code, names, capitals, peoples = row.split("\t")
        iso = None if code == "-" else code
        canonical = names.split("|")[0]
        for name in names.split("|"):
            entries[name] = LexiconEntry(EntityLabel.GPE, canonical, iso)
        for city in capitals.split("|"):
            entries.setdefault(city, LexiconEntry(EntityLabel.GPE, city, iso))
        for people in peoples.split("|"):
            entries.setdefault(people, LexiconEntry(EntityLabel.NORP, people, iso))


def _read_places(entries: dict[str, LexiconEntry]) -> None:
    for row in _rows("norp_places.txt"):
        label, code, names = row.split("\t")
        for name in names.split("|"):
            iso = None if code == "-" else code
            entries.setdefault(name, LexiconEntry(_LABELS[label], name, iso))
    for row in _rows("aliases.tsv"):
        alias, canonical = row.split("\t")
        model = (
            entries.get(canonical) or entries.get(alias) or LexiconEntry(EntityLabel.GPE, canonical)
        )
        entries[alias] = LexiconEntry(model.label, canonical, model.iso)


def _read_organisations(entries: dict[str, LexiconEntry]) -> None:
    for row in _rows("bodies.tsv"):
        canonical, aliases = row.split("\t")
        for name in (canonical, *aliases.split("|")):
            entries.setdefault(name, LexiconEntry(EntityLabel.ORG, canonical))


def _read_entries() -> dict[str, LexiconEntry]:
    """Return the listed names; the first list that holds a name decides, except for aliases."""
    entries: dict[str, LexiconEntry] = {}
    _read_countries(entries)
    for row in _rows("norp.txt"):
        for people in row.split("|"):
            entries.setdefault(people, LexiconEntry(EntityLabel.NORP, people))
    _read_organisations(entries)
    _read_places(entries)
    entries.pop("-", None)
    return entries


def _index_phrases(entries: dict[str, LexiconEntry]) -> dict[str, tuple[tuple[str, ...], ...]]:
    by_first: dict[str, list[tuple[str, ...]]] = {}
    for name in entries:
        words = tuple(name.split())
        by_first.setdefault(words[0], []).append(words)
    return {
        first: tuple(sorted(phrases, key=len, reverse=True)) for first, phrases in by_first.items()
    }


def _index_upper(entries: dict[str, LexiconEntry]) -> dict[str, str]:
    """Return the usual form of each word of the names, by the word in capitals."""
    upper: dict[str, str] = {}
    for name in entries:
        for word in name.split():
            if word != word.upper():
                upper.setdefault(word.upper(), word)
    return upper


def _read_role_heads(sections: dict[str, list[str]]) -> dict[str, Gender]:
    heads = {word: _GENDERS[key] for key in ("m", "f") for word in sections[key]}
    for word in sections["head"]:
        heads.setdefault(word, Gender.UNKNOWN)
    return heads


def _read_heads() -> tuple[dict[str, EntityLabel], dict[str, EntityLabel], WordSet]:
    sections = _sections("bodies_heads.txt")
    heads = {
        word: _LABELS[key]
        for key in ("GPE", "LOC", "FAC", "LAW", "EVENT", "ORG")
        for word in sections[key]
    }
    first = {
        word: _LABELS[key.removeprefix("FIRST_")]
        for key, words in sections.items()
        if key.startswith("FIRST_")
        for word in words
    }
    return heads, first, frozenset(sections["TOPICS"])


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """Return the word lists, read on the first call and kept for the process."""
    entries = _read_entries()
    names = _sections("names.txt")
    words = _sections("words.txt")
    given: dict[str, Gender] = {}
    for key in ("u", "m", "f"):
        for name in names[key]:
            # `Nicola` is on two lists: a man in Italy, a woman in Britain.
            given[name] = Gender.UNKNOWN if name in given else _GENDERS[key]
    roles = _sections("roles.txt")
    heads, first_heads, topics = _read_heads()
    return Lexicon(
        entries=entries,
        phrases=_index_phrases(entries),
        upper=_index_upper(entries),
        given=given,
        cjk=frozenset(names["cjk"]),
        heads=heads,
        first_heads=first_heads,
        topics=topics,
        role_heads=_read_role_heads(roles),
        role_mods=frozenset(roles["mod"]),
        abbreviations=frozenset(roles["abbr"]),
        trades=frozenset(roles["trade"]),
        no_trades=frozenset(roles["notrade"]),
        no_modifiers=frozenset(roles["nomod"]),
        participles=frozenset(roles["part"]),
        stop=frozenset(words["stop"]),
        common=frozenset(words["open"]),
        calendar=frozenset(words["calendar"]),
        caps=frozenset(words["caps"]),
        speech=frozenset(words["speech"]),
        verbs=frozenset(words["verbs"]) | frozenset(words["speech"]),
    )
