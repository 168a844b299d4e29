"""Kin: who "her father" or "Moe's nephew" is, from what the text says of who belongs to whom."""

import re

from worker.parse.entity_registry import Gender
from worker.parse.quotes.coreference.discourse import NOBODY, Named, Scene, Verdict
from worker.parse.quotes.coreference.pronouns import Nouns, find_person, may_be
from worker.parse.quotes.noun_phrases import Mention

__all__ = ["find_kin", "is_kin"]

_MALE = frozenset(
    "father dad son brother husband ex-husband widower nephew uncle grandfather grandson stepfather"
    " stepson father-in-law brother-in-law son-in-law half-brother boyfriend fiance fiancé".split()
)
_FEMALE = frozenset(
    "mother mom mum daughter sister wife ex-wife widow niece aunt grandmother granddaughter"
    " stepmother stepdaughter mother-in-law sister-in-law daughter-in-law half-sister girlfriend"
    " fiancee fiancée".split()
)
_EITHER = frozenset("cousin child spouse partner sibling parent grandchild twin".split())
_KIN = _MALE | _FEMALE | _EITHER
_BEFORE = re.compile(r"(?P<kin>[a-zé]+(?:-[a-z]+)*),? (?:the )?(?:[A-Z][a-z]*\. )?\Z")
"""`her son, ` before a name, maybe with a title."""
_AFTER = re.compile(r"(?:,| and| is| was|['’]s)[^.!?;:\"“”«»]*")
"""`, who is Moe's former wife` after one."""
_WORD = re.compile(r"[a-zé]+(?:-[a-z]+)*")
_REACH = 45
"""How many characters on either side of a name may say whose kin it is."""
_MEMORY = 60
_OWNERS = {"his": (Gender.FEMALE, "m"), "her": (Gender.MALE, "f")}
"""What a possessor rules out and stands for."""


def is_kin(mention: Mention) -> bool:
    """True for "her father", "Moe's former wife"."""
    low = mention.frame.low
    owned = low[mention.lo] in _OWNERS or low[mention.hi - 2].endswith(("'s", "’s", "s'", "s’"))
    return mention.head in _KIN and mention.hi - mention.lo > 1 and owned


def find_kin(scene: Scene, mention: Mention, nouns: Nouns) -> Verdict:
    """Who is meant by such a phrase; NOBODY where the text names no such one."""
    owner = _owner(scene, mention, nouns)
    if owner is None:
        return NOBODY
    head = mention.head
    fits = may_be(scene, _barred_by(head))
    family = scene.actors[owner].canonical.rpartition(" ")[2]
    bound = any(_is_kin_there(scene, one) for one in scene.places(owner))
    best: tuple[int, int] | None = None
    for one in scene.before(mention.start, _MEMORY):
        if one.actor == owner or not fits(one.actor):
            continue
        of_kin = 2 * (bound and _is_kin_there(scene, one))
        value = of_kin + scene.actors[one.actor].canonical.endswith(f" {family}")
        if value and (best is None or value >= best[0]):
            best = value, one.actor
    return Verdict(scene.actors[best[1]].canonical, 0.6) if best else NOBODY


def _owner(scene: Scene, mention: Mention, nouns: Nouns) -> int | None:
    """Whose kin it is."""
    frame = mention.frame
    if frame.low[mention.lo] in _OWNERS:
        fits = may_be(scene, _OWNERS[frame.low[mention.lo]][0])
        name = find_person(scene, mention, fits, nouns).name
        return scene.by_name.get(name) if name else None
    start, end = frame.start[mention.lo], frame.start[mention.hi - 1]
    people = [one.actor for one in scene.between(start, end) if scene.is_person(one.actor)]
    return people[-1] if people else None


def _barred_by(head: str) -> Gender | None:
    if head in _MALE:
        return Gender.FEMALE
    return Gender.MALE if head in _FEMALE else None


def _is_kin_there(scene: Scene, one: Named) -> bool:
    """True where the words beside a name say that it is somebody's kin, or somebody its."""
    full = scene.text.full
    paragraph = scene.text.paragraphs[one.paragraph]
    before = _BEFORE.search(full[max(paragraph.start, one.start - _REACH) : one.start])
    after = _AFTER.match(full[one.end : min(paragraph.end, one.end + _REACH)])
    return (before is not None and before["kin"] in _KIN) or (
        after is not None and not _KIN.isdisjoint(_WORD.findall(after.group()))
    )
