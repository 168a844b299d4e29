"""Bodies that speak: which "the ministry", "its press service", "it" are."""

import re

from worker.model import EntityLabel
from worker.parse.quotes.coreference.discourse import (
    UNRESOLVED,
    DiscourseModel,
    NamedMention,
    Resolution,
)
from worker.parse.quotes.coreference.person_nouns import find_indefinite
from worker.parse.quotes.lexicon.cues import CUES
from worker.parse.quotes.lexicon.function_words import POSSESSIVE_ENDINGS
from worker.parse.quotes.lexicon.noun_classes import (
    CHANNEL_NOUNS,
    COMPANY_NOUNS,
    DOCUMENT_NOUNS,
    GENERIC_ORGANISATION_NOUNS,
    ORGANISATION_NOUNS,
    ORGANISATION_SYNONYMS,
    PUBLIC_ORGANISATION_WORDS,
)
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.syntax import CAPITAL, LOWER

__all__ = ["find_it", "find_organisation", "is_channel"]

_MEMORY = 60
_BY_CLASS = 2.0
"""How well a noun fits a body that it does not name, at most."""
_SUPERVISORS = frozenset(("regulator", "watchdog"))
_CENTRAL = re.compile(
    r"^(?:central|national|state|reserve|people's) bank|^bank of |reserve bank|central bank"
)
"""Banks that supervise others."""
_OTHER_KINDS = frozenset("ministry parliament senate duma court bank university army navy".split())
"""Head words of bodies that an agency or a group is only where they have spoken."""
_ANALYSTS = frozenset(
    "analysts economists experts lawyers researchers specialists strategists".split()
)
"""Those of a body who speak for it: "the bank's analysts"."""
_OF_ONE = frozenset(("campaign", "administration"))
_OF_MANY_BODIES = frozenset(("United Nations", "European Union"))
"""Bodies whose name before a noun means one of theirs: "the UN agency"."""
_PRESS = frozenset("service office center centre bureau".split())
_NEXT_WORD = re.compile(r" ([a-z]+)")
_CLAUSE = re.compile(r", which (?P<what>[^.,;:\"“”«»]{3,80})")
_OWNER = re.compile(r"\b(?P<noun>[a-z]+)['’]s \Z")
_SUBJECTS = frozenset(("subj", "subjpp", "acc", "inv", "appos", "init", "rel"))
_LOOK_BACK = 1500


def is_channel(mention: NounPhrase) -> bool:
    """True for what a body speaks through: its press service, its website."""
    low = mention.sentence.words
    owned = any(
        word[:-2] in ORGANISATION_NOUNS
        for word in low[mention.start_token : mention.end_token - 1]
        if word.endswith(("'s", "’s"))
    )
    return (
        (owned and mention.head in _ANALYSTS)
        or mention.head in CHANNEL_NOUNS
        or (
            mention.head in _PRESS
            and mention.end_token - mention.start_token > 1
            and low[mention.end_token - 2] == "press"
        )
    )


def find_organisation(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """The body that a noun stands for."""
    if mention.sentence.words[mention.start_token] in ("a", "an"):
        return UNRESOLVED
    if mention.head == "counterpart":
        return _counterpart(model, mention)
    own = _campaign(model, mention) if mention.head in _OF_ONE else _named_by_head(model, mention)
    if own.name:
        return own
    if is_channel(mention) or _is_branch(model, mention):
        return _owner(model, mention)
    best = _best_body(model, mention, mention.head, mention.start)
    return (
        Resolution(model.actors[best].canonical, 0.7)
        if best is not None
        else _own_words(model, mention)
    )


def _named_by_head(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """`the Traficom agency`, `the agrarian Lumo party`: the name stands right before the noun."""
    sentence, at = mention.sentence, mention.end_token - 2
    if (
        at < mention.start_token
        or sentence.kinds[at] != CAPITAL
        or sentence.words[at].endswith(POSSESSIVE_ENDINGS)
    ):
        return UNRESOLVED
    for one in model.between(sentence.starts[at], sentence.ends[at]):
        actor = model.actors[one.actor]
        of_many = actor.canonical in _OF_MANY_BODIES
        if actor.label is EntityLabel.ORG and one.end <= sentence.ends[at] and not of_many:
            return Resolution(actor.canonical, 0.8)
    return UNRESOLVED


def _campaign(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """`Mr. Moe's campaign`, `the Moe administration`: a body that is called after its head."""
    span = mention.span
    people = [one for one in model.between(span.start, span.end) if model.is_person(one.actor)]
    if not people:
        return UNRESOLVED
    return Resolution(f"{model.actors[people[-1].actor].canonical} {mention.head}", 0.7)


def _counterpart(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """`The Czech Foreign Ministry ... Its Polish counterpart`: the body of that kind over there."""
    sentence = mention.sentence
    nation = {
        sentence.words[at]
        for at in range(mention.start_token, mention.end_token)
        if sentence.kinds[at] == CAPITAL
    } - {"its", "the"}
    kind = ""
    for one in reversed(model.before(mention.start, _MEMORY)):
        actor = model.actors[one.actor]
        words = actor.canonical.lower().split()
        if actor.label is not EntityLabel.ORG or words[-1] not in PUBLIC_ORGANISATION_WORDS:
            continue
        kind = kind or words[-1]
        if nation and nation.issubset(words) and words[-1] == kind:
            return Resolution(actor.canonical, 0.6)
    return UNRESOLVED


def _is_branch(model: DiscourseModel, mention: NounPhrase) -> bool:
    """`the Committee's regional department`: a part of a body that is named there."""
    low = mention.sentence.words
    return any(
        low[at].endswith(("'s", "’s"))
        and any(
            model.actors[one.actor].label is EntityLabel.ORG
            for one in model.between(mention.sentence.starts[at], mention.sentence.ends[at])
        )
        for at in range(mention.start_token, mention.end_token - 1)
    )


def find_it(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """The body that "it" stands for: the subject of the sentence before, or the last to speak."""
    at = mention.start
    for sentence, mentions in model.sentences_before(at):
        for one in reversed(mentions):
            if one.start >= at or one.role not in _SUBJECTS:
                continue
            resolution = _subject_body(model, one)
            if resolution.name:
                return Resolution(resolution.name, 0.6)
        if any(start.start in model.said for start in sentence.runs.values()):
            break
    if model.last_organisation:
        return Resolution(model.last_organisation, 0.6)
    latest = _latest_body(model, at)
    return Resolution(model.actors[latest].canonical, 0.4) if latest is not None else UNRESOLVED


def _subject_body(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """The body that a subject is, by name or by noun."""
    if mention.type == "l":
        return (
            find_organisation(model, mention) if mention.head in ORGANISATION_NOUNS else UNRESOLVED
        )
    if mention.type != "C":
        return UNRESOLVED
    end = mention.span.end
    for one in model.between(mention.start, end):
        if one.end >= end - 1 and model.actors[one.actor].label is EntityLabel.ORG:
            return Resolution(model.actors[one.actor].canonical, 0.6)
    return UNRESOLVED


def _latest_body(model: DiscourseModel, at: int) -> int | None:
    """The body named last, in the paragraph or the one before; no agency that only listens."""
    paragraph = model.text.paragraph_index(at)
    for one in reversed(model.before(at, _MEMORY)):
        if paragraph - one.paragraph > 1:
            return None
        if model.actors[one.actor].label is EntityLabel.ORG and not _listens(model, one):
            return one.actor
    return None


def _listens(model: DiscourseModel, one: NamedMention) -> bool:
    """True for the item's own agency, and for a body that is told something."""
    full = model.text.full
    return model.is_listener(one) or full[max(0, one.start - 9) : one.start].endswith(
        ("told ", "told the ")
    )


def _best_body(model: DiscourseModel, mention: NounPhrase, head: str, at: int) -> int | None:
    """The body that the noun fits best, by its name, by what it is called, by who spoke last."""
    paragraph = model.text.paragraph_index(at)
    unnamed = find_indefinite(model, head, at)
    based = any(
        word.endswith("-based")
        for word in mention.sentence.words[mention.start_token : mention.end_token]
    )
    nations = frozenset() if based else model.nations(mention.start, mention.span.end)
    own = {one.actor for one in model.between(mention.start, mention.span.end)}
    modifiers = _modifiers(mention, head)
    scores: dict[int, float] = {}
    for one in model.before(at, _MEMORY):
        actor = model.actors[one.actor]
        if actor.label is not EntityLabel.ORG or one.actor in own or _listens(model, one):
            continue
        fit = _fit(model, one.actor, head)
        description = model.description(one.actor)
        if (
            not fit
            or (fit <= _BY_CLASS and one.start < unnamed)
            or (nations and description.nations and not nations & description.nations)
        ):
            continue
        value = (
            fit - 0.3 * (paragraph - one.paragraph) + (actor.canonical == model.last_organisation)
        )
        value += 1.5 * bool(modifiers) * (not modifiers.isdisjoint(_described(model, one)))
        scores[one.actor] = max(scores.get(one.actor, -9.0), value) + 0.05
    if not scores or (nations and max(scores.values()) < 1.0):
        return None
    return max(scores, key=lambda index: (scores[index], -index))


def _modifiers(mention: NounPhrase, head: str) -> frozenset[str]:
    """The small words before the noun that say which body it is: "police" of "police ministry"."""
    sentence = mention.sentence
    if mention.head != head:
        return frozenset()
    return frozenset(
        sentence.words[at]
        for at in range(mention.start_token + 1, mention.end_token - 1)
        if sentence.kinds[at] == LOWER and len(sentence.words[at]) > 3
    )


def _described(model: DiscourseModel, one: NamedMention) -> set[str]:
    """The words of a body's name, of its description and of a relative clause after it."""
    words = set(model.actors[one.actor].canonical.lower().split())
    words |= model.description(one.actor).words
    if _CENTRAL.search(model.actors[one.actor].canonical.lower()):
        words.add("central")
    if clause := _CLAUSE.match(model.text.full, one.end):
        words |= set(clause["what"].split())
    return words


def _fit(model: DiscourseModel, index: int, head: str) -> float:
    """How well a noun fits a body; 0 where it does not."""
    name = model.actors[index].canonical.lower()
    words = name.split()
    if head in words or (len(head) > 5 and head in name):
        return 3.0
    if head in model.description(index).words:
        return 2.5
    if head in _SUPERVISORS and "bank" in words:
        return _BY_CLASS if _CENTRAL.search(name) else 0.0
    if any(word in words for word in ORGANISATION_SYNONYMS.get(head, ())):
        return _BY_CLASS
    if head in COMPANY_NOUNS:
        return 0.0 if PUBLIC_ORGANISATION_WORDS.intersection(words) else 1.0
    if head not in GENERIC_ORGANISATION_NOUNS:
        return 0.0
    return 0.7 if _OTHER_KINDS.isdisjoint(words[-1:]) or _has_spoken(model, index) else 0.0


def _has_spoken(model: DiscourseModel, index: int) -> bool:
    """True for a body whose words the text has given, in marks or without."""
    actor = model.actors[index]
    if actor.canonical == model.last_organisation:
        return True
    for mention in actor.mentions:
        word = _NEXT_WORD.match(model.text.full, mention.span.end)
        cue = CUES.get(word.group(1)) if word else None
        if cue and cue.strength == "S":
            return True
    return False


def _owner(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """The body whose press service or website a mention is."""
    span = mention.span
    for one in reversed(model.between(span.start, span.end)):
        if model.actors[one.actor].label in (EntityLabel.ORG, EntityLabel.GPE):
            return Resolution(model.actors[one.actor].canonical, 0.8)
    low = mention.sentence.words
    for at in range(mention.start_token, mention.end_token):
        if low[at].endswith(("'s", "’s")) and low[at][:-2] in ORGANISATION_NOUNS:
            best = _best_body(model, mention, low[at][:-2], span.start)
            return Resolution(model.actors[best].canonical, 0.6) if best is not None else UNRESOLVED
    return _owner_before(model, mention)


def _owner_before(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """The body beside the press service that the text named before."""
    full, at = model.text.full, mention.start
    words = "press " + mention.head if mention.head in _PRESS else mention.head
    found = full.rfind(words, max(0, at - _LOOK_BACK), at)
    if found >= 0:
        paragraph = model.text.paragraphs[model.text.paragraph_index(found)]
        end = found + len(words)
        if full.startswith(" of ", end):
            stop = re.compile(r"[.,;:\"“”]|\b(?:said|told|reported)\b").search(full, end)
            inside = model.between(end, min(paragraph.end, stop.start() if stop else paragraph.end))
            bodies = [one for one in inside if model.actors[one.actor].label is EntityLabel.ORG]
            if bodies:
                return Resolution(model.actors[bodies[-1].actor].canonical, 0.7)
        owner = _OWNER.search(full, max(paragraph.start, found - 40), found)
        if owner and owner["noun"] in ORGANISATION_NOUNS:
            best = _best_body(model, mention, owner["noun"], found)
            return Resolution(model.actors[best].canonical, 0.6) if best is not None else UNRESOLVED
        for one in reversed(model.between(max(paragraph.start, found - 80), found)):
            if model.actors[one.actor].label is EntityLabel.ORG and not model.is_listener(one):
                return Resolution(model.actors[one.actor].canonical, 0.6)
    return Resolution(model.last_organisation, 0.5) if model.last_organisation else UNRESOLVED


def _own_words(model: DiscourseModel, mention: NounPhrase) -> Resolution:
    """`the Ukrainian army`: a body that its own words name well enough."""
    sentence = mention.sentence
    lo = mention.start_token + (sentence.words[mention.start_token] == "the")
    if (
        sentence.kinds[lo] != CAPITAL
        or mention.head in ("bank", "agency")
        or lo + 1 >= mention.end_token
    ):
        return UNRESOLVED
    if mention.head in GENERIC_ORGANISATION_NOUNS or mention.head in DOCUMENT_NOUNS:
        return UNRESOLVED
    return Resolution(
        model.text.full[sentence.starts[lo] : sentence.ends[mention.end_token - 1]], 0.6
    )
