"""What the text says that a person is: `министр обороны Иван Петров`, `Иван Петров, врач`."""

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from worker.model import EntityLabel
from worker.parse.entity_registry import Actor
from worker.parse.languages.russian.lexicon import cue_of, fold, nouns_of
from worker.parse.languages.russian.phrases import PREPOSITIONS, PRONOUNS, is_nominative, words_of
from worker.parse.languages.russian.units import Sentence, Unit, UnitKind

__all__ = ["PersonDescription", "describe", "excludes", "find_descriptions", "matches"]

_LOOK_BACK = 14
_LOOK_AHEAD = 10
_PERSONAL = frozenset({"person", "woman"})
_STEM = 5
_EMPTY = frozenset(
    """рф россии российский российского российской агентства издания телеканала нашего этот этого
    сам он она наш бывший новый местный местной""".split()
)
_MINISTRIES = {"мид": "иностр", "мвд": "внутр", "мчс": "чрезвыч", "внешнеполитического": "иностр"}
_HEADS_OF = {
    "государства": ("президент", "король", "эмир", "султан"),
    "правительства": ("премьер", "канцлер", "председател"),
    "кабмина": ("премьер", "председател"),
    "кабинета": ("премьер", "председател"),
    "региона": ("губернатор", "глава", "врио"),
    "республики": ("глава", "президент"),
    "области": ("губернатор",),
    "края": ("губернатор",),
    "города": ("мэр", "глава", "градоначальник"),
    "ведомства": ("министр", "глава", "руководител", "начальник", "директор", "председател"),
    "министерства": ("министр", "глава"),
    "дипломатии": ("министр", "госсекретар"),
    "компании": ("директор", "гендиректор", "президент", "глава", "председател"),
}
"""`глава государства`: what the person's own description begins with."""


_OFFICES = frozenset(
    """министр президент премьер премьер-министр губернатор мэр посол постпред глава директор
    начальник руководитель лидер председатель канцлер генсек сенатор депутат спикер посол
    гендиректор врач""".split()
)
"""Nouns that only the first noun of a description allows."""


_PARTS = (
    tuple(
        frozenset(part.split())
        for part in (
            "судья",
            "прокурор гособвинитель",
            "адвокат защитник защитница",
            "подсудимый подсудимая обвиняемый обвиняемая осужденный осужденная фигурант",
            "потерпевший потерпевшая",
        )
    ),
    tuple(
        frozenset(part.split())
        for part in (
            "тренер наставник",
            "капитан игрок вратарь голкипер форвард нападающий полузащитник хавбек",
        )
    ),
)
"""Parts of a trial and of a match, of which nobody has two."""


class PersonDescription(NamedTuple):
    """A noun for a person, in the dictionary form, and the folded words after it."""

    head: str
    words: tuple[str, ...]


def describe(actor: Actor) -> Iterator[PersonDescription]:
    """Yield the descriptions that the registry has of a person: its own and those of mentions."""
    roles = dict.fromkeys([mention.role for mention in actor.mentions if mention.role])
    for phrase in (*actor.descriptors, *roles):
        words = [fold(word) for word in phrase.split()]
        for number, word in enumerate(words):
            nouns = [noun for noun in nouns_of(word) if noun.kind in _PERSONAL]
            if nouns:
                yield PersonDescription(nouns[0].lemma, tuple(words[number + 1 :]))
                break


def find_descriptions(full: str, units: Sentence) -> Iterator[tuple[int, PersonDescription]]:
    """Yield the descriptions in a sentence, each with the start of the name that it is of."""
    for at, unit in enumerate(units):
        if unit.entity is None or unit.entity.label is not EntityLabel.PERSON:
            continue
        found = _before(full, units, at) or _behind(full, units, at)
        if found:
            yield unit.start, found


def _before(full: str, units: Sentence, at: int) -> PersonDescription | None:
    """`заместитель министра обороны Иван Петров`: the outermost noun, in the name's own case."""
    entity = units[at].entity
    assert entity is not None
    oblique = is_nominative(entity, entity.span.of(full)) is False
    found: PersonDescription | None = None
    for number in range(at - 1, max(-1, at - _LOOK_BACK), -1):
        unit = units[number]
        if _closes_title(unit):
            break
        nouns = [noun for noun in nouns_of(unit.word) if noun.kind in _PERSONAL]
        agreeing = [noun for noun in nouns if oblique or noun.case == "n1"]
        if agreeing and unit.kind is UnitKind.WORD:
            words = words_of(full, units[number + 1 : at])
            found = PersonDescription(agreeing[0].lemma, words)
    return found


def _closes_title(unit: Unit) -> bool:
    if unit.kind in {UnitKind.DASH, UnitKind.RUN} or unit.word in PRONOUNS:
        return True
    if unit.kind is UnitKind.SIGN:
        return unit.word not in {".", "(", ")"}
    is_person = unit.entity is not None and unit.entity.label is EntityLabel.PERSON
    is_cue = (
        unit.kind is UnitKind.WORD and cue_of(unit.word) is not None and not nouns_of(unit.word)
    )
    return is_person or is_cue


def _behind(full: str, units: Sentence, at: int) -> PersonDescription | None:
    """`Иван Петров, главный врач больницы,`: an apposition behind the name."""
    if at + 2 >= len(units) or units[at + 1].word not in {",", "("}:
        return None
    for number in range(at + 2, min(len(units), at + 5)):
        unit = units[number]
        if unit.kind is not UnitKind.WORD or unit.word in PREPOSITIONS:
            return None
        nouns = [noun for noun in nouns_of(unit.word) if noun.kind in _PERSONAL]
        if nouns:
            end = number + 1
            while (
                end < min(len(units), number + _LOOK_AHEAD) and units[end].kind is not UnitKind.SIGN
            ):
                end += 1
            return PersonDescription(nouns[0].lemma, words_of(full, units[number + 1 : end]))
    return None


def matches(head: str, words: Sequence[str], description: PersonDescription) -> bool:
    """Return True if a noun and the words after it may stand for someone so described.

    >>> matches("глава", ["мид"], PersonDescription("министр", ("иностранных", "дел")))
    True
    >>> matches("министр", ["обороны"], PersonDescription("министр", ("иностранных", "дел")))
    False
    """
    content = [word for word in words if len(word) > 1 and word not in _EMPTY]
    owned = [word for word in description.words if len(word) > 1 and word not in _EMPTY]
    own = [description.head, *owned]
    if head == "глава" and content:
        # `глава американской дипломатии`
        heads = next((_HEADS_OF[word] for word in content[:2] if word in _HEADS_OF), ())
        if heads and any(word.startswith(heads) for word in own):
            return True
        if any(_is_ministry(word, owned) for word in content):
            return description.head in {"министр", "глава"}
    if head != description.head and not _stands_for(head, own):
        return False
    # `представитель главы государства` for a `пресс-секретарь президента`
    content += [one for word in content for one in _HEADS_OF.get(word, ())]
    return not content or not owned or _share_stem(content, owned)


def excludes(head: str, descriptions: Sequence[PersonDescription]) -> bool:
    """Return True for somebody who has another part than the noun: no judge is the `осужденный`.

    >>> excludes("осужденный", [PersonDescription("судья", ())])
    True
    """
    heads = {one.head for one in descriptions}
    for parts in _PARTS:
        own = next((part for part in parts if head in part), frozenset())
        others = frozenset[str]().union(*parts) - own
        if own and heads & others and not heads & own:
            return True
    return False


def _stands_for(head: str, own: Sequence[str]) -> bool:
    allowed = _classes().get(head, ())
    if head in _OFFICES:
        own = own[:1]  # `заместитель министра` is no minister
    return any(word.startswith(allowed) for word in own) if allowed else False


def _is_ministry(word: str, owned: Sequence[str]) -> bool:
    """`Минобороны` is the ministry of a `министр обороны`."""
    stem = _MINISTRIES.get(word, word[3:6] if word.startswith("мин") and len(word) > 5 else "")
    return bool(stem) and any(item.startswith(stem) for item in owned)


def _share_stem(left: Sequence[str], right: Sequence[str]) -> bool:
    stems = {word[:_STEM] for word in right}
    return any(word[:_STEM] in stems for word in left)


@cache
def _classes() -> dict[str, tuple[str, ...]]:
    table = files("worker.parse").joinpath("data", "speaker_classes-ru.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and line[0] != "#"]
    return {row[0]: tuple(row[1].split()) for row in rows}
