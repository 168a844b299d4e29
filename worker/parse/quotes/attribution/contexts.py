"""Sites: each marked run with its frame, the mentions round it and their features."""

import itertools
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from worker.parse.quotes.attribution.ranking import carry_features, far_features, features
from worker.parse.quotes.attribution.roles import Mention, find_mentions
from worker.parse.quotes.quotation_marks import Run
from worker.parse.quotes.sentences import Frame, find_frames
from worker.parse.text import WireText

__all__ = [
    "Candidate",
    "Passage",
    "Site",
    "describe_carry",
    "find_candidates",
    "find_far",
    "find_near",
    "find_sites",
]

_REACH = 8
"""How many mentions on either side are looked at."""
_LEAD_IN_CHARS = 300
"""How much of a paragraph that ends in a colon is read with the quotation after it."""

Candidate = tuple[Mention | None, list[str]]
"""A mention with its features; None stands for "whoever said the quotation before"."""


class Passage:
    """The frames of one paragraph; the mentions of each are found when they are asked for."""

    __slots__ = ("_begins", "_mentions", "frames")

    def __init__(self, frames: list[Frame]) -> None:
        self.frames = frames
        self._begins: list[int] = []
        self._mentions: dict[int, list[Mention]] = {}

    def count_before(self, at: int) -> int:
        """How many frames begin before an offset; an empty one begins where the one before does."""
        if not self._begins:
            begin = 0
            for frame in self.frames:
                begin = frame.start[0] if frame.start else begin
                self._begins.append(begin)
        return bisect_left(self._begins, at)

    def mentions(self, number: int) -> list[Mention]:
        """The mentions of the frame of that number."""
        if number not in self._mentions:
            self._mentions[number] = find_mentions(self.frames[number])
        return self._mentions[number]


@dataclass(frozen=True, slots=True)
class Site:
    """One marked run: its passage, the number of its frame there, the token that it is in it."""

    run: Run
    passage: Passage
    number: int
    frame: Frame
    at: int

    @property
    def mentions(self) -> list[Mention]:
        """The mentions of its own frame."""
        return self.passage.mentions(self.number)

    @property
    def earlier(self) -> list[list[Mention]]:
        """The mentions of the two frames before, the nearer first."""
        before = range(self.number - 1, max(-1, self.number - 3), -1)
        return [self.passage.mentions(number) for number in before]


def find_sites(text: WireText, runs: Sequence[Run]) -> Iterator[Site]:
    """The runs in text order, each where it stands."""
    for index, group in itertools.groupby(runs, key=lambda run: run.paragraph):
        passage = Passage(find_frames(text, index, group, _begin(text, index)))
        for number, frame in enumerate(passage.frames):
            if not frame.runs:
                continue
            for at, run in frame.runs.items():
                yield Site(run, passage, number, frame, at)


def _begin(text: WireText, index: int) -> int:
    """Where the frames of a paragraph begin: in the paragraph before, when that ends in a colon."""
    start = text.paragraphs[index].start
    if index == 0:
        return start
    previous = text.paragraphs[index - 1]
    if text.full[previous.end - 1] not in ":,":
        return start
    floor = max(previous.start, previous.end - _LEAD_IN_CHARS)
    cut = text.full.rfind(". ", floor, previous.end)
    return cut + 2 if cut >= 0 else floor


def find_candidates(full: str, site: Site, last: Site | None) -> list[Candidate]:
    """Who may have said it: the mentions near, nearest first, and the speaker of `last`."""
    found = find_near(full, site) + find_far(site)
    if last is not None:
        found.append((None, describe_carry(full, site, last)))
    return found


def find_near(full: str, site: Site) -> list[Candidate]:
    """The mentions of the quotation's own frame."""
    found: list[Candidate] = []
    mentions, at = site.mentions, site.at
    split = 0
    while split < len(mentions) and mentions[split].lo < at:
        split += 1
    after = mentions[split : split + _REACH]
    verb = min((mention.cue for mention in after if mention.cue > at), default=-1)
    for rank, mention in enumerate(after):
        nearest = mention.cue == verb
        found.append((mention, features(mention, at, full, rank, nearest=nearest)))
    before = mentions[max(0, split - _REACH) : split]
    verb = max((mention.cue for mention in before if mention.cue < at), default=-1)
    for rank, mention in enumerate(reversed(before)):
        nearest = mention.cue == verb
        found.append((mention, features(mention, at, full, rank, nearest=nearest)))
    return found


def find_far(site: Site) -> list[Candidate]:
    """The mentions of the frames before."""
    return [
        (mention, far_features(mention, back, rank, site.frame, site.at))
        for back, earlier in enumerate(site.earlier)
        for rank, mention in enumerate(earlier[:_REACH])
    ]


def describe_carry(full: str, site: Site, last: Site) -> list[str]:
    """The features of "whoever said the one before", by how near that one is."""
    before = site.at
    distance = site.run.paragraph - last.run.paragraph
    if last.frame is site.frame:
        together, before = 0, site.at - last.at - 1
    elif distance == 0:
        together = 1
    else:
        together = 2 if distance == 1 else 3
    return carry_features(site.frame, site.at, full, together=together, before=before)
