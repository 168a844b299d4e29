"""How much speaks for a dateline-shaped run being a dateline."""

import re

from worker.parse.dateline.agencies import bare_credit
from worker.parse.dateline.parsed import CreditForm, ParsedDateline, PrintedPlace
from worker.parse.dates import DateOrder, is_month, read_printed_date
from worker.parse.places import country_of, is_area, is_place, prominence, resolve

__all__ = ["MIN_SCORE", "score_evidence"]

MIN_SCORE = 4
"""A known agency weighs 4, a known place, a date or a known region 2, capitals, an unknown credit
and a closing 1 each. Leads, kickers and captions fall below four."""

_DASHES = frozenset({"-", "--", "---", "–", "—", "_", "__", ".-", ".–", ".—"})

_LONG_DASHES = frozenset({"--", "–", "—"})

_NO_PLACE = frozenset(
    # bylines, captions and leads begin with these
    "by from photo photos file caption image video watch read von por par di at in on for a "
    "an and but with if as when while after before he she they we it this that these those "
    "there what who why how "
    # kickers and marks, some of which are towns too
    "police update updates editorial bulletin urgent flash alert breaking analysis exclusive "
    "opinion comment column sport sports weather business world news politics review "
    "interview feature factbox timeline background correction corrected refile repeat "
    "advisory attention note reading nice mobile nation man best bath media press market "
    "markets stocks summary highlights poll obituary profile table scoreboard results score "
    "scores soccer football tennis golf cricket rugby basketball baseball hockey cycling "
    "monday tuesday wednesday thursday friday saturday sunday today asia africa europe gold "
    "boxing athletics olympics health science technology entertainment arts travel срочно "
    "молния обзор анонс досье интервью спорт экономика политика".split()
)
"""First words that rule a place out. Source: rubrics and marks of agencies' own published copy."""

PROMINENT = 20_000
"""A bare place, without date and agency, is believed from this weighted population on."""

PROMINENT_COUNTRY = 50_000
"""A country's name is a bare place only where a town of this size has it too: KUWAIT, SINGAPORE."""

PROMINENT_BEFORE_COLON = 400_000
"""A bare place with a colon: a dateline in the lands of _COLON_LANDS, elsewhere mostly a title."""

_COLON_LANDS = frozenset("IN PK BD LK NP MY BN SG PH KE UG TZ NG GH ZA AE QA SA KW BH OM".split())
"""Where papers close a dateline with a colon. Source: general knowledge of their published copy."""

_AT_SEA = frozenset("on in at off with aboard over near".split())
"""What datelines without a town begin with: ON THE GEORGIAN BORDER, AT SEA, WITH U.S. FORCES."""

# "A man walks past ...": captions tell in the present what their picture shows.
_CAPTION = re.compile(
    r"""
    \s*(?:A|An|The|Two|Three|Several|People|Members|[A-Z][a-z]+)[ ](?:[^\s.]+[ ]){0,5}?
    (?:walks?|stands?|sits?|holds?|waves?|looks?|passe?s?|poses?|speaks?|attends?|reacts?
    |gestures?|arrives?|leaves?|watch(?:es)?|wears?|rides?|runs?|shows?|carry|carries|takes?
    |celebrates?|seen|pictured|views?)\b
    """,
    re.VERBOSE,
)

_SENTENCE_END = ".!?…\"'”’»)]_-–—:"
_LONG_TITLE = 120

_NEXT_IN_CAPITALS = re.compile(r"\s*(?P<word>[^\W\d_a-zа-я]{3,40})\b")
"""`PARIS–NICE - ...`: a route or a race, whose second place is in capitals as well."""

_SPEAKER_LABEL = re.compile(r"^[^\W\d_a-zа-я][^\W\d_a-zа-я .'-]{2,30}:", re.MULTILINE)
"""`HOUSTON: I think so.` In a transcript towns' names are people's."""

_OPENING = re.compile(r"\s*[\"'“‘«„`(\[¡¿…]*(?P<first>\S)")


def score_evidence(frame: ParsedDateline, text: str, end: int) -> int:
    """Return the weight of the evidence, in the units of MIN_SCORE; -1 if a rule excludes it."""
    if _is_ruled_out(frame, text, end):
        return -1
    weight = 0
    if frame.credit:
        weight += 4 if frame.credit.known else 1
    if frame.date:
        weight += 2
    if frame.places:
        weight += _weigh_place(frame)
    return weight + (frame.closing in _DASHES or frame.closing == ":")


def _weigh_place(frame: ParsedDateline) -> int:
    place = frame.places[0]
    weight = int(place.is_capitals)
    if any(is_area(word) for word in place.qualifiers):
        weight += 2 if place.is_capitals else 1
    if any(is_place(named.name) for named in frame.places):
        return weight + 2
    return weight if place.is_capitals or frame.date else weight - 2


def _is_ruled_out(frame: ParsedDateline, text: str, end: int) -> bool:
    in_brackets = frame.is_credited and frame.credit_form is not CreditForm.BARE
    if any(_is_no_place(named, is_credited=in_brackets) for named in frame.places):
        return True
    if not frame.places and not frame.is_credited and not (frame.date and frame.credit):
        return True
    if frame.order is DateOrder.DAY and not frame.is_credited:
        return True
    if frame.credit is None:
        return _is_weak_ruled_out(frame, text, end)
    if frame.credit.known and frame.closing in {"", "."}:
        return not _stands_without_closing(frame, text, end)
    if frame.credit.known:
        return False
    return frame.closing not in _DASHES or (not frame.date and is_place(frame.credit.agency))


def _is_no_place(named: PrintedPlace, *, is_credited: bool) -> bool:
    """True for what begins as a byline or a kicker; NICE is a town where an agency is named.

    So are MINA and PETRA, though agencies are called so too.
    """
    if bare_credit(named.name):
        return not (is_credited and is_place(named.name))
    words = named.name.casefold().split()
    if words[0] in _NO_PLACE:
        is_at_sea = words[0] in _AT_SEA and len(words) > 1 and named.is_capitals
        return not (is_credited and (is_at_sea or is_place(named.name)))
    if words[0] == "the":
        return not (is_place(named.name) or (is_credited and named.is_capitals))
    return len(words) == 1 and is_month(words[0])


def _stands_without_closing(frame: ParsedDateline, text: str, end: int) -> bool:
    """True where a credited line may lack its dash: "Mumbai, Dec 9 (PTI) Two ..."."""
    if frame.credit_form is CreditForm.SLASHES:
        return True
    if not frame.places and not frame.date:
        return False
    ends_line = not text[frame.rest : end].split("\n", 1)[0].strip()
    if ends_line:
        return bool(frame.date) or frame.places[0].is_capitals
    follows = _OPENING.match(text, frame.rest, end)
    begins = bool(follows and (follows["first"].isupper() or follows["first"].isdigit()))
    if frame.date:
        return begins
    is_town = prominence(frame.places[0].name) >= PROMINENT
    is_sure = frame.places[0].is_capitals or is_town
    return is_sure and bool(follows and follows["first"].isupper())


def _is_weak_ruled_out(frame: ParsedDateline, text: str, end: int) -> bool:
    """Without any agency the rest must be beyond doubt."""
    follows = _OPENING.match(text, frame.rest, end)
    if follows is None and frame.closing in {"", "."}:
        return not _is_line_of_its_own(frame)
    if frame.closing == "." and not _may_end_in_full_stop(frame):
        return True
    if frame.closing not in _DASHES and frame.closing not in {":", "."}:
        return True
    if follows is None:
        return frame.closing not in {"_", "--", "—", "–"} and not frame.date
    if not (follows["first"].isupper() or follows["first"].isdigit()):
        return True
    if read_printed_date(text, follows.start("first"), end):
        return True
    if frame.date:
        return bool(frame.date.year and _CAPTION.match(text, frame.rest, min(end, frame.rest + 99)))
    return _is_bare_ruled_out(frame, text, end)


def _may_end_in_full_stop(frame: ParsedDateline) -> bool:
    """`MINSK, 26 June. The panel met`: a dateline that has lost its agency."""
    return frame.separator == "," and _is_line_of_its_own(frame) and frame.closing == "."


def _is_line_of_its_own(frame: ParsedDateline) -> bool:
    """`BEIJING, July 23` with nothing after it, as structured feeds put it before the text."""
    place = frame.places[0]
    return frame.date is not None and place.is_capitals and is_place(place.name)


def _is_bare_ruled_out(frame: ParsedDateline, text: str, end: int) -> bool:
    place = frame.places[0]
    if _is_shouted(text, frame.rest, end) or _is_title(text, frame.rest, end):
        return True
    paired = _NEXT_IN_CAPITALS.match(text, frame.rest, end)
    if paired and prominence(paired["word"]) and not country_of(paired["word"]):
        return True
    if any(is_area(word) for word in place.qualifiers):
        return frame.closing not in (_DASHES if place.is_capitals else _LONG_DASHES)
    if not place.is_capitals:
        return True
    if place.qualifiers:
        return True
    if country_of(place.name) and prominence(place.name) < PROMINENT_COUNTRY:
        return True
    if frame.closing == ":":
        return _is_before_colon_ruled_out(frame, text)
    return all(prominence(named.name) < PROMINENT for named in frame.places)


def _is_before_colon_ruled_out(frame: ParsedDateline, text: str) -> bool:
    if len(_SPEAKER_LABEL.findall(text, 0, 6000)) > 1:
        return True
    known = resolve(frame.places[0].name)
    is_usual = known is not None and known.iso in _COLON_LANDS
    least = PROMINENT if is_usual else PROMINENT_BEFORE_COLON
    return all(prominence(named.name) < least for named in frame.places)


def _is_title(text: str, at: int, end: int) -> bool:
    """True when what follows is short and ends without a stop: `PARIS: City of Light`."""
    follows = text[at:end].strip()
    return bool(follows) and len(follows) < _LONG_TITLE and follows[-1] not in _SENTENCE_END


def _is_shouted(text: str, at: int, end: int) -> bool:
    """True when what follows is in capitals: a headline or a rubric, not a lead."""
    letters = [char for char in text[at : min(end, at + 60)] if char.isalpha()]
    return sum(char.isupper() for char in letters) > len(letters) * 0.6 if letters else False
