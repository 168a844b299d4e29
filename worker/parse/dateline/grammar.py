"""The grammar of a dateline: one pass from the left over the head of a line.

    frame     [credit closing] [places] [date] [credit] [closing]
    places    place (("/" | "and") place)*
    place     words qualifier*
    qualifier ", words" | "(words)" | "/words/"
    credit    "(words)" | "/words/" | a known agency without brackets
    closing   "-" | "--" | "–" | "—" | "_" | ".-" | ":" | "." | nothing

The reader looks at WINDOW code points at most and never goes back over more than one of its parts.
"""

import re

from worker.model import Span
from worker.parse.dateline.agencies import Credit, bare_credit, read_credit
from worker.parse.dateline.dates import PrintedDate, is_month, read_date
from worker.parse.dateline.frame import Frame, Mark, Named
from worker.parse.places import is_area, is_place

__all__ = ["WINDOW", "read_frame"]

WINDOW = 260
"""Code points of a line that are read. The longest dateline seen has under 140."""

_MOST_WORDS = 6
_MOST_PLACES = 5
_LONGEST_BRACKET = 80

_WORD = re.compile(r"(?:[^\W\d_]\.){2,4}|[^\W\d_]+(?:['’`ʼ?‐-][^\W\d_]+)*")
_PARTICLE = re.compile(
    r"(?:de|del|de la|la|las|los|le|les|du|of|the|da|do|dos|di|el|al|am|an der|an|der|sur|upon|on"
    r"|in|y|и|на)(?=\s[^\W\d_])"
)
_SHORTENED = frozenset("st ste ft mt pt с ст г sta".split())
"""Words that keep their full stop inside a place: St. Petersburg, Ft. Meade, С.-Петербург."""

_QUALIFIER = re.compile(r"[^\W\d_](?:[\w'’.-]*\w)?\.?")
_SPACES = re.compile(r"[^\S\n]*")
_CLOSING = re.compile(r"[^\S\n]*(?P<mark>\.?[-–—_]{1,3}|:)")
_AND = re.compile(r"[^\S\n]+(?:and|AND|&|и)[^\S\n]+")
_BARE = re.compile(r"[^\W\d_](?:[\w.&'’-]*\w)?(?:[ ][^\W\d_](?:[\w.&'’-]*\w)?){0,2}")
_SIGNED = re.compile(r",[ ](?P<name>[^\W\d_]+(?:[ ][^\W\d_]+){1,2})(?=\.)")


class _Reader:
    """Where reading stands. A `read_` method moves on when it reads, and stays when it does not."""

    __slots__ = ("at", "end", "text")

    def __init__(self, text: str, at: int, end: int) -> None:
        self.text = text
        self.at = at
        self.end = end

    def peek(self) -> str:
        return self.text[self.at] if self.at < self.end else ""

    def skip_spaces(self) -> bool:
        before = self.at
        self.at = _SPACES.match(self.text, self.at, self.end).end()  # type: ignore[union-attr]
        return self.at > before

    def read_words(self) -> Span | None:
        """The words of a place: one to six, of one case, particles apart."""
        first = _WORD.match(self.text, self.at, self.end)
        if not first or not first[0][0].isupper():
            return None
        start, stop = self.at, self._past_stop(first)
        capitals = first[0].isupper() and (len(first[0]) > 1 or stop > first.end())
        for _ in range(_MOST_WORDS - 1):
            follower = self._next_word(stop)
            if not follower or not self._belongs(follower, capitals=capitals):
                break
            stop = self._past_stop(follower)
        self.at = stop
        return Span(start, stop)

    def _next_word(self, stop: int) -> re.Match[str] | None:
        """The word after the space or the hyphen at `stop`, particles passed over."""
        if stop >= self.end or self.text[stop] not in " \u00a0-":
            return None
        particle = _PARTICLE.match(self.text, stop + 1, self.end)
        return _WORD.match(self.text, particle.end() + 1 if particle else stop + 1, self.end)

    def _belongs(self, follower: re.Match[str], *, capitals: bool) -> bool:
        word = follower[0]
        shouted = word.isupper() and len(word) > 2
        if not word[0].isupper() or (capitals and not word.isupper()) or (shouted and not capitals):
            return False
        if is_month(word) and re.compile(r"\.?[ ]{1,2}\d").match(self.text, follower.end()):
            return False
        return bare_credit(word) is None or not _CLOSING.match(self.text, follower.end(), self.end)

    def _past_stop(self, word: re.Match[str]) -> int:
        """The end of a word, past the full stop of an abbreviation that a place may begin with."""
        end = word.end()
        if self.text[end : end + 1] == "." and word[0].casefold() in _SHORTENED:
            return end + 1
        return end

    def read_qualifier(self) -> str | None:
        """What narrows a place after a comma: up to four words with capitals, "W. Va." too."""
        start = stop = self.at
        for _ in range(4):
            word = _QUALIFIER.match(self.text, self.at, self.end)
            if not word or not word[0][0].isupper() or read_date(self.text, self.at, self.end):
                break
            if stop > start and self.is_at_credit():
                break
            stop = self.at = self._qualifier_end(start, word)
            if self.text[stop : stop + 1] != " ":
                break
            self.at += 1
        self.at = stop
        return self.text[start:stop] or None

    def is_at_credit(self) -> bool:
        word = _WORD.match(self.text, self.at, self.end)
        return bool(word and bare_credit(word[0]))

    def _qualifier_end(self, start: int, word: re.Match[str]) -> int:
        if (
            not word[0].endswith(".")
            or "." in word[0][:-1]
            or is_area(self.text[start : word.end()])
        ):
            return word.end()
        following = _QUALIFIER.match(self.text, word.end() + 1, self.end)
        if following and is_area(self.text[start : following.end()]):
            return word.end()
        return word.end() - 1

    def read_bracket(self) -> tuple[str, str] | None:
        """The words in round brackets or between slashes at this point, and which: `(` or `/`."""
        opening = self.peek()
        closing = {"(": ")", "/": "/"}.get(opening)
        if closing is None:
            return None
        stop = self.text.find(closing, self.at + 1, min(self.end, self.at + _LONGEST_BRACKET))
        if stop < 0 or self.text[self.at + 1].isspace():
            return None
        inside = self.text[self.at + 1 : stop]
        self.at = stop + 1
        return inside, opening

    def read_bare_credit(self) -> Credit | None:
        """A known agency of one to three words that stands without brackets."""
        found = _BARE.match(self.text, self.at, self.end)
        stop = found.end() if found else self.at
        while stop > self.at:
            words = self.text[self.at : stop]
            if credit := bare_credit(words):
                self.at = stop
                return credit
            stop = self.text.rfind(" ", self.at, stop)
        return None

    def read_closing(self) -> str:
        """The mark that ends a dateline; a hyphen inside a word ("TEHRAN-based") is none."""
        found = _CLOSING.match(self.text, self.at, self.end)
        if not found:
            if self.peek() != ".":
                return ""
            self.at += 1
            return "."
        mark, after = found["mark"], self.text[found.end() : found.end() + 1]
        joined = mark == "-" and found.start("mark") == self.at and self.text[self.at - 1].isalnum()
        if joined and not after.isspace():
            return ""
        self.at = found.end()
        return mark


def read_frame(text: str, at: int, end: int) -> Frame | None:
    """The dateline-shaped run that begins at `at`, None where there is none.

    It is only a shape: whether it is a dateline is for evidence and styles to say.
    """
    reader = _Reader(text, at, min(end, at + WINDOW))
    if reader.peek() == "(":
        return _read_credit_first(reader)
    relayed = _read_after_credit(reader)
    return relayed or _read_places_first(reader, reader.at)


def _read_credit_first(reader: _Reader) -> Frame | None:
    """`(ANSA) - ROME, JUL 11 -` and `(Reuters) -`."""
    start = reader.at
    bracket = reader.read_bracket()
    credit = read_credit(bracket[0]) if bracket else None
    if credit is None or not credit.known:
        return None
    credit_end = reader.at
    closing = reader.read_closing()
    reader.skip_spaces()
    frame = _read_places_first(reader, start) if closing in {"-", "--", "–", "—"} else None
    if frame and frame.credit is None and frame.places and frame.closing not in {"", ".", ":"}:
        return frame.with_credit(credit, Mark.FIRST)
    return Frame(
        span=Span(start, credit_end),
        credit=credit,
        mark=Mark.ROUND,
        closing=closing,
        rest=reader.at,
    )


def _read_after_credit(reader: _Reader) -> Frame | None:
    """`EFE.-` and `INTERFAX.RU -`, an agency alone; `Canadian Press - HALIFAX (CP) -`, a relay."""
    start = reader.at
    credit = reader.read_bare_credit()
    end = reader.at
    if credit and (dated := _read_date_after_credit(reader, start, credit)):
        return dated
    closing = reader.read_closing() if credit else ""
    is_site = "." in reader.text[start:end]
    if closing in {".-", ".–", ".—"} or (is_site and closing in {"-", "–", "—"}):
        return Frame(
            span=Span(start, end), credit=credit, mark=Mark.BARE, closing=closing, rest=reader.at
        )
    if closing in {"-", "--", "–", "—"}:
        reader.skip_spaces()
        frame = _read_places_first(reader, reader.at)
        if frame and frame.is_credited:
            return frame
    reader.at = start
    return None


def _read_date_after_credit(reader: _Reader, start: int, credit: Credit) -> Frame | None:
    """`ТАСС, 26 июня.`: an agency and a date, no place."""
    before = reader.at
    separator, printed = _read_date_after(reader)
    if separator == "," and printed and (reader.text[reader.at - 1] == "." or reader.peek() == "."):
        reader.at += reader.peek() == "."
        span = Span(start, printed.span.end)
        return Frame(
            span=span, date=printed, credit=credit, mark=Mark.BARE, closing=".", rest=reader.at
        )
    reader.at = before
    return None


def _read_places_first(reader: _Reader, start: int) -> Frame | None:
    places: list[Named] = []
    printed = read_date(reader.text, reader.at, reader.end)
    if printed is None:
        places = _read_places(reader)
        if not places:
            return None
        separator, printed = _read_date_after(reader)
    else:
        separator, reader.at = "", printed.span.end
        places = _read_places_after_date(reader)
    stop = reader.at
    credit, mark = _read_credit_after(reader, dated=printed is not None)
    if mark is not Mark.NONE:
        stop = reader.at
    closing = reader.read_closing()
    if credit is None and closing in {"-", "--", "–", "—"}:
        credit, mark = _read_credit_between_dashes(reader)
        stop = reader.at if credit else stop
        closing = reader.read_closing() if credit else closing
    correspondent = None
    if credit and mark is Mark.BARE and (signed := _SIGNED.match(reader.text, stop, reader.end)):
        correspondent, stop, closing = signed["name"], signed.end(), "."
        reader.at = stop + 1
    return Frame(
        span=Span(start, stop),
        places=tuple(places),
        date=printed,
        separator=separator,
        credit=credit,
        mark=mark,
        closing=closing,
        correspondent=correspondent or (credit.correspondent if credit else None),
        rest=reader.at,
    )


def _read_places_after_date(reader: _Reader) -> list[Named]:
    """`3 мая, Минск /Корр. БЕЛТА/`: places after the date, only where a known agency follows."""
    before = reader.at
    if reader.peek() == ",":
        reader.at += 1
        reader.skip_spaces()
        places = _read_places(reader)
        after = reader.at
        credit, _ = _read_credit_after(reader, dated=False)
        if places and credit and credit.known:
            reader.at = after
            return places
    reader.at = before
    return []


def _read_places(reader: _Reader) -> list[Named]:
    places: list[Named] = []
    for _ in range(_MOST_PLACES):
        words = reader.read_words()
        if words is None:
            break
        places.append(_read_qualifiers(reader, words))
        if not _read_joint(reader):
            break
    return places


def _read_joint(reader: _Reader) -> bool:
    """True when a further place follows: past "/" or "and" then."""
    before = reader.at
    spaced = reader.skip_spaces()
    if reader.peek() == "/":
        reader.at += 1
        if reader.skip_spaces() == spaced and reader.peek().isupper():
            return True
    reader.at = before
    joint = _AND.match(reader.text, before, reader.end)
    if joint:
        reader.at = joint.end()
        if (words := reader.read_words()) and is_place(words.of(reader.text)):
            reader.at = words.start
            return True
    reader.at = before
    return False


def _read_qualifiers(reader: _Reader, words: Span) -> Named:
    """The place with all that narrows it."""
    qualifiers: list[str] = []
    stop = reader.at
    while len(qualifiers) < 3:
        found = _read_comma_qualifier(reader) or _read_bracket_qualifier(reader)
        if found is None:
            break
        qualifiers.append(found)
        stop = reader.at
    reader.at = stop
    return Named(
        name=" ".join(words.of(reader.text).split()),
        span=Span(words.start, stop),
        qualifiers=tuple(qualifiers),
    )


def _read_comma_qualifier(reader: _Reader) -> str | None:
    before = reader.at
    if reader.peek() == ",":
        reader.at += 1
        reader.skip_spaces()
        is_next_part = read_date(reader.text, reader.at, reader.end) or reader.is_at_credit()
        if not is_next_part and (found := reader.read_qualifier()):
            return found
    reader.at = before
    return None


def _read_bracket_qualifier(reader: _Reader) -> str | None:
    """A region in brackets or slashes: no credit, and known or followed by the rest of a line."""
    before = reader.at
    spaced = reader.skip_spaces()
    slashes = reader.peek() == "/"
    bracket = reader.read_bracket() if spaced or not slashes else None
    if bracket and bracket[0][:1].isupper():
        credit = read_credit(bracket[0])
        followed = reader.peek() in {",", "."} and not (credit and credit.known)
        if is_area(bracket[0]) or followed or (slashes and credit and not credit.known):
            return bracket[0]
    reader.at = before
    return None


def _read_date_after(reader: _Reader) -> tuple[str, PrintedDate | None]:
    """What separates place and date, and the date; nothing is read where no date follows."""
    before = reader.at
    separator = reader.peek() if reader.peek() in {",", "."} else ""
    reader.at += len(separator)
    reader.skip_spaces()
    printed = read_date(reader.text, reader.at, reader.end)
    if printed is None:
        reader.at = before
        return separator, None
    reader.at = printed.span.end
    return separator, printed


def _read_credit_after(reader: _Reader, *, dated: bool) -> tuple[Credit | None, Mark]:
    """The credit after place and date, however it is set off."""
    before = reader.at
    if reader.peek() in {",", "."}:
        reader.at += 1
    reader.skip_spaces()
    if bracket := reader.read_bracket():
        if credit := read_credit(bracket[0]):
            return credit, Mark.ROUND if bracket[1] == "(" else Mark.SLASHES
        reader.at = before
        return None, Mark.NONE
    if credit := reader.read_bare_credit():
        if _CLOSING.match(reader.text, reader.at, reader.end):
            return credit, Mark.BARE
        reader.at = before
        return None, Mark.NONE
    reader.at = before
    return _read_credit_after_dash(reader) if dated else (None, Mark.NONE)


def _read_credit_between_dashes(reader: _Reader) -> tuple[Credit | None, Mark]:
    """`LONDON--(BUSINESS WIRE)--`: a known agency in brackets after the first dash."""
    before = reader.at
    reader.skip_spaces()
    bracket = reader.read_bracket() if reader.peek() == "(" else None
    credit = read_credit(bracket[0]) if bracket else None
    if credit and credit.known and _CLOSING.match(reader.text, reader.at, reader.end):
        return credit, Mark.ROUND
    reader.at = before
    return None, Mark.NONE


def _read_credit_after_dash(reader: _Reader) -> tuple[Credit | None, Mark]:
    """`МОСКВА, 31 дек - РИА Новости.`: the agency after the dash, ended by a full stop or comma."""
    before = reader.at
    if reader.read_closing() in {"-", "–", "—", "--"}:
        reader.skip_spaces()
        credit = reader.read_bare_credit()
        if credit and reader.peek() in {".", ",", ":"}:
            return credit, Mark.BARE
    reader.at = before
    return None, Mark.NONE
