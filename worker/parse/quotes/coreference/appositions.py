"""Passes for a noun with a name beside it: `the mayor, Ann Lee`, `Mayor Ann Lee`."""

from worker.model import EntityLabel
from worker.parse.quotes.coreference.discourse import DiscourseModel, NamedMention, Resolution
from worker.parse.quotes.lexicon.function_words import ABBREVIATIONS, PREPOSITIONS
from worker.parse.quotes.lexicon.noun_classes import (
    DOCUMENT_NOUNS,
    ORGANISATION_NOUNS,
    PERSON_NOUNS,
    is_person_noun,
)
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.sentences import Sentence
from worker.parse.quotes.syntax import CAPITAL

__all__ = ["resolve_apposition", "resolve_name_in_complement"]

_TITLES = (
    frozenset(PERSON_NOUNS)
    | ABBREVIATIONS
    | frozenset(
        "rear vice deputy brigadier lieutenant air chief marshal field rev sir dame lord lady "
        "mr .".split()
    )
)
"""Words between a noun and the name of its referent: `the commander, Rear Adm. Ann Lee`."""
_MAX_NAME_TOKENS = 7
_CLOSING = frozenset(",.;")


def resolve_apposition(model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """`the mayor, Ms. Ann Lee, said`, `Deputy Mayor Ann Lee said`: resolve to the name after it."""
    if _is_any_organisation(mention):
        return None
    sentence, first = mention.sentence, _apposition_start(mention)
    if first < len(sentence) and sentence.words[first] == ",":
        organisation = _find_apposed_organisation(model, mention, first + 1)
        if organisation is not None:
            return organisation
        # `the company, Ann Lee said`: the name after the comma is not the company's.
        if mention.head in ORGANISATION_NOUNS or mention.head in DOCUMENT_NOUNS:
            return None
        first += 1
    for at in range(first, min(first + _MAX_NAME_TOKENS, len(sentence))):
        if not _is_in_name(sentence, at):
            return None
        for name in model.between(sentence.starts[at], sentence.ends[at]):
            if model.is_person(name.actor) and _is_apposed(mention, name, first, at):
                return model.resolution(name.actor, 0.85)
    return None


def _find_apposed_organisation(
    model: DiscourseModel, mention: NounPhrase, first: int
) -> Resolution | None:
    """`France's biggest bank, the Lake Bank, said`: return the body named between two commas.

    A name that a verb follows is no apposition: `the bank, the Lake Bank said`. Nor is the second
    of a list: `the ministry, the Lake Bank and the police said`.
    """
    sentence = mention.sentence
    words = sentence.words
    if is_person_noun(mention.head) or mention.complement_end > mention.end_token:
        return None
    first += words[first : first + 1] == ["the"]
    last = first
    while last < len(words) and words[last] not in _CLOSING:
        last += 1
    is_listed = words[last + 1 : last + 2] in (["and"], ["or"])
    if last == first or is_listed:
        return None
    start, end = sentence.starts[first], sentence.ends[last - 1]
    for name in model.between(start, end):
        is_body = model.label(name) is EntityLabel.ORG and not model.is_reporting_agency(name)
        is_whole = name.end == end and name.start in (start, sentence.starts[first - 1])
        return model.resolution(name.actor, 0.85) if is_body and is_whole else None
    # `Norway's biggest insurer, Nordsky, said`: a name that the entity stage missed.
    is_name = last - first < _MAX_NAME_TOKENS and all(
        kind is CAPITAL for kind in sentence.kinds[first:last]
    )
    is_body = mention.head in ORGANISATION_NOUNS and mention.head not in DOCUMENT_NOUNS
    return Resolution(model.text.full[start:end], 0.6) if is_name and is_body else None


def resolve_name_in_complement(model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """`chief of the Ukrainian delegation Ivan Orlov`: resolve to the name at the end."""
    if _is_any_organisation(mention) or mention.complement_end <= mention.end_token:
        return None
    sentence = mention.sentence
    end = mention.end
    for name in model.between(sentence.starts[mention.end_token], end):
        if not model.is_person(name.actor) or name.end < end - 1:
            continue
        first = next(
            at
            for at in range(mention.end_token, mention.complement_end)
            if sentence.ends[at] > name.start
        )
        # `the wife of Ivan Orlov` is another person: an organisation or a place has to stand
        # before the name.
        is_after_organisation = sentence.words[first - 1] in ORGANISATION_NOUNS
        if is_after_organisation or _names_no_person(model, sentence.starts[first - 1]):
            return model.resolution(name.actor, 0.85)
    return None


def _is_any_organisation(mention: NounPhrase) -> bool:
    """Return True for `a company`, which no name beside it explains."""
    return mention.head in ORGANISATION_NOUNS and mention.first_word in ("a", "an")


def _apposition_start(mention: NounPhrase) -> int:
    """Return the token after a noun, or after the place of its office if a comma ends that.

    `the ambassador to China, Ann Lee`: the comma after China.
    """
    sentence, at = mention.sentence, mention.complement_end
    if at >= len(sentence) or sentence.words[at] not in PREPOSITIONS:
        return at
    at += 1
    # `the minister for the environment,`
    if sentence.words[at : at + 1] == ["the"] and sentence.words[at + 2 : at + 3] == [","]:
        return at + 2
    while at < len(sentence) and (sentence.kinds[at] is CAPITAL or sentence.words[at] == "the"):
        at += 1
    is_closed = at < len(sentence) and sentence.words[at] == ","
    return at if is_closed else mention.complement_end


def _is_in_name(sentence: Sentence, at: int) -> bool:
    """Return True for a capital word, and for the full stop of an abbreviated title: `Adm.`."""
    if sentence.kinds[at] is CAPITAL:
        return True
    return sentence.words[at] == "." and sentence.words[at - 1] in _TITLES


def _is_apposed(mention: NounPhrase, name: NamedMention, first: int, at: int) -> bool:
    """Return True for a name at token `at` that explains the noun; the apposition is at `first`."""
    # `the mayor, Ann Lee`
    if first > mention.end_token:
        return True
    # `Mayor Ann Lee`, `the commander Adm. Ann Lee`: titles alone stand between.
    sentence = mention.sentence
    is_titled = all(word in _TITLES for word in sentence.words[first:at])
    return is_titled and name.start >= sentence.starts[first]


def _names_no_person(model: DiscourseModel, at: int) -> bool:
    """Return True where the name of an organisation or a place begins."""
    return any(model.label(name) is not EntityLabel.PERSON for name in model.between(at, at + 1))
