"""The scanner: a position in a line, and methods that read the smallest parts of a dateline."""

import re

from worker.model import Span
from worker.parse.dateline.agencies import Credit, bare_credit, opens_credit
from worker.parse.dates import PrintedDate, is_month, read_printed_date
from worker.parse.places import is_area

__all__ = ["LineScanner"]

_MOST_WORDS = 6
_LONGEST_BRACKET = 80

_WORD = re.compile(r"(?:[^\W\d_]\.){2,4}|[^\W\d_]+(?:(?:['’`ʼ?‐-]|[ ]?&?\#39;)[^\W\d_]+)*")
"""`N.Y.`, `L'AQUILA`, `ROSTOV-ON-DON`; also an apostrophe that a converter left as `?` or `#39;`:
`N?DJAMENA`, `ST. JOHN #39;S`."""
_PARTICLE = re.compile(
    r"(?:de|del|de la|la|las|los|le|les|du|of|the|da|do|dos|di|el|al|am|an der|an|der|sur|upon|on"
    r"|in|y|и|на)(?=\s[^\W\d_])"
)
"""Small words inside a place: `Rio de Janeiro`, `Frankfurt an der Oder`."""
_SHORTENED = frozenset("st ste ft mt pt с ст г sta".split())
"""Abbreviations inside places: St. Petersburg, Ft. Meade, С.-Петербург."""

_QUALIFIER = re.compile(r"[^\W\d_](?:[\w'’.-]*\w)?\.?")
"""`Texas`, `Calif.`, `N.C.`"""
_SPACES = re.compile(r"[^\S\n]*")
_CLOSING = re.compile(r"[^\S\n]*(?P<mark>\.?[-–—―−_]{1,3}|:|&(?:mdash|ndash|\#8211|\#8212);)")
"""`-`, `--`, ANPA's `_`, EFE's `.-`, `:`; also a dash that was escaped twice: `PARIS &mdash;`."""
_BARE = re.compile(r"[^\W\d_](?:[\w.&'’-]*\w)?(?:[ ](?:-[ ])?[^\W\d_](?:[\w.&'’-]*\w)?){0,2}")
"""`RIA Novosti`, `INTERFAX.RU`, `ИНТЕРФАКС - ДАЛЬНИЙ ВОСТОК`: as many words as an agency's name has
without brackets."""
_SHIP = re.compile(r"[ ](?:\"[^\"\n]{2,40}\"|«[^«»\n]{2,40}»)(?=,[ ]?\d)")
"""The name in marks behind a place in capitals: `БОРТ ЛЕДОКОЛА "ЯМАЛ", 12 марта`."""
_BEFORE_DAY = re.compile(r"\.?[ \u00a0]{0,2}\d")
_AND_MORE = re.compile(r"[ ](?:and|&|AND)[ ](?P<more>[^\W\d_][\w'’.-]*(?:[ ][^\W\d_][\w'’.-]*)?)")
"""The second half of a country with two names: `Trinidad and Tobago`."""
_ENTITY_DASHES = {"&mdash;": "—", "&ndash;": "–", "&#8212;": "—", "&#8211;": "–"}
_ODD_DASHES = {ord("―"): "—", ord("−"): "–"}
_BRACKETS = {"(": ")", "/": "/", "[": "]"}


class LineScanner:
    """A position in a line. A `read_` method moves on if it can read its part, else it stays."""

    __slots__ = ("_date", "_date_at", "at", "end", "text")

    def __init__(self, text: str, at: int, end: int) -> None:
        self.text = text
        self.at = at
        self.end = end
        self._date_at = -1
        self._date: PrintedDate | None = None

    def find_date(self) -> PrintedDate | None:
        """Return the date that begins here, without moving; the last answer is kept."""
        if self._date_at != self.at:
            self._date_at, self._date = self.at, read_printed_date(self.text, self.at, self.end)
        return self._date

    def peek(self) -> str:
        """Return the next code point, "" at the end."""
        return self.text[self.at] if self.at < self.end else ""

    def skip_spaces(self) -> bool:
        """Move over spaces; return True if there were any."""
        before = self.at
        if before >= self.end or not self.text[before].isspace():
            return False
        if self.text[before] == " " and not self.text[before + 1 : before + 2].isspace():
            self.at = before + 1  # one space: nearly always
            return True
        self.at = _SPACES.match(self.text, self.at, self.end).end()  # type: ignore[union-attr]
        return self.at > before

    def read_words(self) -> Span | None:
        """Read the words of a place: up to six, in the same case except for particles."""
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
        if capitals and (ship := _SHIP.match(self.text, stop, self.end)):
            stop = ship.end()
        self.at = stop
        return Span(start, stop)

    def _next_word(self, stop: int) -> re.Match[str] | None:
        """Return the word behind the space or hyphen at `stop`, particles passed over."""
        if stop >= self.end or self.text[stop] not in " \u00a0-":
            return None
        particle = _PARTICLE.match(self.text, stop + 1, self.end)
        return _WORD.match(self.text, particle.end() + 1 if particle else stop + 1, self.end)

    def _belongs(self, follower: re.Match[str], *, capitals: bool) -> bool:
        """True if a word belongs to the place before it, which is in capitals or not."""
        word = follower[0]
        # `PARIS Talks`, `Paris TALKS`; `Washington DC` is a place.
        if not _is_printed_alike(word, capitals=capitals):
            return False
        # `NEW YORK A coalition`
        if word == "A":
            return False
        # `Mumbai Dec 9`
        if is_month(word) and _BEFORE_DAY.match(self.text, follower.end()):
            return False
        # `SYDNEY AAP -`
        return bare_credit(word) is None or not _CLOSING.match(self.text, follower.end(), self.end)

    def _past_stop(self, word: re.Match[str]) -> int:
        """Return the end of a word, behind the full stop if it is an abbreviation (`St.`)."""
        end = word.end()
        if self.text[end : end + 1] == "." and word[0].casefold() in _SHORTENED:
            return end + 1
        return end

    def read_qualifier(self) -> str | None:
        """Read a region behind a comma: up to four words with capitals, "W. Va." included."""
        start = stop = self.at
        for _ in range(4):
            word = _QUALIFIER.match(self.text, self.at, self.end)
            if not word or not word[0][0].isupper() or self.find_date():
                break
            if stop > start and self.is_at_credit():
                break
            stop = self.at = self._qualifier_end(start, word)
            if self.text[stop : stop + 1] != " ":
                break
            self.at += 1
        stop = self._before_lead(start, stop)
        self.at = stop = self._past_second_name(start, stop)
        return self.text[start:stop] or None

    def _before_lead(self, start: int, stop: int) -> int:
        """Return the end of a region without words of the sentence behind it, where no mark stands.

        `SYDNEY, Australia Police said`: the region is Australia.
        """
        following = self.text[stop : stop + 2]
        if not (following[:1] == " " and following[1:].isalpha()) or is_area(self.text[start:stop]):
            return stop
        for space in range(stop - 1, start, -1):
            if self.text[space] == " " and is_area(self.text[start:space]):
                return space
        return stop

    def _past_second_name(self, start: int, stop: int) -> int:
        """Return the end of a country with two names (Trinidad and Tobago), else `stop`."""
        more = _AND_MORE.match(self.text, stop, self.end)
        while more and stop > start:
            if is_area(self.text[start : more.end()]):
                return more.end()
            shorter = self.text.rfind(" ", more.start("more"), more.end())
            more = _AND_MORE.match(self.text, stop, shorter) if shorter > 0 else None
        return stop

    def is_at_credit(self) -> bool:
        """True if an agency's name in a single word follows."""
        word = _WORD.match(self.text, self.at, self.end)
        return bool(word and bare_credit(word[0]))

    def _qualifier_end(self, start: int, word: re.Match[str]) -> int:
        """Return the end of a region's word, without a full stop that ends the sentence."""
        if not word[0].endswith("."):
            return word.end()
        # `N.C.`, `Calif.`
        if "." in word[0][:-1] or is_area(self.text[start : word.end()]):
            return word.end()
        # `W. Va.`: an abbreviation together with the next word
        following = _QUALIFIER.match(self.text, word.end() + 1, self.end)
        if following and is_area(self.text[start : following.end()]):
            return word.end()
        return word.end() - 1

    def read_bracket(self) -> tuple[str, str] | None:
        """Read words in brackets or slashes; return them with the opening mark: `(`, `[` or `/`."""
        opening = self.peek()
        closing = _BRACKETS.get(opening)
        if closing is None:
            return None
        stop = self.text.find(closing, self.at + 1, min(self.end, self.at + _LONGEST_BRACKET))
        if stop < 0:
            return None
        inside = self.text[self.at + 1 : stop]
        # `TRIPOLI / ANKARA`: slashes between places; `(AP )` and `/ТАСС /` are typing errors.
        is_joint = opening == "/" and inside[:1].isspace() != inside[-1:].isspace()
        if is_joint and not bare_credit(inside.strip()):
            return None
        self.at = stop + 1
        return inside.strip(), opening

    def read_bare_credit(self) -> Credit | None:
        """Read a known agency of up to three words without brackets."""
        if not self.peek().isalpha():
            return None
        candidate = _BARE.match(self.text, self.at, self.end)
        if candidate is None or not opens_credit(candidate[0]):
            return None
        stop = candidate.end()
        while stop > self.at:
            words = self.text[self.at : stop]
            if credit := bare_credit(words):
                self.at = stop
                return credit
            stop = self.text.rfind(" ", self.at, stop)
        return None

    def read_closing(self, *, dated: bool = False) -> str:
        """Read the mark that ends a dateline; a hyphen inside a word ("TEHRAN-based") does not.

        Args:
            dated: A date stands before it, behind which a hyphen ends the line even before a word:
                "MARCH 31-The index rose".
        """
        closing = _CLOSING.match(self.text, self.at, self.end)
        if not closing:
            if self.peek() != ".":
                return ""
            self.at += 1
            return "."
        mark, following = closing["mark"], self.text[closing.end() : closing.end() + 1]
        is_joined = (
            mark == "-" and closing.start("mark") == self.at and self.text[self.at - 1].isalnum()
        )
        if is_joined and not following.isspace() and not (dated and following.isupper()):
            return ""
        self.at = closing.end()
        return _ENTITY_DASHES.get(mark, mark.translate(_ODD_DASHES))

    def is_at_full_stop(self) -> bool:
        """True if a full stop and a space follow."""
        return self.peek() == "." and self.text[self.at + 1 : self.at + 2].isspace()

    def is_at_closing(self) -> bool:
        """True if a mark that ends a dateline follows."""
        return _CLOSING.match(self.text, self.at, self.end) is not None


def _is_printed_alike(word: str, *, capitals: bool) -> bool:
    if capitals:
        return word[0].isupper() and word.isupper()
    return word[0].isupper() and not (word.isupper() and len(word) > 2)
