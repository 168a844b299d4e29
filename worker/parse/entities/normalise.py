"""Normalisation of tagged spans: the extent of each name, its usual form and its lexicon entry."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from types import MappingProxyType

from worker.model import EntityLabel
from worker.parse.entities.lexicon import Lexicon, load_lexicon
from worker.parse.entities.name_grammar import NameMention
from worker.parse.entities.tagger import TaggedSpan
from worker.parse.places import country_of

__all__ = ["name_mentions", "read_ticker"]

# Python 3.11 looks an enum's attribute up slowly, and these are read for every name.
_PERSON, _ORG, _GPE = EntityLabel.PERSON, EntityLabel.ORG, EntityLabel.GPE

_FORMS_OF_ADDRESS = frozenset(
    "Sheikh Sir Mullah Imam Datuk President Senator General Colonel Judge".split()
)

_PARTY_AND_STATE = re.compile(r"[RDI]-[A-Z][\w. ]+")
"""A party's letter before a senator's state: "R-Ohio"."""

_OFFICE_OF = re.compile(
    r"(?:Governor|Head|President|Director|Chairman|Chairwoman|Chief|Rector|Secretary)"
    r"[ ]of[ ](?:the[ ])?(?=[A-Z])"
)
"""An office before the organisation that it belongs to: "Governor of the Bank of Russia"."""

_TO_VERBS = frozenset(
    "Back Ban Beat Block Bring Call Challenge Debate Depose Endorse Face Fight Fire Free Give Help"
    " Hire Hold Honor Host Impeach Jail Join Keep Lead Let Make Meet Name Oppose Oust Pardon Pay"
    " Replace Rival Run Save Seek Send Stop Succeed Sue Support Take Tell Try Visit".split()
)
"""Verbs that stand before a name in a headline with every word in capitals: "Moe to Face Lind"."""

_TRADE = re.compile(
    r"(?:[A-Z][a-z]+maker|Miner|Brewer|Insurer|Lender|Retailer|Airline|Utility)[ ](?=[A-Z])"
)
"""The trade of a firm before its name, at the head of a sentence: "Carmaker Volta"."""

_POSTNOMINALS = re.compile(r",?[ ](?:KC|QC|SC|MP|MSP|MEP|MLA|OBE|MBE|CBE|KBE|DBE|PhD)\Z")
"""Letters behind a name for honours and degrees, which are no part of it: "Ann Moe KC"."""

_INITIALS = re.compile(r"(?<![\w.])(?:[A-Z]\.[ ]?){1,3}\Z")
_INITIALS_REACH = 12
_REGION_NOUN = re.compile(r"[ ](?:region|oblast|krai)\b(?!['’])")
"""Behind a name as TASS prints it; `Punjab province` and `Kent county` are tagged without it."""

_CURRENCY = re.compile(
    r"(?:USD|EUR|GBP|JPY|CHF|CNY|RUB|UAH|BYN|KZT|UZS|GEL|AZN|AMD|TRY|PLN|CZK|HUF|SEK|NOK|DKK|INR)"
    r"(?=[ ]?\d)"
)
"""A currency's code before an amount: `KZT 7.2 billion`. Source: ISO 4217."""

_CODE = r"\.[A-Z]{2,6}|[A-Z0-9]{1,6}\.[A-Z]{1,3}(?![A-Z.])|[A-Z]{2,4}c[1-9]"
_INSTRUMENT = re.compile(rf"[(<]?(?:{_CODE})[)>]?")
_TICKER = re.compile(rf"[ ](?:[(<](?:[A-Z]+:[ ]?)?(?P<marked>{_CODE})[)>]|(?P<code>{_CODE})\b)")

_ABBREVIATED = re.compile(
    r"[ ](?:Inc|Co|Corp|Ltd|Bros)\Z"
    r"|,[ ](?:Ala|Ariz|Ark|Calif|Colo|Conn|Del|Fla|Ga|Ill|Ind|Kan|Ky|La"
    r"|Mass|Md|Mich|Minn|Miss|Mo|Mont|Neb|Nev|Okla|Ore|Pa|Tenn|Va|Vt|Wash|Wis|Wyo)\Z"
)
"""Abbreviations at the end of a name, whose full stop belongs to it. Source: AP stylebook, "state
names"."""

_INDEX_CODE = re.compile(r"[ ][(<]\.[A-Z]")

_FIRM_CODE = re.compile(r"[ ][(<](?:[A-Z0-9]{2,6}\.[A-Z]{1,2}|[A-Z]\.[NO])[)>]")
_FIRM = re.compile(r"\b[A-Z][\w&'’-]+(?:[ ][A-Z][\w&'’-]+){0,3}\Z")
_FIRM_REACH = 60
"""Code points before an instrument's code among which the firm's name is looked for."""

_HYPHENATED = re.compile(r"\w+-\w+\b")
_SENTENCE_GAP = re.compile(
    r"(?<=[a-z]{3})(?<!\bCorp)(?<!\bBros)(?<!\bProf)(?<!\bRegt)(?<!\bMass)(?<!\bTenn)[.]\s+(?=[A-Z])"
)
"""The end of a sentence inside a span; abbreviations that long are no end."""

_NO_NAMES = frozenset({"I", "God"})
_FIXED_LABELS = MappingProxyType({"Brexit": EntityLabel.EVENT})
"""Labels of names that have a single meaning in news."""

_SMALL_REGION = re.compile(r"[Ee](?<!\w.)uro(?:[ ]?zone|[ ]area)\b")
"""A region that is printed in small letters, in which no name is looked for."""

_MISTAKEN_CODES = frozenset({EntityLabel.ORG, EntityLabel.PERSON})

_LONGEST_ACRONYM = 4
"""Letters. A longer word in capitals is a name in capitals, unless the lexicon says otherwise."""


def name_mentions(
    full: str, tagged: Sequence[TaggedSpan], listed: Sequence[NameMention]
) -> list[NameMention]:
    """Return the tagged spans as mentions, each with its usual form and its lexicon entry.

    Args:
        full: The full text.
        tagged: The spans that the network found.
        listed: The names that the rule tagger found; a span that is also listed keeps that name.
    """
    lexicon = load_lexicon()
    by_span = {(mention.start, mention.end): mention for mention in listed}
    mentions: list[NameMention] = []
    for span in _whole_spans(full, _with_missed(full, tagged), lexicon):
        after = mentions[-1].end if mentions else 0
        start, end, label = _extend(full, _trim(full, span, lexicon), after)
        if label in _MISTAKEN_CODES and _is_no_name(full, start, end):
            continue
        label = _FIXED_LABELS.get(full[start:end], label)
        own = by_span.get((start, end))
        name = own.name if own else _usual_form(full[start:end], lexicon)
        entry = lexicon.entries.get(name)
        # `Georgia` tagged as a person is not the country that the lexicon holds.
        if entry and entry.label is not label:
            entry = None
        mentions.append(NameMention(start, end, label, name, entry))
    return mentions


def _with_missed(full: str, tagged: Sequence[TaggedSpan]) -> Sequence[TaggedSpan]:
    """Return the spans, with names that their form shows: `Etsy (ETSY.O)`, `the euro zone`."""
    new = [TaggedSpan(*zone.span(), EntityLabel.LOC) for zone in _SMALL_REGION.finditer(full)]
    new += _listed_firms(full)
    if not new:
        return tagged
    starts = [span.start for span in tagged]
    missed = [
        added
        for added in new
        if not (before := bisect_left(starts, added.end)) or tagged[before - 1].end <= added.start
    ]
    return sorted([*tagged, *missed])


def _listed_firms(full: str) -> Iterator[TaggedSpan]:
    """Yield the firms that an instrument's code follows."""
    for code in _FIRM_CODE.finditer(full):
        firm = _FIRM.search(full, max(0, code.start() - _FIRM_REACH), code.start())
        if firm:
            yield TaggedSpan(firm.start(), firm.end(), _ORG)


def _whole_spans(full: str, tagged: Sequence[TaggedSpan], lexicon: Lexicon) -> Iterator[TaggedSpan]:
    """Yield the spans, joined at a hyphen and parted at the end of a sentence.

    `ITAR-TASS` is listed, so it is a single name; `through Moe. Arsenal` are two.
    """
    after = 0
    for span in tagged:
        start, end = span.start, span.end
        if start < after:
            continue
        if full.startswith("-", end):
            joined = _HYPHENATED.match(full, start)
            if joined and joined[0] in lexicon.entries:
                end = after = joined.end()
        for gap in _SENTENCE_GAP.finditer(full, start, end):
            yield TaggedSpan(start, gap.start(), span.label)
            start = gap.end()
        yield TaggedSpan(start, end, span.label)


def _is_no_name(full: str, start: int, end: int) -> bool:
    """Return True for "I" and "God", and for codes of currencies, instruments and indices.

    `USD 5 million`, `NVDA.O`; `Dow Jones Industrial Average (.DJI)`: an index's code begins with a
    full stop.
    """
    if _INDEX_CODE.match(full, end) or full[start:end] in _NO_NAMES:
        return True
    if _INSTRUMENT.fullmatch(full, start, end) or (full[start - 1 : start] == "." and start):
        return True
    currency = _CURRENCY.match(full, start)
    return currency is not None and currency.end() == end


def read_ticker(full: str, mention: NameMention) -> str | None:
    """Return the instrument code behind a company's name: `Nvidia NVDA.O`, `Etsy (ETSY.O)`.

    Source: the instrument codes in Reuters' published copy.
    """
    match = _TICKER.match(full, mention.end)
    return match["code"] or match["marked"] if match else None


def _extend(full: str, span: TaggedSpan, after: int) -> TaggedSpan:
    """Return the span with what belongs to it: `A. Moe`, `Kharkov region`, `Lind Securities Co.`.

    Initials begin at `after`, where the mention before ends: in `U.S. Moe` there are none.
    """
    start, end, label = span
    if full.startswith(".", end) and _ABBREVIATED.search(full, max(0, start - 2), end):
        return TaggedSpan(start, end + 1, label)
    if label is _PERSON:
        initials = _INITIALS.search(full, max(after, start - _INITIALS_REACH), start)
        return TaggedSpan(start - len(initials[0]), end, label) if initials else span
    if label is _ORG:
        # `Chevron CVX.N`: the code's stop ended the span.
        cut = full.rfind(" ", start, end)
        is_code = cut > 0 and full[end : end + 1] == "." and _TICKER.match(full, cut)
        return TaggedSpan(start, cut, label) if is_code else span
    noun = _REGION_NOUN.match(full, end) if label is _GPE else None
    if noun and not country_of(full[start:end]):
        return TaggedSpan(start, noun.end(), label)
    return span


def _trim(full: str, span: TaggedSpan, lexicon: Lexicon) -> TaggedSpan:
    """Return the span without words at its edges that are no part of the name."""
    start, end, label = span
    if _PARTY_AND_STATE.fullmatch(full, start, end):
        return TaggedSpan(start + 2, end, _GPE)
    first, _, rest = full[start:end].partition(" ")
    if label is _ORG and first == "Venerable" and rest:
        return TaggedSpan(end - len(rest), end, _PERSON)
    if label is _ORG:
        lead = _OFFICE_OF.match(full, start, end) or _TRADE.match(full, start, end)
        return TaggedSpan(lead.end(), end, label) if lead else span
    return _trim_person(full, span, lexicon) if label is _PERSON else span


def _trim_person(full: str, span: TaggedSpan, lexicon: Lexicon) -> TaggedSpan:
    """Return the span without address, headline verb and letters: `Sheikh Ann Moe KC`."""
    start, end, label = span
    first, _, rest = full[start:end].partition(" ")
    is_verb = first in _TO_VERBS and full.endswith("to ", 0, start)
    is_title = first.rstrip(".").lower() in lexicon.abbreviations or first in _FORMS_OF_ADDRESS
    if rest[:1].isupper() and (is_verb or is_title):
        start = end - len(rest)
    letters = _POSTNOMINALS.search(full[start:end])
    return TaggedSpan(start, start + letters.start() if letters else end, label)


def _usual_form(words: str, lexicon: Lexicon) -> str:
    """Return the name with single blanks, in title case if it is printed in capitals."""
    name = " ".join(words.split())
    if not name.isupper() or name in lexicon.entries or len(name) <= _LONGEST_ACRONYM:
        return name
    return " ".join(lexicon.upper.get(word, word.title()) for word in name.split())
