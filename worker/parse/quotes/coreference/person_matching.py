"""Person matching: the people whose description allows a common noun.

`the Norwegian foreign minister` matches a person who is called a minister, more so if Norwegian or
foreign, and nobody of another country. No search for the nearest is made here.
"""

from dataclasses import dataclass

from worker.parse.entity_registry import Gender
from worker.parse.quotes.coreference.descriptions import Description, without_possessive
from worker.parse.quotes.coreference.discourse import DiscourseModel
from worker.parse.quotes.lexicon.function_words import DETERMINERS, POSSESSIVE_S
from worker.parse.quotes.lexicon.noun_classes import ORGANISATION_NOUNS, PERSON_NOUNS
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.syntax import CAPITAL

__all__ = ["excluded_gender", "is_of_other_country", "match_people"]

_FEMALE_ENDINGS = ("woman", "actress", "queen", "mother", "daughter", "girl", "widow", "duchess")
# In full, since `woman`, `human` and `German` end in -man too.
_MALE_ENDINGS = (
    "spokesman",
    "businessman",
    "congressman",
    "chairman",
    "dutchman",
    "englishman",
    "frenchman",
    "irishman",
    "welshman",
    "scotsman",
    "father",
    "son",
    "king",
    "boy",
)
_DEPUTY = frozenset("deputy vice assistant".split())
"""Words that make another office: `the deputy minister` is not the minister."""
_SINGLE_HOLDER = frozenset(
    "minister premier president secretary governor mayor chairman chairwoman director head chief"
    " speaker chancellor commissioner prosecutor commander".split()
)
"""Offices whose plain noun never means the deputy."""
_INTERIM = frozenset("acting interim caretaker".split())
_BASE_SCORE = 2.0
_RANK_PENALTY = 0.1
"""Cost of each step down the list of words that a noun matches."""
_WORD_SCORE = 1.2
"""Worth of a modifier that the description has too."""
_STEM_LETTERS = 5
"""Letters that a noun and its adjective share: `russia` and `russian`."""


@dataclass(frozen=True, slots=True)
class _PersonNoun:
    """A common noun with the facts that every comparison needs.

    `classes` are the words of a description that the noun matches, likeliest first. `modifiers` are
    the words before it, determiners and words of deputies apart.
    """

    mention: NounPhrase
    classes: tuple[str, ...]
    countries: frozenset[str]
    modifiers: list[str]
    owners: list[str]
    is_deputy: bool
    is_of_country: bool


def match_people(model: DiscourseModel, mention: NounPhrase) -> dict[int, float]:
    """Return the people whose description allows a noun, each with a score of the match.

    People whose description has every modifier exclude all others, and the holder of an office
    excludes its deputies.
    """
    noun = _read_noun(model, mention)
    scores: dict[int, float] = {}
    complete: set[int] = set()
    deputies: set[int] = set()
    for index in model.people_near(mention.start):
        if is_of_other_country(model, noun.countries, index):
            continue
        description = model.description(index)
        rank = _allowed_rank(noun, description)
        if rank is None:
            continue
        if _is_deputy(description) and not noun.is_deputy and mention.head in _SINGLE_HOLDER:
            deputies.add(index)
        shared = sum(_is_akin(word, description.words) for word in noun.modifiers)
        if shared and shared == len(noun.modifiers):
            complete.add(index)
        shared += _count_shared_besides(mention, description)
        scores[index] = _BASE_SCORE - _RANK_PENALTY * rank + _WORD_SCORE * shared
    # `the minister` may be a deputy where nobody else is a minister.
    kept = complete or scores.keys() - deputies
    return {index: scores[index] for index in kept} if kept else scores


def _is_deputy(description: Description) -> bool:
    return not _DEPUTY.isdisjoint(description.words)


def _read_noun(model: DiscourseModel, mention: NounPhrase) -> _PersonNoun:
    words = mention.words
    return _PersonNoun(
        mention=mention,
        classes=_description_words(mention),
        countries=model.countries_between(mention.start, mention.end),
        modifiers=[word for word in words[:-1] if word not in _DEPUTY and word not in DETERMINERS],
        owners=[word[:-2] for word in words[:-1] if word.endswith(POSSESSIVE_S)],
        is_deputy=not _DEPUTY.isdisjoint(words),
        is_of_country=_is_of_country(model, mention),
    )


def _description_words(mention: NounPhrase) -> tuple[str, ...]:
    """Return the words of a description that a noun matches, likeliest first."""
    sentence, words = mention.sentence, mention.words
    complement = sentence.words[mention.end_token : mention.complement_end]
    if words[-2:] == ["press", "secretary"]:
        return PERSON_NOUNS["spokesman"]
    if words[-2:] == ["prime", "minister"]:
        return PERSON_NOUNS["premier"]
    # `the foreign policy chief`
    if words[-3:-1] == ["foreign", "policy"]:
        return PERSON_NOUNS["diplomat"]
    # `the head of state`, `the head of government`
    if mention.head == "head" and complement[-1:] in (["state"], ["government"]):
        return PERSON_NOUNS[f"{complement[-1]}-head"]
    return PERSON_NOUNS.get(mention.head, (mention.head,))


def _allowed_rank(noun: _PersonNoun, description: Description) -> int | None:
    """Return the rank of a description that allows the noun, None for any other."""
    rank = _rank(noun, description)
    # `Moe's lawyer` is not Lind's, and `the deputy minister` is no minister.
    if not _may_own(noun, description) or (noun.is_deputy and not _is_deputy(description)):
        return None
    return rank


def _rank(noun: _PersonNoun, description: Description) -> int | None:
    """Return the place of the likeliest word that the description has, None for no match."""
    for rank, word in enumerate(noun.classes):
        if word in description.words:
            return rank
    # `met his Russian counterpart Ivan Orlov`: the description gives no office.
    if "counterpart" in description.words and noun.countries & description.countries:
        return len(noun.classes)
    return None


def _may_own(noun: _PersonNoun, description: Description) -> bool:
    """Return False where the noun is another owner's: `Moe's lawyer` is not Lind's."""
    is_owned_by_other = any(
        owner not in ORGANISATION_NOUNS and not _is_akin(owner, description.words)
        for owner in noun.owners
    )
    # `Ghana's finance minister` may be a minister whose country the text does not say.
    return not is_owned_by_other or (noun.is_of_country and not description.countries)


def _is_of_country(model: DiscourseModel, mention: NounPhrase) -> bool:
    """Return True where a country or town owns the noun: `Ghana's finance minister`."""
    sentence = mention.sentence
    return any(
        sentence.kinds[at] is CAPITAL
        and sentence.words[at].endswith(POSSESSIVE_S)
        and model.countries_between(sentence.starts[at], sentence.ends[at])
        for at in range(mention.start_token, mention.end_token - 1)
    )


def _count_shared_besides(mention: NounPhrase, description: Description) -> int:
    """Return how many of two further facts agree: the complement, and an interim office."""
    complement = mention.sentence.words[mention.end_token : mention.complement_end]
    # `the head of the union`
    shares_complement = any(
        len(word) > 3 and _is_akin(word, description.words) for word in complement
    )
    # `the caretaker prime minister`
    is_interim = not _INTERIM.isdisjoint(mention.words)
    return shares_complement + (is_interim and not _INTERIM.isdisjoint(description.words))


def _is_akin(word: str, described: frozenset[str]) -> bool:
    """Return True for a word of a description, or of another with its stem: `russia`, `russian`."""
    word = without_possessive(word)
    return word in described or (
        len(word) > 3 and any(other.startswith(word[:_STEM_LETTERS]) for other in described)
    )


def is_of_other_country(model: DiscourseModel, countries: frozenset[str], index: int) -> bool:
    """Return True for a person whose description has a country, but none of `countries`."""
    if not countries:
        return False
    own = model.description(index).countries
    return bool(own) and not countries & own


def excluded_gender(noun: str) -> Gender | None:
    """Return the gender that a noun excludes: of `spokeswoman`, male; None for most nouns."""
    if noun.endswith(_FEMALE_ENDINGS):
        return Gender.MALE
    return Gender.FEMALE if noun.endswith(_MALE_ENDINGS) else None
