"""Organisations as antecedents: the search that several passes share.

`find_organisation` reads a common noun, `find_it_antecedent` the pronoun `it`.
"""

import re

from worker.model import EntityLabel
from worker.parse.quotes.coreference.discourse import (
    NAMES_IN_MEMORY,
    UNRESOLVED,
    DiscourseModel,
    Resolution,
)
from worker.parse.quotes.coreference.organisation_matching import (
    find_matching_organisation,
    is_listener,
)
from worker.parse.quotes.lexicon.function_words import POSSESSIVE_ENDINGS, POSSESSIVE_S
from worker.parse.quotes.lexicon.noun_classes import (
    CHANNEL_NOUNS,
    DOCUMENT_NOUNS,
    GENERIC_ORGANISATION_NOUNS,
    ORGANISATION_NOUNS,
    PUBLIC_ORGANISATION_WORDS,
)
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.syntax import CAPITAL, LOWER, MentionType, SyntacticRole

__all__ = ["find_it_antecedent", "find_name_at_head", "find_organisation", "is_channel"]

_ANALYSTS = frozenset(
    "analysts economists experts lawyers researchers specialists strategists".split()
)
"""People of an organisation who speak for it: `the bank's analysts`."""
_NAMED_AFTER_PERSON = frozenset(("campaign", "administration"))
_UMBRELLA_ORGANISATIONS = frozenset(("United Nations", "European Union"))
"""Names that mean an unnamed member before a noun: `the UN agency`."""
_PRESS_NOUNS = frozenset("service office center centre bureau".split())
_OWNER = re.compile(r"\b(?P<noun>[a-z]+)['’]s \Z")
_OWNER_END = re.compile(r"[.,;:\"“”]|\b(?:said|told|reported)\b")
_SUBJECTS = frozenset(
    (
        SyntacticRole.SUBJECT,
        SyntacticRole.SUBJECT_BEFORE_PHRASE,
        SyntacticRole.SUBJECT_BEFORE_APPOSITION,
        SyntacticRole.SUBJECT_INVERTED,
        SyntacticRole.SUBJECT_OF_RELATIVE,
        SyntacticRole.ACCORDING_TO,
        SyntacticRole.INITIAL,
    )
)
_LOOK_BACK_CHARS = 1500
"""Characters before a mention in which its press service may be named."""
_OWNER_CHARS = 40
_NAME_CHARS = 80
"""Characters before a press service in which its owner may be named."""


def is_channel(mention: NounPhrase) -> bool:
    """Return True for a channel of an organisation: its press service, website or analysts."""
    words, head = mention.words, mention.head
    if head in CHANNEL_NOUNS:
        return True
    # `the ministry's press service`
    if head in _PRESS_NOUNS and words[-2:-1] == ["press"]:
        return True
    # `the bank's analysts`
    return head in _ANALYSTS and _organisation_owner(mention) is not None


def find_organisation(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """Return the organisation that a common noun refers to."""
    head = mention.head
    if mention.first_word in ("a", "an"):
        return UNRESOLVED
    named = find_name_at_head(model, mention)
    if named is not None:
        return model.resolution(named, 0.8)
    if head == "counterpart":
        return _find_counterpart(model, mention)
    if head in _NAMED_AFTER_PERSON:
        own = _name_after_person(model, mention)
    else:
        own = _find_name_before_head(model, mention)
    if own.name:
        return own
    if is_channel(mention) or _is_branch(model, mention):
        return _find_owner(model, mention)
    best = find_matching_organisation(model, mention, head, mention.start)
    return model.resolution(best, 0.7) if best is not None else _use_own_words(model, mention)


def find_name_at_head(model: DiscourseModel, mention: NounPhrase) -> int | None:
    """`the Hungarian foreign ministry`: return the organisation whose name ends with the head."""
    last = mention.end_token - 1
    if mention.sentence.kinds[last] is not LOWER:
        return None
    end = mention.sentence.ends[last]
    for name in model.inside(mention):
        if name.end == end and model.label(name) is EntityLabel.ORG:
            return name.actor
    return None


def find_it_antecedent(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """Return the organisation that `it` refers to.

    It is the subject of the nearest sentence before, else the last to speak, else the last named.
    """
    at = mention.start
    for sentence, phrases in model.sentences_before(at):
        for phrase in reversed(phrases):
            if phrase.start < at and phrase.role in _SUBJECTS:
                subject = _find_subject_organisation(model, phrase)
                if subject.name:
                    return Resolution(subject.name, 0.6)
        # A quotation ends the search: its speaker comes before any subject farther back.
        if any(run.start in model.speakers for run in sentence.runs.values()):
            break
    if model.last_organisation:
        return Resolution(model.last_organisation, 0.6)
    latest = _find_last_named(model, at)
    return model.resolution(latest, 0.4) if latest is not None else UNRESOLVED


def _find_subject_organisation(model: DiscourseModel, phrase: NounPhrase) -> Resolution:
    """Return the organisation that a subject names or, by a noun, refers to."""
    if phrase.type is MentionType.NOMINAL:
        is_organisation = phrase.head in ORGANISATION_NOUNS
        return find_organisation(model, phrase) if is_organisation else UNRESOLVED
    if phrase.type is not MentionType.PROPER:
        return UNRESOLVED
    end = phrase.end
    for name in model.between(phrase.start, end):
        if is_listener(model, name):
            continue
        if name.end >= end - 1 and model.label(name) is EntityLabel.ORG:
            return model.resolution(name.actor, 0.6)
    return UNRESOLVED


def _find_last_named(model: DiscourseModel, at: int) -> int | None:
    """Return the organisation named last, in this paragraph or the previous."""
    paragraph = model.text.paragraph_index(at)
    for name in reversed(model.before(at, NAMES_IN_MEMORY)):
        if paragraph - name.paragraph > 1:
            return None
        if model.label(name) is EntityLabel.ORG and not is_listener(model, name):
            return name.actor
    return None


def _find_name_before_head(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """`the Traficom agency`, `the agrarian Lumo party`: return the name before the noun."""
    sentence, at = mention.sentence, mention.end_token - 2
    if at < mention.start_token or sentence.kinds[at] is not CAPITAL:
        return UNRESOLVED
    if sentence.words[at].endswith(POSSESSIVE_ENDINGS):
        return UNRESOLVED
    for name in model.between(sentence.starts[at], sentence.ends[at]):
        is_umbrella = model.actors[name.actor].canonical in _UMBRELLA_ORGANISATIONS
        is_whole = model.label(name) is EntityLabel.ORG and name.end <= sentence.ends[at]
        if is_whole and not is_umbrella:
            return model.resolution(name.actor, 0.8)
    return UNRESOLVED


def _name_after_person(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """`Mr. Moe's campaign`, `the Moe administration`: name an organisation after its head."""
    people = [name.actor for name in model.inside(mention) if model.is_person(name.actor)]
    if not people:
        return UNRESOLVED
    return Resolution(f"{model.actors[people[-1]].canonical} {mention.head}", 0.7)


def _find_counterpart(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """`The Czech Foreign Ministry ... Its Polish counterpart`: return the Polish ministry."""
    sentence = mention.sentence
    country = {
        sentence.words[at]
        for at in range(mention.start_token, mention.end_token)
        if sentence.kinds[at] is CAPITAL
    } - {"its", "the"}
    kind = ""
    for name in reversed(model.before(mention.start, NAMES_IN_MEMORY)):
        actor = model.actors[name.actor]
        words = actor.canonical.lower().split()
        if actor.label is not EntityLabel.ORG or words[-1] not in PUBLIC_ORGANISATION_WORDS:
            continue
        # The counterpart is that of the nearest organisation, which tells its kind.
        kind = kind or words[-1]
        if country and country.issubset(words) and words[-1] == kind:
            return Resolution(actor.canonical, 0.6)
    return UNRESOLVED


def _is_branch(model: DiscourseModel, mention: NounPhrase) -> bool:
    """Return True for a part of a named organisation: `the Committee's regional department`."""
    sentence = mention.sentence
    return any(
        model.label(name) is EntityLabel.ORG
        for at in range(mention.start_token, mention.end_token - 1)
        if sentence.words[at].endswith(POSSESSIVE_S)
        for name in model.between(sentence.starts[at], sentence.ends[at])
    )


def _find_owner(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """Return the organisation whose press service, website or branch a mention is."""
    # `the Foreign Ministry's press service`
    for name in reversed(model.inside(mention)):
        if model.label(name) in (EntityLabel.ORG, EntityLabel.GPE):
            return model.resolution(name.actor, 0.8)
    # `the ministry's press service`
    owner = _organisation_owner(mention, reads_head=True)
    if owner is not None:
        best = find_matching_organisation(model, mention, owner, mention.span.start)
        return model.resolution(best, 0.6) if best is not None else UNRESOLVED
    return _find_owner_before(model, mention)


def _organisation_owner(mention: NounPhrase, *, reads_head: bool = False) -> str | None:
    """Return the first organisation noun in the possessive: `ministry` of `the ministry's`."""
    for word in mention.words if reads_head else mention.words[:-1]:
        if word.endswith(POSSESSIVE_S) and word[:-2] in ORGANISATION_NOUNS:
            return word[:-2]
    return None


def _find_owner_before(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """`the press service`: return its owner by the place that named the press service before."""
    full, at, head = model.text.full, mention.start, mention.head
    words = f"press {head}" if head in _PRESS_NOUNS else head
    earlier = full.rfind(words, max(0, at - _LOOK_BACK_CHARS), at)
    owner = _find_owner_at(model, mention, earlier, words) if earlier >= 0 else None
    if owner is not None:
        return owner
    last = model.last_organisation
    return Resolution(last, 0.5) if last else UNRESOLVED


def _find_owner_at(
    model: DiscourseModel, mention: NounPhrase, earlier: int, words: str
) -> Resolution | None:
    """Return the owner that stands beside `words` at an earlier offset, None for none."""
    full = model.text.full
    paragraph = model.text.paragraphs[model.text.paragraph_index(earlier)]
    # `the press service of the Foreign Ministry`
    owners = _organisations_after_of(model, earlier + len(words), paragraph.end)
    if owners:
        return model.resolution(owners[-1], 0.7)
    # `the ministry's press service`
    owner = _OWNER.search(full, max(paragraph.start, earlier - _OWNER_CHARS), earlier)
    if owner and owner["noun"] in ORGANISATION_NOUNS:
        best = find_matching_organisation(model, mention, owner["noun"], earlier)
        return model.resolution(best, 0.6) if best is not None else UNRESOLVED
    # `the Foreign Ministry's press service`, `the Foreign Ministry said on its website`
    for name in reversed(model.between(max(paragraph.start, earlier - _NAME_CHARS), earlier)):
        if model.label(name) is EntityLabel.ORG and not model.is_reporting_agency(name):
            return model.resolution(name.actor, 0.6)
    return None


def _organisations_after_of(model: DiscourseModel, start: int, end: int) -> list[int]:
    """Return the organisations that ` of ...` at an offset names, up to a mark or a verb."""
    full = model.text.full
    if not full.startswith(" of ", start):
        return []
    stop = _OWNER_END.search(full, start)
    names = model.between(start, min(end, stop.start() if stop else end))
    return [name.actor for name in names if model.label(name) is EntityLabel.ORG]


def _use_own_words(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """`the Ukrainian army`: use the phrase as a name, since it says enough by itself."""
    sentence = mention.sentence
    start = mention.start_token + (mention.first_word == "the")
    if sentence.kinds[start] is not CAPITAL or start + 1 >= mention.end_token:
        return UNRESOLVED
    # `the Ukrainian company` may be any; `the Ukrainian bank` is seldom the only one.
    if mention.head in ("bank", "agency") or mention.head in GENERIC_ORGANISATION_NOUNS:
        return UNRESOLVED
    if mention.head in DOCUMENT_NOUNS:
        return UNRESOLVED
    name = model.text.full[sentence.starts[start] : sentence.ends[mention.end_token - 1]]
    return Resolution(name, 0.6)
