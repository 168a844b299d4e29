"""Tables of sport and markets, made of invented results: copy that hardly has a sentence.

A column of a table holds one kind of name. Real tables are few and alike, so these are made anew
each epoch, from the forms in tables.txt and from lists of names.
"""

import random
import re
from collections.abc import Sequence
from pathlib import Path

from corpora import Document, Marked
from marked import read_item

from worker.model import EntityLabel
from worker.parse.entities.lexicon import load_lexicon
from worker.parse.places import country_of

__all__ = ["Tables"]

_FORMS = Path(__file__).with_name("tables.txt")
_HEAD = re.compile(r"^== (?P<name>[\w-]+)(?: (?P<share>\d+))?$", re.MULTILINE)
_ROWS = re.compile(r"\* (?P<low>\d+) (?P<high>\d+) (?P<text>.*)")
_CHOICE = re.compile(r"\{([^{}]*)\}")
_FIELD = re.compile(r"<(?:(?P<low>\d+)-(?P<high>\d+)|(?P<kind>\w+)(?P<key>:\w+)?)>")

_CLUBS = (
    "{0} United|{0} City|{0} Rovers|{0} Wanderers|FC {0}|{0} FC|Real {0}|Sporting {0}|Dynamo {0}"
    "|Lokomotiv {0}|Spartak {0}|Racing {0}|Athletic {0}|{0} Athletic|{0} Rangers|AC {0}|VfB {0}"
    "|{0} County|SK {0}|Union {0}|Torpedo {0}|Inter {0}|{0} Town|Hapoel {0}|Olympique {0}"
).split("|")
_AMERICAN_TOWNS = (
    "Atlanta|Boston|Buffalo|Calgary|Charlotte|Chicago|Cincinnati|Cleveland|Dallas|Denver|Detroit"
    "|Edmonton|Houston|Indiana|Kansas City|Los Angeles|Miami|Milwaukee|Minnesota|Montreal"
    "|New Jersey|New York|Oakland|Orlando|Ottawa|Philadelphia|Phoenix|Pittsburgh|Portland"
    "|Sacramento|San Antonio|San Diego|Seattle|St. Louis|Tampa Bay|Toronto|Utah|Vancouver"
).split("|")
_SPORTS = (
    "SOCCER|SOCCER|SOCCER|RUGBY|BASKETBALL|HANDBALL|VOLLEYBALL|HOCKEY|ICE HOCKEY|WATER POLO"
).split("|")
_FIRMS = (
    "{0} Holdings|{0} Group|{0} Plc|{0} Corp|{0} Industries|{0} Mining|{0} Bank|{0} Oil|{0} Steel"
    "|{0} Foods|{0} & {1}|{0}-{1}|{0} Electric|{0} Motors|{0} Telecom|{0} AG|{0} SA|{0}"
).split("|")
_STEMS = (
    "Abercorn Altona Arvid Balfour Brandt Calder Castellan Dorran Ellice Falk Garland Hartmann"
    " Inchmore Jarvis Kestrel Lorimer Marchand Nordic Orbis Pallas Quarry Rennick Sable Tarn Ulster"
    " Vestra Walden Yarrow Zenith Delta Santos Phoenix Orion Severn Trent Clyde Humber"
).split()
_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTHS = "Jan Feb March April May June July Aug Sept Oct Nov Dec".split()
_HOME = (
    ("England", "English"),
    ("Scotland", "Scottish"),
    ("Wales", "Welsh"),
    ("Britain", "British"),
    ("U.S.", "American"),
    ("USA", "American"),
    ("West Indies", "West Indian"),
    ("Northern Ireland", "Northern Irish"),
)
"""Sides that the list of countries lacks, or has under another name; drawn three times as often."""


class Tables:
    """Documents of invented tables."""

    def __init__(
        self,
        rng: random.Random,
        given: Sequence[str],
        families: Sequence[str],
        towns: Sequence[str],
    ) -> None:
        self.rng = rng
        self.given = given
        self.families = [name for name in families if name.isalpha() and len(name) > 2]
        self.towns = [name for name in towns if len(name) < 18]
        self.nations = [*_nations(), *_HOME * 3]
        self.forms = _read_forms()

    def make(self, count: int) -> list[Document]:
        """That many documents."""
        return [self._document(number) for number in range(count)]

    def _document(self, number: int) -> Document:
        lines = _Sheet(self, self.rng).fill(self.rng.choice(self.forms))
        if self.rng.random() < 0.3:
            lines += _Sheet(self, self.rng).fill(self.rng.choice(self.forms))[2:]
        item = read_item(f"table-{number}", "\n\n".join(lines))
        marks = tuple(Marked(n.start, n.end, frozenset({n.label})) for n in item.names)
        return Document("tables", item.name, item.text, marks)


class _Sheet:
    """A table while it is filled in, with the names that it has so far."""

    def __init__(self, tables: Tables, rng: random.Random) -> None:
        self.tables, self.rng = tables, rng
        self.nations: dict[str, tuple[str, str]] = {}
        self.has_nations = rng.random() < 0.22
        self.plain = rng.random()

    def fill(self, form: Sequence[str]) -> list[str]:
        """The lines of the table, in the marks of the corpus."""
        lines: list[str] = []
        for line in form:
            rows = _ROWS.fullmatch(line)
            count = self.rng.randint(int(rows["low"]), int(rows["high"])) if rows else 1
            lines += [self._fill_line(rows["text"] if rows else line) for _ in range(count)]
        return [line for line in lines if line]

    def _fill_line(self, line: str) -> str:
        chosen = _CHOICE.sub(lambda match: self.rng.choice(match[1].split("|")), line)
        return _FIELD.sub(self._fill_field, chosen)

    def _fill_field(self, field: re.Match[str]) -> str:
        if field["low"]:
            return str(self.rng.randint(int(field["low"]), int(field["high"])))
        kind = field["kind"]
        filled = str(getattr(self, f"_{kind.lower()}")(field["key"]))
        if kind.islower():
            return filled
        label, _, name = filled.rpartition(" ") if "[" not in filled else filled.partition(" ")
        return f"{label} {name.upper()}".strip()

    # A method for each kind of field.

    def _person(self, _: str | None) -> str:
        family = self.rng.choice(self.tables.families)
        if self.rng.random() < 0.04:
            family += f"-{self.rng.choice(self.tables.families)}"
        return f"[PERSON {self.rng.choice(self.tables.given)} {family}]"

    def _family(self, _: str | None) -> str:
        initial = f"{self.rng.choice('ABCDEGHJKLMNPRSTW')}. " if self.rng.random() < 0.3 else ""
        return f"[PERSON {initial}{self.rng.choice(self.tables.families)}]"

    def _nation(self, key: str | None) -> str:
        return f"[GPE {self._country(key)[0]}]"

    def _people(self, key: str | None) -> str:
        return f"[NORP {self._country(key)[1]}]"

    def _country(self, key: str | None) -> tuple[str, str]:
        drawn = self.rng.choice(self.tables.nations)
        return self.nations.setdefault(key, drawn) if key else drawn

    def _town(self, _: str | None) -> str:
        return f"[GPE {self.rng.choice(self.tables.towns)}]"

    def _club(self, _: str | None) -> str:
        """Clubs of a league: many by their town alone."""
        form = self.rng.choice(_CLUBS) if self.rng.random() > self.plain else "{0}"
        return f"[ORG {form.format(self.rng.choice(self.tables.towns))}]"

    def _side(self, _: str | None) -> str:
        return self._nation(None) if self.has_nations else self._club(None)

    def _american(self, _: str | None) -> str:
        return f"[ORG {self.rng.choice(_AMERICAN_TOWNS)}]"

    def _firm(self, _: str | None) -> str:
        if self.rng.random() < 0.15:
            return f"[ORG {self.rng.choice(self.tables.towns)}]"
        stems = self.rng.sample([*_STEMS, *self.tables.families[:400]], 2)
        return f"[ORG {self.rng.choice(_FIRMS).format(*stems)}]"

    def _stem(self, _: str | None) -> str:
        return f"[ORG {self.rng.choice(_STEMS)}]"

    def _newsroom(self, _: str | None) -> str:
        return f"[ORG {self.rng.choice(self.tables.towns)} {self.rng.choice(['N', 'n'])}ewsroom]"

    def _league(self, _: str | None) -> str:
        return f"[ORG {self.rng.choice(['NBA', 'NHL', 'NFL', 'Major League'])}]"

    def _open(self, _: str | None) -> str:
        return f"[EVENT {self.rng.choice(self.tables.towns)} Open]"

    def _worldcup(self, _: str | None) -> str:
        return "[EVENT World Cup]"

    def _british(self, _: str | None) -> str:
        return "[NORP British]"

    def _reuters(self, _: str | None) -> str:
        return "[ORG Reuters]"

    def _sport(self, _: str | None) -> str:
        return self.rng.choice(_SPORTS)

    def _day(self, _: str | None) -> str:
        return self.rng.choice(_DAYS)

    def _code(self, _: str | None) -> str:
        return "".join(self.rng.choices("ABCDEFGHIKLMNOPRSTUVXZ", k=self.rng.randint(2, 4)))

    def _head(self, _: str | None) -> str:
        """A dateline."""
        town = self.rng.choice(self.tables.towns).upper()
        month, day = self.rng.choice(_MONTHS), self.rng.randint(1, 28)
        year = self.rng.randint(1990, 2025)
        dates = (
            f"{year}-{_MONTHS.index(month) + 1:02}-{day:02}",
            f"{month} {day}",
            f"{month} {day} ([ORG Reuters]) -",
        )
        return f"[GPE {town}] {self.rng.choice(dates)}"


def _read_forms() -> list[list[str]]:
    """The lines of each form, as often as its share."""
    parts = _HEAD.split(_FORMS.read_text(encoding="utf-8"))
    forms: list[list[str]] = []
    for share, body in zip(parts[2::3], parts[3::3], strict=True):
        forms += [body.strip().splitlines()] * int(share or 1)
    return forms


def _nations() -> list[tuple[str, str]]:
    """Names of countries with what their people are called."""
    entries = load_lexicon().entries
    peoples = {
        entry.iso: name
        for name, entry in reversed(entries.items())
        if entry.label is EntityLabel.NORP and entry.iso and name.isalpha()
    }
    return [
        (name, peoples[iso])
        for name, entry in entries.items()
        if entry.label is EntityLabel.GPE
        and (iso := country_of(name)) in peoples
        and name == entry.canonical
        and len(name) < 16
    ]
