"""Bodies that speak: which "the ministry", "its press service", "it" are."""

import re

from worker.model import EntityLabel
from worker.parse.quotes.attribution.roles import Mention
from worker.parse.quotes.coreference.discourse import NOBODY, Named, Scene, Verdict
from worker.parse.quotes.coreference.person_nouns import brought_in_unnamed
from worker.parse.quotes.lexicon.cues import CUES
from worker.parse.quotes.lexicon.function_words import POSSESSIVE
from worker.parse.quotes.lexicon.noun_classes import (
    ANY_BODY,
    BODIES,
    BODY_CLASSES,
    COMPANIES,
    DOCUMENTS,
    PUBLIC,
    VOICES,
)
from worker.parse.quotes.sentences import CAPITAL, LOWER

__all__ = ["find_body", "find_it", "is_voice"]

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


def is_voice(mention: Mention) -> bool:
    """True for what a body speaks through: its press service, its website."""
    low = mention.frame.low
    owned = any(
        word[:-2] in BODIES
        for word in low[mention.lo : mention.hi - 1]
        if word.endswith(("'s", "’s"))
    )
    return (
        (owned and mention.head in _ANALYSTS)
        or mention.head in VOICES
        or (
            mention.head in _PRESS
            and mention.hi - mention.lo > 1
            and low[mention.hi - 2] == "press"
        )
    )


def find_body(scene: Scene, mention: Mention) -> Verdict:
    """The body that a noun stands for."""
    if mention.frame.low[mention.lo] in ("a", "an"):
        return NOBODY
    if mention.head == "counterpart":
        return _counterpart(scene, mention)
    own = _campaign(scene, mention) if mention.head in _OF_ONE else _named_by_head(scene, mention)
    if own.name:
        return own
    if is_voice(mention) or _is_branch(scene, mention):
        return _owner(scene, mention)
    best = _best_body(scene, mention, mention.head, mention.start)
    return (
        Verdict(scene.actors[best].canonical, 0.7)
        if best is not None
        else _own_words(scene, mention)
    )


def _named_by_head(scene: Scene, mention: Mention) -> Verdict:
    """`the Traficom agency`, `the agrarian Lumo party`: the name stands right before the noun."""
    frame, at = mention.frame, mention.hi - 2
    if at < mention.lo or frame.kind[at] != CAPITAL or frame.low[at].endswith(POSSESSIVE):
        return NOBODY
    for one in scene.between(frame.start[at], frame.end[at]):
        actor = scene.actors[one.actor]
        of_many = actor.canonical in _OF_MANY_BODIES
        if actor.label is EntityLabel.ORG and one.end <= frame.end[at] and not of_many:
            return Verdict(actor.canonical, 0.8)
    return NOBODY


def _campaign(scene: Scene, mention: Mention) -> Verdict:
    """`Mr. Moe's campaign`, `the Moe administration`: a body that is called after its head."""
    span = mention.span
    people = [one for one in scene.between(span.start, span.end) if scene.is_person(one.actor)]
    if not people:
        return NOBODY
    return Verdict(f"{scene.actors[people[-1].actor].canonical} {mention.head}", 0.7)


def _counterpart(scene: Scene, mention: Mention) -> Verdict:
    """`The Czech Foreign Ministry ... Its Polish counterpart`: the body of that kind over there."""
    frame = mention.frame
    nation = {
        frame.low[at] for at in range(mention.lo, mention.hi) if frame.kind[at] == CAPITAL
    } - {"its", "the"}
    kind = ""
    for one in reversed(scene.before(mention.start, _MEMORY)):
        actor = scene.actors[one.actor]
        words = actor.canonical.lower().split()
        if actor.label is not EntityLabel.ORG or words[-1] not in PUBLIC:
            continue
        kind = kind or words[-1]
        if nation and nation.issubset(words) and words[-1] == kind:
            return Verdict(actor.canonical, 0.6)
    return NOBODY


def _is_branch(scene: Scene, mention: Mention) -> bool:
    """`the Committee's regional department`: a part of a body that is named there."""
    low = mention.frame.low
    return any(
        low[at].endswith(("'s", "’s"))
        and any(
            scene.actors[one.actor].label is EntityLabel.ORG
            for one in scene.between(mention.frame.start[at], mention.frame.end[at])
        )
        for at in range(mention.lo, mention.hi - 1)
    )


def find_it(scene: Scene, mention: Mention) -> Verdict:
    """The body that "it" stands for: the subject of the sentence before, or the last to speak."""
    at = mention.start
    for frame, mentions in scene.sentences_before(at):
        for one in reversed(mentions):
            if one.start >= at or one.place not in _SUBJECTS:
                continue
            verdict = _subject_body(scene, one)
            if verdict.name:
                return Verdict(verdict.name, 0.6)
        if any(start.start in scene.said for start in frame.runs.values()):
            break
    if scene.last_body:
        return Verdict(scene.last_body, 0.6)
    latest = _latest_body(scene, at)
    return Verdict(scene.actors[latest].canonical, 0.4) if latest is not None else NOBODY


def _subject_body(scene: Scene, mention: Mention) -> Verdict:
    """The body that a subject is, by name or by noun."""
    if mention.kind == "l":
        return find_body(scene, mention) if mention.head in BODIES else NOBODY
    if mention.kind != "C":
        return NOBODY
    end = mention.span.end
    for one in scene.between(mention.start, end):
        if one.end >= end - 1 and scene.actors[one.actor].label is EntityLabel.ORG:
            return Verdict(scene.actors[one.actor].canonical, 0.6)
    return NOBODY


def _latest_body(scene: Scene, at: int) -> int | None:
    """The body named last, in the paragraph or the one before; no agency that only listens."""
    paragraph = scene.text.paragraph_index(at)
    for one in reversed(scene.before(at, _MEMORY)):
        if paragraph - one.paragraph > 1:
            return None
        if scene.actors[one.actor].label is EntityLabel.ORG and not _listens(scene, one):
            return one.actor
    return None


def _listens(scene: Scene, one: Named) -> bool:
    """True for the item's own agency, and for a body that is told something."""
    full = scene.text.full
    return scene.is_listener(one) or full[max(0, one.start - 9) : one.start].endswith(
        ("told ", "told the ")
    )


def _best_body(scene: Scene, mention: Mention, head: str, at: int) -> int | None:
    """The body that the noun fits best, by its name, by what it is called, by who spoke last."""
    paragraph = scene.text.paragraph_index(at)
    unnamed = brought_in_unnamed(scene, head, at)
    based = any(word.endswith("-based") for word in mention.frame.low[mention.lo : mention.hi])
    nations = frozenset() if based else scene.nations(mention.start, mention.span.end)
    own = {one.actor for one in scene.between(mention.start, mention.span.end)}
    modifiers = _modifiers(mention, head)
    scores: dict[int, float] = {}
    for one in scene.before(at, _MEMORY):
        actor = scene.actors[one.actor]
        if actor.label is not EntityLabel.ORG or one.actor in own or _listens(scene, one):
            continue
        fit = _fit(scene, one.actor, head)
        portrait = scene.portrait(one.actor)
        if (
            not fit
            or (fit <= _BY_CLASS and one.start < unnamed)
            or (nations and portrait.nations and not nations & portrait.nations)
        ):
            continue
        value = fit - 0.3 * (paragraph - one.paragraph) + (actor.canonical == scene.last_body)
        value += 1.5 * bool(modifiers) * (not modifiers.isdisjoint(_described(scene, one)))
        scores[one.actor] = max(scores.get(one.actor, -9.0), value) + 0.05
    if not scores or (nations and max(scores.values()) < 1.0):
        return None
    return max(scores, key=lambda index: (scores[index], -index))


def _modifiers(mention: Mention, head: str) -> frozenset[str]:
    """The small words before the noun that say which body it is: "police" of "police ministry"."""
    frame = mention.frame
    if mention.head != head:
        return frozenset()
    return frozenset(
        frame.low[at]
        for at in range(mention.lo + 1, mention.hi - 1)
        if frame.kind[at] == LOWER and len(frame.low[at]) > 3
    )


def _described(scene: Scene, one: Named) -> set[str]:
    """The words of a body's name, of its portrait and of a relative clause after it."""
    words = set(scene.actors[one.actor].canonical.lower().split())
    words |= scene.portrait(one.actor).words
    if _CENTRAL.search(scene.actors[one.actor].canonical.lower()):
        words.add("central")
    if clause := _CLAUSE.match(scene.text.full, one.end):
        words |= set(clause["what"].split())
    return words


def _fit(scene: Scene, index: int, head: str) -> float:
    """How well a noun fits a body; 0 where it does not."""
    name = scene.actors[index].canonical.lower()
    words = name.split()
    if head in words or (len(head) > 5 and head in name):
        return 3.0
    if head in scene.portrait(index).words:
        return 2.5
    if head in _SUPERVISORS and "bank" in words:
        return _BY_CLASS if _CENTRAL.search(name) else 0.0
    if any(word in words for word in BODY_CLASSES.get(head, ())):
        return _BY_CLASS
    if head in COMPANIES:
        return 0.0 if PUBLIC.intersection(words) else 1.0
    if head not in ANY_BODY:
        return 0.0
    return 0.7 if _OTHER_KINDS.isdisjoint(words[-1:]) or _has_spoken(scene, index) else 0.0


def _has_spoken(scene: Scene, index: int) -> bool:
    """True for a body whose words the text has given, in marks or without."""
    actor = scene.actors[index]
    if actor.canonical == scene.last_body:
        return True
    for mention in actor.mentions:
        word = _NEXT_WORD.match(scene.text.full, mention.span.end)
        cue = CUES.get(word.group(1)) if word else None
        if cue and cue.grade == "S":
            return True
    return False


def _owner(scene: Scene, mention: Mention) -> Verdict:
    """The body whose press service or website a mention is."""
    span = mention.span
    for one in reversed(scene.between(span.start, span.end)):
        if scene.actors[one.actor].label in (EntityLabel.ORG, EntityLabel.GPE):
            return Verdict(scene.actors[one.actor].canonical, 0.8)
    low = mention.frame.low
    for at in range(mention.lo, mention.hi):
        if low[at].endswith(("'s", "’s")) and low[at][:-2] in BODIES:
            best = _best_body(scene, mention, low[at][:-2], span.start)
            return Verdict(scene.actors[best].canonical, 0.6) if best is not None else NOBODY
    return _owner_before(scene, mention)


def _owner_before(scene: Scene, mention: Mention) -> Verdict:
    """The body beside the press service that the text named before."""
    full, at = scene.text.full, mention.start
    words = "press " + mention.head if mention.head in _PRESS else mention.head
    found = full.rfind(words, max(0, at - _LOOK_BACK), at)
    if found >= 0:
        paragraph = scene.text.paragraphs[scene.text.paragraph_index(found)]
        end = found + len(words)
        if full.startswith(" of ", end):
            stop = re.compile(r"[.,;:\"“”]|\b(?:said|told|reported)\b").search(full, end)
            inside = scene.between(end, min(paragraph.end, stop.start() if stop else paragraph.end))
            bodies = [one for one in inside if scene.actors[one.actor].label is EntityLabel.ORG]
            if bodies:
                return Verdict(scene.actors[bodies[-1].actor].canonical, 0.7)
        owner = _OWNER.search(full, max(paragraph.start, found - 40), found)
        if owner and owner["noun"] in BODIES:
            best = _best_body(scene, mention, owner["noun"], found)
            return Verdict(scene.actors[best].canonical, 0.6) if best is not None else NOBODY
        for one in reversed(scene.between(max(paragraph.start, found - 80), found)):
            if scene.actors[one.actor].label is EntityLabel.ORG and not scene.is_listener(one):
                return Verdict(scene.actors[one.actor].canonical, 0.6)
    return Verdict(scene.last_body, 0.5) if scene.last_body else NOBODY


def _own_words(scene: Scene, mention: Mention) -> Verdict:
    """`the Ukrainian army`: a body that its own words name well enough."""
    frame = mention.frame
    lo = mention.lo + (frame.low[mention.lo] == "the")
    if frame.kind[lo] != CAPITAL or mention.head in ("bank", "agency") or lo + 1 >= mention.hi:
        return NOBODY
    if mention.head in ANY_BODY or mention.head in DOCUMENTS:
        return NOBODY
    return Verdict(scene.text.full[frame.start[lo] : frame.end[mention.hi - 1]], 0.6)
