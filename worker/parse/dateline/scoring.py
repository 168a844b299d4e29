"""Evidence that a line with the shape of a dateline is a dateline.

A weight is summed over agency, place, date and closing mark. Before that, rules exclude lines that
only look like datelines: bylines (`By ANNA MOE -`), kickers (`ANALYSIS -`), captions, transcripts.
The less a line shows, the more the rules ask for: a credited line is hardly ever wrong, a bare
place is right only under narrow conditions.
"""

import re
from collections.abc import Sequence

from worker.parse.dateline.agencies import bare_credit
from worker.parse.dateline.parsed import CreditForm, ParsedDateline, PrintedPlace
from worker.parse.dates import DateOrder, is_month, read_printed_date
from worker.parse.places import country_of, is_area, is_place, prominence, resolve

__all__ = ["MIN_SCORE", "score_evidence"]

MIN_SCORE = 4
"""Weight from which a line is a dateline. A known agency weighs 4, a known place, a date or a known
region 2, capitals, an unknown credit and a closing mark 1 each. Leads, kickers and captions stay
below four."""

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
"""First words that begin no place. Source: rubrics and markers of agencies' own published copy."""

PROMINENT = 20_000
"""Least weighted population of a bare place, a place without date and agency."""

PROMINENT_COUNTRY = 50_000
"""A country's name is a bare place only if a town of this size shares it: KUWAIT, SINGAPORE."""

PROMINENT_BEFORE_COLON = 400_000
"""Least population of a bare place with a colon. Outside _COLON_COUNTRIES most are titles."""

_COLON_COUNTRIES = frozenset(
    "IN PK BD LK NP MY BN SG PH KE UG TZ NG GH ZA AE QA SA KW BH OM".split()
)
"""Countries whose papers close datelines with a colon. Source: their published copy."""

_AT_SEA = frozenset("on in at off with aboard over near".split())
"""First words of datelines without a town: ON THE GEORGIAN BORDER, AT SEA, WITH U.S. FORCES."""

# "A man walks past ...": captions are in the present tense.
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
"""Code points. A longer line is no title, even without a full stop."""

_CAPITALS_SHARE = 0.6
"""Share of capitals above which the text behind a line is a headline."""

_LEAD_HEAD = 60
_TRANSCRIPT_HEAD = 6000
_CAPTION_HEAD = 99

_NEXT_IN_CAPITALS = re.compile(r"\s*(?P<word>[^\W\d_a-zа-я]{3,40})\b")
"""A second place in capitals: `PARIS–NICE - ...`."""

_NAME_OF_A_WORK = re.compile(
    r"\s*An?[ ][A-Z][\w’'-]+"
    r"(?:[ ](?:a|an|and|at|for|from|in|of|on|the|to|with)\b|[ ][A-Z][\w’'-]+)*"
    r"[ ][A-Z][\w’'-]+[,.;]"
)
"""`PRAGUE: A Year in Colour, a show`: capitals go on to a comma."""

_SPEAKER_LABEL = re.compile(r"^[^\W\d_a-zа-я][^\W\d_a-zа-я .'-]{2,30}:", re.MULTILINE)
"""`HOUSTON: I think so.` In a transcript the names of towns are people's."""

# `OSLO, May 5 - <Northern Mining> said`: Reuters of 1987 printed companies in angle brackets.
_OPENING = re.compile(r"\s*[\"'“‘«„`(\[<¡¿…]*(?P<first>\S)")


_LEAD = re.compile(
    r"""
    [ ](?P<word>
        [^\W\d_a-zа-яё][^\W\d_A-ZА-ЯЁ]+           # Shares
        | A(?=[ ])                                 # A fire
        | [^\W\d_a-zа-яё]{2,5}(?=[ ][^\W\d_])      # EU leaders
        | (?:[A-Z]\.){2,3}                         # U.S. stocks
    )
    [^\n]{30,}[.!?…"”’»)][^\S\n]*$
    """,
    re.VERBOSE | re.MULTILINE,
)
"""A sentence or more, to the end of its line."""

_TOWN_NOUNS = frozenset(
    "city council borough county mayor university college airport united rovers town "
    "wanderers athletic hotspur saint-germain fc hospital cathedral museum zoo marathon district "
    "school magistrates crown court times post herald daily evening central based area metro "
    "residents road street avenue square lane bridge park".split()
)
"""Nouns that make a name with the town before them: `LEEDS United`, `READING Borough Council`."""

_GIVEN_NAMES = frozenset(
    "austin beverly camden carmel chelsea charlotte clifton dakota devon eugene florence georgia "
    "george helena jackson jordan lincoln madison milton nelson paris preston regina savannah "
    "sofia sydney trent victoria warren winston".split()
)
"""Towns that are given names too: `VICTORIA Beckham said` opens no dateline."""

_SENTENCE_BEFORE = re.compile(r"[.!?][”\"]?[^\S\n]*\n")
"""Text of the story before the line, which cannot be its first."""

_NO_SURNAME = re.compile(r"A|An|The|Police|.*s")


def score_evidence(parsed: ParsedDateline, text: str, end: int) -> int:
    """Return the weight of the evidence, in the units of MIN_SCORE; -1 if a rule excludes the line.

    Args:
        parsed: The line.
        text: The full text.
        end: End of the paragraph.
    """
    if _is_excluded(parsed, text, end):
        return -1
    weight = 0
    if parsed.credit:
        weight += 4 if parsed.credit.known else 1
    if parsed.date:
        weight += 2
    if parsed.places:
        weight += _weigh_place(parsed)
    is_closed = parsed.closing in _DASHES or parsed.closing == ":"
    # The rules ask more of a bare place than weights can say: `LISBON Shares fell`.
    is_bare = not (parsed.credit or parsed.date) and is_place(parsed.places[0].name)
    return weight + is_closed + is_bare


def _weigh_place(parsed: ParsedDateline) -> int:
    place = parsed.places[0]
    weight = int(place.is_capitals)
    if any(is_area(word) for word in place.qualifiers):
        weight += 2 if place.is_capitals else 1
    if any(is_place(other.name) for other in parsed.places):
        return weight + 2
    # `Yesterday -`: an unknown word without capitals and date counts against the line.
    return weight if place.is_capitals or parsed.date else weight - 2


def _is_excluded(parsed: ParsedDateline, text: str, end: int) -> bool:
    in_brackets = parsed.is_credited and parsed.credit_form is not CreditForm.BARE
    if any(_is_no_place(place, is_credited=in_brackets) for place in parsed.places):
        return True
    if _is_incomplete(parsed):
        return True
    if parsed.credit is None:
        return _is_uncredited_excluded(parsed, text, end)
    if parsed.credit.known:
        is_open = parsed.closing in {"", "."}
        return is_open and not _may_lack_dash(parsed, text, end)
    # `OSLO (Weekly) -` credits an unknown agency; `PARIS (Texas) -` names a place.
    return parsed.closing not in _DASHES or (not parsed.date and is_place(parsed.credit.agency))


def _is_incomplete(parsed: ParsedDateline) -> bool:
    """True for a line without a place, or with a day alone, that no known agency vouches for."""
    if parsed.is_credited:
        return False
    # `June 26 (Weekly) -` may lack its place, `June 26 -` is a sentence's beginning.
    if not parsed.places and not (parsed.date and parsed.credit):
        return True
    # `MADRID, 3 (EUROPA PRESS)`: a day without its month
    return parsed.order is DateOrder.DAY


def _is_no_place(place: PrintedPlace, *, is_credited: bool) -> bool:
    """True for a printed place that is the beginning of a byline, a kicker or a month."""
    words = place.name.casefold().split()
    # `REUTERS -` is no place; `MINA (AP) -` and `PETRA (AP) -` are, though agencies are called so.
    if bare_credit(place.name):
        return not (is_credited and is_place(place.name))
    # `Nice -` begins a caption, `NICE (AP) -` and `AT SEA (AP) -` are datelines.
    if words[0] in _NO_PLACE:
        return not (is_credited and (_is_at_sea(place, words) or is_place(place.name)))
    # `The Hague -`, `THE GEORGIAN BORDER (AP) -`
    if words[0] == "the":
        return not (is_place(place.name) or (is_credited and place.is_capitals))
    return len(words) == 1 and is_month(words[0])


def _is_at_sea(place: PrintedPlace, words: Sequence[str]) -> bool:
    """`ON THE GEORGIAN BORDER`, `ABOARD THE USS NIMITZ`: a dateline without a town, in capitals."""
    return words[0] in _AT_SEA and len(words) > 1 and place.is_capitals


def _may_lack_dash(parsed: ParsedDateline, text: str, end: int) -> bool:
    """True if a credited line may end without a dash: `Mumbai, Dec 9 (PTI) Two ...`."""
    # `MOSCOW, June 26. /TASS/. Talks`
    if parsed.credit_form is CreditForm.SLASHES:
        return True
    if not parsed.places and not parsed.date:
        return False
    # `MUMBAI (PTI)` on a line of its own
    is_alone = not text[parsed.rest : end].split("\n", 1)[0].strip()
    if is_alone:
        return bool(parsed.date) or parsed.places[0].is_capitals
    following = _OPENING.match(text, parsed.rest, end)
    if following is None:
        return False
    if parsed.date:
        return _begins_sentence(following["first"])
    # Without a date `Moe of Oslo (AP) Reporters` must not pass: only a prominent town, or capitals.
    is_town = prominence(parsed.places[0].name) >= PROMINENT
    return (parsed.places[0].is_capitals or is_town) and following["first"].isupper()


def _begins_sentence(first: str) -> bool:
    return first.isupper() or first.isdigit()


def _is_uncredited_excluded(parsed: ParsedDateline, text: str, end: int) -> bool:
    """True if a line that names no agency leaves any doubt."""
    following = _OPENING.match(text, parsed.rest, end)
    if following is None and parsed.closing in {"", "."}:
        return not _may_stand_alone(parsed)
    if not parsed.closing and not parsed.date:
        return not _may_lack_mark(parsed, text, end)
    if not _has_uncredited_closing(parsed):
        return True
    if following is None:
        # `PARIS —` at the end of its paragraph; a hyphen or colon there ends a subhead.
        return parsed.closing not in {"_", "--", "—", "–"} and not parsed.date
    # `PARIS - the city of light`, `PARIS - May 2024`
    if not _begins_sentence(following["first"]):
        return True
    if read_printed_date(text, following.start("first"), end):
        return True
    if parsed.date:
        return _is_caption(parsed, text, end)
    return _is_bare_place_excluded(parsed, text, end)


def _may_lack_mark(parsed: ParsedDateline, text: str, end: int) -> bool:
    """`LISBON Shares fell`, `LAC LA BICHE, Alberta A fire`: places in capitals before a sentence.

    `READING Borough Council`, `LEEDS United` are no datelines: the town belongs to the next word,
    here or elsewhere in the text. Source: Reuters' pages of 2016, which lost credit and dash.
    """
    lead = _LEAD.match(text, parsed.rest, end)
    if not lead or not all(place.is_capitals for place in parsed.places):
        return False
    # A dateline opens its text.
    if _SENTENCE_BEFORE.search(text, 0, parsed.span.start):
        return False
    if _is_part_of_name(parsed.places[-1], lead["word"], text):
        return False
    if _is_before_headline(text, parsed.rest, end) or _is_country_kicker(parsed.places[0]):
        return False
    # With its area named a small place will do: `LAC LA BICHE, Alberta`.
    if any(is_area(word) for place in parsed.places for word in place.qualifiers):
        return all(is_place(place.name) for place in parsed.places)
    return all(prominence(place.name) >= PROMINENT for place in parsed.places)


def _is_part_of_name(place: PrintedPlace, following: str, text: str) -> bool:
    """`LEEDS United`, `VICTORIA Beckham`: True if the place and the next word are one name."""
    # `BOSTON Celtics beat ...`: the text says `Boston Celtics` elsewhere.
    if following.lower() in _TOWN_NOUNS or f"{place.name.title()} {following}" in text:
        return True
    return place.name.lower() in _GIVEN_NAMES and not _NO_SURNAME.fullmatch(following)


def _has_uncredited_closing(parsed: ParsedDateline) -> bool:
    """True for a dash or colon, for a full stop only in `MINSK, 26 June. The panel met`.

    That line has lost its agency; with another separator a full stop ends a sentence.
    """
    if parsed.closing == ".":
        return parsed.separator == "," and _may_stand_alone(parsed)
    return parsed.closing in _DASHES or parsed.closing == ":"


def _may_stand_alone(parsed: ParsedDateline) -> bool:
    """`BEIJING, July 23` with nothing behind it, as structured feeds put it before the text."""
    place = parsed.places[0]
    return parsed.date is not None and place.is_capitals and is_place(place.name)


def _is_caption(parsed: ParsedDateline, text: str, end: int) -> bool:
    """`OSLO, May 3, 2024 - A man walks past ...`: captions print the year."""
    if not (parsed.date and parsed.date.year):
        return False
    return bool(_CAPTION.match(text, parsed.rest, min(end, parsed.rest + _CAPTION_HEAD)))


def _is_known_town(name: str) -> bool:
    return prominence(name) >= PROMINENT and not country_of(name)


def _is_bare_place_excluded(parsed: ParsedDateline, text: str, end: int) -> bool:
    """True if a place without date and agency leaves any doubt."""
    if _is_before_headline(text, parsed.rest, end):
        return True
    place = parsed.places[0]
    # `DES MOINES, Iowa -` may have a hyphen, `Des Moines, Iowa —` only a long dash.
    if any(is_area(word) for word in place.qualifiers):
        return parsed.closing not in (_DASHES if place.is_capitals else _LONG_DASHES)
    if place.qualifiers:
        return True
    # `Madrid -- The council`: only the typist's dash closes a place in small letters.
    if not place.is_capitals:
        return parsed.closing != "--" or not _is_known_town(place.name)
    if _is_country_kicker(place):
        return True
    if parsed.closing == ":":
        return _is_colon_excluded(parsed, text)
    return _is_obscure(parsed)


def _is_obscure(parsed: ParsedDateline) -> bool:
    """True for small places, which a kicker may be named like: `MARCH - `, `READY - `."""
    # `NUSA DUA – The council`: a small town of two words is no kicker by accident.
    name = parsed.places[0].name
    if parsed.closing in _LONG_DASHES and " " in name and is_place(name):
        return False
    return all(prominence(place.name) < PROMINENT for place in parsed.places)


def _is_country_kicker(place: PrintedPlace) -> bool:
    """`GREECE - ...` is a kicker; `KUWAIT - ...` is a dateline, as the capital has the name too."""
    return bool(country_of(place.name)) and prominence(place.name) < PROMINENT_COUNTRY


def _is_before_headline(text: str, at: int, end: int) -> bool:
    """`PARIS - TALKS FAIL`, `PARIS: City of Light`, `PARIS–NICE - ...`: no lead follows."""
    return _is_in_capitals(text, at, end) or _is_title(text, at, end) or _is_route(text, at, end)


def _is_route(text: str, at: int, end: int) -> bool:
    """`PARIS–NICE - ...`: a route or a race. A country may follow: `PARIS - US talks failed`."""
    paired = _NEXT_IN_CAPITALS.match(text, at, end)
    return bool(paired and prominence(paired["word"]) and not country_of(paired["word"]))


def _is_colon_excluded(parsed: ParsedDateline, text: str) -> bool:
    """True for a place with a colon that is a transcript's speaker or a title."""
    if len(_SPEAKER_LABEL.findall(text, 0, _TRANSCRIPT_HEAD)) > 1:
        return True
    if _NAME_OF_A_WORK.match(text, parsed.rest):
        return True
    place = resolve(parsed.places[0].name)
    is_usual = place is not None and place.iso in _COLON_COUNTRIES
    least = PROMINENT if is_usual else PROMINENT_BEFORE_COLON
    return all(prominence(other.name) < least for other in parsed.places)


def _is_title(text: str, at: int, end: int) -> bool:
    """`PARIS: City of Light`: the text behind the line is short and ends without a full stop."""
    following = text[at:end].strip()
    return 0 < len(following) < _LONG_TITLE and following[-1] not in _SENTENCE_END


def _is_in_capitals(text: str, at: int, end: int) -> bool:
    """True if the text behind a line is in capitals: a headline or a rubric, not a lead."""
    letters = [char for char in text[at : min(end, at + _LEAD_HEAD)] if char.isalpha()]
    return sum(char.isupper() for char in letters) > len(letters) * _CAPITALS_SHARE
