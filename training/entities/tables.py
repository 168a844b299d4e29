"""Tables of sport and markets, made of invented results: copy that hardly has a sentence.

A column of such a table holds one kind of name. Real tables are few and alike, so these are made
anew each epoch, from the forms below and the names of `Substitutes`.
"""

import random
from collections.abc import Callable, Sequence

from corpora import Document, Marked
from marked import read_item

from worker.model import EntityLabel
from worker.parse.entities.lexicon import load_lexicon
from worker.parse.places import country_of

__all__ = ["Tables"]

_CLUBS = (
    "{0} United|{0} City|{0} Rovers|{0} Wanderers|FC {0}|{0} FC|Real {0}|Sporting {0}|Dynamo {0}"
    "|Lokomotiv {0}|Spartak {0}|Racing {0}|Athletic {0}|{0} Athletic|{0} Rangers|AC {0}|VfB {0}"
    "|{0} County|SK {0}|Union {0}|Torpedo {0}|Inter {0}|{0} Town|Hapoel {0}|Olympique {0}"
).split("|")
_NICKNAMES = (
    "Bears Bruins Comets Flyers Giants Hawks Hornets Kings Lions Pilots Pirates Rangers Rockets"
    " Saints Sharks Stars Tigers Wolves Buffaloes Miners"
).split()
_US_TOWNS = (
    "Atlanta|Boston|Buffalo|Calgary|Charlotte|Chicago|Cincinnati|Cleveland|Dallas|Denver|Detroit"
    "|Edmonton|Houston|Indiana|Kansas City|Los Angeles|Miami|Milwaukee|Minnesota|Montreal"
    "|New Jersey|New York|Oakland|Orlando|Ottawa|Philadelphia|Phoenix|Pittsburgh|Portland"
    "|Sacramento|San Antonio|San Diego|Seattle|St. Louis|Tampa Bay|Toronto|Utah|Vancouver"
).split("|")
_SPORTS = "SOCCER SOCCER SOCCER RUGBY BASKETBALL HANDBALL VOLLEYBALL HOCKEY".split() + [
    "ICE HOCKEY",
    "RUGBY UNION",
    "WATER POLO",
]
_FIRMS = (
    "{0} Holdings|{0} Group|{0} Plc|{0} Corp|{0} Industries|{0} Mining|{0} Bank|{0} Oil|{0} Steel"
    "|{0} Foods|{0} & {1}|{0}-{1}|{0} Electric|{0} Motors|{0} Telecom|{0} AG|{0} SA|{0}"
).split("|")
_FIRM_STEMS = (
    "Abercorn Altona Arvid Balfour Brandt Calder Castellan Dorran Ellice Falk Garland Hartmann"
    " Inchmore Jarvis Kestrel Lorimer Marchand Nordic Orbis Pallas Quarry Rennick Sable Tarn Ulster"
    " Vestra Walden Yarrow Zenith Delta Santos Phoenix Orion Severn Trent Clyde Humber"
).split()
_HOME = [
    ("England", "English"),
    ("Scotland", "Scottish"),
    ("Wales", "Welsh"),
    ("Britain", "British"),
    ("U.S.", "American"),
    ("USA", "American"),
    ("West Indies", "West Indian"),
    ("Northern Ireland", "Northern Irish"),
]
"""Sides that the list of countries lacks, or has under another name."""

_DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTHS = "Jan Feb March April May June July Aug Sept Oct Nov Dec".split()
_DRAWN = 8
"""Rows of a table at most, before others are drawn."""


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
        self.nations = _nations()
        self.forms: tuple[Callable[[], list[str]], ...] = (
            self._standings,
            self._standings,
            self._results,
            self._results,
            self._scorers,
            self._american_scores,
            self._american_standings,
            self._fixtures,
            self._draw,
            self._race,
            self._race,
            self._scorecard,
            self._golf,
            self._squad,
            self._stocks,
            self._currencies,
            self._medals,
            self._athletics,
            self._leaders,
            self._group,
            self._weather,
            self._ships,
            self._desk,
        )

    def make(self, count: int) -> list[Document]:
        """That many documents."""
        return [self._document(number) for number in range(count)]

    def _document(self, number: int) -> Document:
        lines = self.rng.choice(self.forms)()
        if self.rng.random() < 0.3:
            lines += self.rng.choice(self.forms)()[2:]
        item = read_item(f"table-{number}", "\n\n".join(lines))
        marks = tuple(Marked(n.start, n.end, frozenset({n.label})) for n in item.names)
        return Document("tables", item.name, item.text, marks)

    # Names.

    def _n(self, low: int, high: int) -> int:
        return self.rng.randint(low, high)

    def _person(self, *, full: bool = True) -> str:
        family = self.rng.choice(self.families)
        if self.rng.random() < 0.04:
            family += f"-{self.rng.choice(self.families)}"
        if not full:
            return f"[PERSON {family}]"
        given = self.rng.choice(self.given)
        return f"[PERSON {given} {family}]"

    def _family(self) -> str:
        """A family name, sometimes with initials: `Marlow`, `J. Marlow`."""
        family = self.rng.choice(self.families)
        initial = self.rng.choice("ABCDEGHJKLMNPRSTW")
        return f"[PERSON {initial}. {family}]" if self.rng.random() < 0.3 else f"[PERSON {family}]"

    def _town(self) -> str:
        return self.rng.choice(self.towns)

    def _nation(self) -> tuple[str, str]:
        return self.rng.choice(self.nations)

    def _clubs(self, count: int) -> list[str]:
        """Clubs of a league: most by their town alone."""
        plain = self.rng.random()
        names = []
        for town in self.rng.sample(self.towns, count):
            form = self.rng.choice(_CLUBS) if self.rng.random() > plain else "{0}"
            names.append(f"[ORG {form.format(town)}]")
        return names

    def _sides(self, count: int) -> list[str]:
        """Clubs, or now and then national teams."""
        if self.rng.random() < 0.22:
            return [f"[GPE {name}]" for name, _ in self.rng.sample(self.nations, count)]
        return self._clubs(count)

    def _firm(self) -> str:
        if self.rng.random() < 0.15:
            return f"[ORG {self._town()}]"
        stems = self.rng.sample([*_FIRM_STEMS, *self.families[:400]], 2)
        return f"[ORG {self.rng.choice(_FIRMS).format(*stems)}]"

    def _date(self) -> str:
        month, day = self.rng.choice(_MONTHS), self._n(1, 28)
        if self.rng.random() < 0.5:
            return f"{self._n(1990, 2025)}-{self._n(1, 12):02}-{day:02}"
        return f"{month} {day}" if self.rng.random() < 0.5 else f"{month} {day} ([ORG Reuters]) -"

    def _head(self, title: str) -> list[str]:
        """A headline and a dateline."""
        town = self._town()
        return [title.strip(), f"[GPE {town.upper()}] {self._date()}"]

    def _league(self) -> tuple[str, str]:
        """A nation's adjective, in capitals and as usual."""
        _, people = self._nation()
        return f"[NORP {people.upper()}]", f"[NORP {people}]"

    # Tables.

    def _standings(self) -> list[str]:
        capitals, people = self._league()
        sport = self.rng.choice(_SPORTS)
        rank = self.rng.random() < 0.25
        rows = []
        for number, side in enumerate(self._clubs(self._n(4, _DRAWN)), 1):
            figures = " ".join(str(self._n(0, 40)) for _ in range(self._n(4, 8)))
            rows.append(f"{number}. {side} {figures}" if rank else f"{side} {figures}")
        return [
            *self._head(f"{sport} - {capitals} LEAGUE STANDINGS"),
            f"Standings in the {people} first division after {self.rng.choice(_DAYS)}'s matches"
            " (tabulate under games played, won, drawn, lost, goals for, against, points):",
            *rows,
        ]

    def _results(self) -> list[str]:
        capitals, people = self._league()
        sides = self._sides(2 * self._n(2, 4))
        joint = self.rng.choice(
            [
                "{a} {x} {b} {y}",
                "{a} {x} {b} {y}",
                "{a} - {b} {x}-{y}",
                "{a} {b} {x}-{y}",
                "{a} beat {b} {x}-{y}",
                "At {c}: {a} {x} {b} {y}",
                "{a} {x}, {b} {y}",
                "{a} v {b} {x}:{y}",
                "In {c}: {a} {x} {b} {y}",
            ]
        )
        rows = [
            joint.format(a=a, b=b, x=self._n(0, 6), y=self._n(0, 6), c=f"[GPE {self._town()}]")
            for a, b in zip(sides[::2], sides[1::2], strict=True)
        ]
        return [
            *self._head(f"{self.rng.choice(_SPORTS)} - {capitals} LEAGUE RESULTS"),
            f"Results of {people} {self.rng.choice(['premier', 'first', 'second'])} division"
            f" matches played on {self.rng.choice(_DAYS)}:",
            *rows,
        ]

    def _scorers(self) -> list[str]:
        capitals, people = self._league()
        rows = []
        sides = self._sides(2 * self._n(2, 4))
        for a, b in zip(sides[::2], sides[1::2], strict=True):
            rows.append(
                f"{a} {self._n(0, 3)} {self._goals()}{b} {self._n(0, 3)} {self._goals()}".strip()
                + "."
            )
            if self.rng.random() < 0.6:
                rows.append(
                    f"Halftime {self._n(0, 2)}-{self._n(0, 2)}."
                    f" Attendance: {self._n(1, 60)},{self._n(100, 999)}."
                )
            if self.rng.random() < 0.4:
                rows.append(
                    f"Scorers: {a} - {self._person()} ({self._n(1, 90)}th);"
                    f" {b} - {self._person()} {self._n(1, 90)}"
                )
        return [
            *self._head(f"SOCCER - {capitals} LEAGUE SUMMARIES"),
            f"Summaries of {people} first division matches:",
            *rows,
        ]

    def _goals(self) -> str:
        count = self._n(0, 3)
        if not count:
            return ""
        form = self.rng.choice(["{} {}", "{} {}", "{} {}th minute", "{} {} pen", "{}, {}"])
        goals = [form.format(self._family(), self._n(1, 90)) for _ in range(count)]
        return f"({', '.join(goals)}) "

    def _american(self, count: int) -> list[str]:
        towns = self.rng.sample(_US_TOWNS, count)
        nick = self.rng.random() < 0.15
        return [f"{t} {self.rng.choice(_NICKNAMES)}" if nick else t for t in towns]

    def _american_scores(self) -> list[str]:
        league, sport = self.rng.choice(
            [
                ("NBA", "BASKETBALL"),
                ("NHL", "ICE HOCKEY"),
                ("NFL", "AMERICAN FOOTBALL"),
                ("MAJOR LEAGUE", "BASEBALL"),
            ]
        )
        sides = self._american(2 * self._n(3, 5))
        pairs = list(zip(sides[::2], sides[1::2], strict=True))
        rows = [
            f"[ORG {a.upper() if self.rng.random() < 0.5 else a}] {self._n(1, 120)}"
            f" [ORG {b}] {self._n(1, 120)}{self.rng.choice(['', '', ' (OT)', ' (10 innings)'])}"
            for a, b in pairs
        ]
        at = self.rng.choice(["AT", "at"])
        coming = [
            f"[ORG {a.upper() if at == 'AT' else a}] {at} [ORG {b.upper() if at == 'AT' else b}]"
            for a, b in pairs
        ]
        self.rng.shuffle(coming)
        return [
            *self._head(f"[ORG {league}] {sport} - {self.rng.choice(_DAYS).upper()}'S RESULTS"),
            f"Results of [ORG {league}] games on {self.rng.choice(_DAYS)} (home team in CAPS):",
            *rows,
            f"{self.rng.choice(_DAYS).upper()}, {self._date().split(' (')[0].upper()} SCHEDULE",
            *coming,
        ]

    def _american_standings(self) -> list[str]:
        rows = [
            f"[ORG {side.upper() if self.rng.random() < 0.5 else side}] {self._n(1, 60)}"
            f" {self._n(1, 60)} .{self._n(200, 800)} {self._n(0, 20)}"
            f"{self.rng.choice(['', ' 1/2'])}"
            for side in self._american(self._n(4, 7))
        ]
        division = self.rng.choice(
            [
                "EASTERN DIVISION",
                "CENTRAL DIVISION",
                "WESTERN CONFERENCE",
                "ATLANTIC DIVISION",
                "PACIFIC DIVISION",
            ]
        )
        return [*self._head("STANDINGS AFTER GAMES"), division, "W L PCT GB", *rows]

    def _fixtures(self) -> list[str]:
        _, people = self._league()
        sides = self._sides(2 * self._n(3, 5))
        form = self.rng.choice(["{} v {}", "{} vs {}", "{} - {}", "{} v. {}", "{} against {}"])
        when = self.rng.choice(["", " (1930)", " 2000 GMT", f" ({self.rng.choice(_DAYS)})"])
        rows = [form.format(a, b) + when for a, b in zip(sides[::2], sides[1::2], strict=True)]
        day = f"{self.rng.choice(_DAYS)}, {self.rng.choice(_MONTHS)} {self._n(1, 28)}"
        return [
            *self._head("SPORTS FIXTURES"),
            f"{people} first division fixtures for {day}:",
            *rows,
        ]

    def _bracketed(self) -> str:
        person = self._person() if self.rng.random() < 0.9 else self._person(full=False)
        return f"{person} ([GPE {self._nation()[0]}])"

    def _sets(self) -> str:
        return " ".join(
            self.rng.choice(["6-3", "6-4", "7-5", "3-6", "6-2", "7-6 (7-4)", "6-0", "4-6"])
            for _ in range(self._n(2, 4))
        )

    def _draw(self) -> list[str]:
        sport, verb = self.rng.choice(
            [("TENNIS", "beat"), ("BADMINTON", "beat"), ("SQUASH", "beat")]
        )
        rows = []
        for _ in range(self._n(4, _DRAWN)):
            seed = self.rng.choice(["", "", "1-", "5 - ", "12-"])
            rows.append(f"{seed}{self._bracketed()} {verb} {self._bracketed()} {self._sets()}")
        title = self.rng.choice(["OPEN RESULTS", "GRAND PRIX RESULTS", "CUP DRAW"])
        stage = self.rng.choice(
            [
                "First round",
                "Men's singles, second round",
                "Quarterfinals",
                "Women's singles, semifinals",
                "Doubles, final",
            ]
        )
        town = self._town()
        return [
            f"{sport} - [EVENT {town.upper()} OPEN] RESULTS"
            if "OPEN" in title
            else f"{sport} - [GPE {town.upper()}] {title}",
            f"[GPE {self._town().upper()}] {self._date()}",
            f"{stage} (prefix number denotes seeding):",
            *rows,
        ]

    def _race(self) -> list[str]:
        sport = self.rng.choice(
            [
                "CYCLING",
                "ALPINE SKIING",
                "NORDIC SKIING",
                "BIATHLON",
                "SPEED SKATING",
                "MOTOR RACING",
                "SWIMMING",
                "MARATHON",
                "ROWING",
                "GOLF",
            ]
        )
        team = sport in {"CYCLING", "MOTOR RACING"} and self.rng.random() < 0.6
        rows = []
        for number in range(1, self._n(4, 10)):
            time = self.rng.choice(
                [
                    f"{self._n(0, 3)}:{self._n(10, 59)}.{self._n(10, 99)}",
                    f"{self._n(1, 5)}:{self._n(10, 59)}:{self._n(10, 59)}",
                    "same time",
                    f"{self._n(1, 59)} seconds behind",
                    f"{self._n(80, 140)} points",
                ]
            )
            rider = self._bracketed()
            own = f" [ORG {self.rng.choice(_FIRM_STEMS)}]" if team else ""
            rows.append(f"{number}. {rider}{own} {time}")
        if self.rng.random() < 0.4:
            rows = [", ".join(rows[:3]), *rows[3:]]
        _, people = self._league()
        return [
            *self._head(f"{sport} - LEADING RESULTS"),
            f"Leading results in the {people} {self.rng.choice(['tour', 'grand prix', 'meeting'])}"
            f" on {self.rng.choice(_DAYS)}:",
            *rows,
        ]

    def _batsman(self) -> str:
        out = self.rng.choice(
            [
                "c {} b {}",
                "b {1}",
                "lbw b {1}",
                "run out",
                "not out",
                "st {} b {}",
                "c and b {1}",
                "c sub b {1}",
                "run out ({})",
                "lbw {1}",
            ]
        )
        return f"{self._family()} {out.format(self._family(), self._family())} {self._n(0, 140)}"

    def _scorecard(self) -> list[str]:
        (one, _), (other, _) = self.rng.sample(self.nations, 2)
        sides = (f"[GPE {one}]", f"[GPE {other}]") if self.rng.random() < 0.6 else self._clubs(2)
        bowling = ", ".join(
            f"{self._family()} {self._n(4, 30)}-{self._n(0, 6)}-{self._n(10, 99)}-{self._n(0, 6)}"
            for _ in range(self._n(3, 5))
        )
        falls = " ".join(f"{n}-{30 * n + self._n(0, 29)}" for n in range(1, self._n(4, 9)))
        return [
            *self._head(f"CRICKET - {sides[0].upper()} V {sides[1].upper()} SCOREBOARD"),
            f"Scoreboard in the match between {sides[0]} and {sides[1]}:",
            f"{sides[0]} first innings",
            *(self._batsman() for _ in range(self._n(5, 9))),
            f"Extras (b-{self._n(0, 8)} lb-{self._n(0, 8)} nb-{self._n(0, 8)}) {self._n(0, 24)}",
            f"Total (for {self._n(3, 9)} wickets, 50 overs) {self._n(120, 380)}",
            f"Fall of wickets: {falls}",
            f"Did not bat: {self._family()}, {self._family()}, {self._family()}.",
            f"Bowling: {bowling}",
        ]

    def _golf(self) -> list[str]:
        rows = []
        for _ in range(self._n(4, 7)):
            rounds = " ".join(str(self._n(64, 76)) for _ in range(self._n(2, 4)))
            player = self._person() if self.rng.random() < 0.5 else self._bracketed()
            second = f", {self._person()} 70 68 72" if self.rng.random() < 0.4 else ""
            rows.append(f"{self._n(132, 290)} {player} {rounds}{second}")
        return [
            *self._head("GOLF - LEADING SCORES"),
            f"Leading scores after {self.rng.choice(_DAYS)}'s"
            " round (players [NORP British] unless stated):",
            *rows,
        ]

    def _squad(self) -> list[str]:
        nation, people = self._nation()
        club = self.rng.random() < 0.6
        rows = []
        for line in ("Goalkeepers", "Defenders", "Midfielders", "Forwards"):
            players = [
                f"{self._person()} ({self._clubs(1)[0]})" if club else self._person()
                for _ in range(self._n(2, 5))
            ]
            rows.append(f"{line}{self.rng.choice([': ', ' - '])}{', '.join(players)}")
        numbered = [f"{n} - {self._person()}" for n in range(1, self._n(4, 9))]
        if self.rng.random() < 0.3:
            rows = ["Team: " + ", ".join(numbered)] if self.rng.random() < 0.5 else numbered
        return [
            *self._head(f"SOCCER - [GPE {nation.upper()}] NAME SQUAD"),
            f"The [NORP {people}] squad for the match against [GPE {self._nation()[0]}]:",
            *rows,
        ]

    def _stocks(self) -> list[str]:
        rows = []
        form = self.rng.choice(
            [
                "{f} up {p} at {q}",
                "{f} {q} +{p}",
                "{f} <{c}.L> {q}p, down {p}",
                "- {f} fell {p} pence to {q}",
                "{f} ({c}.O) {q} {p}",
                "{f} {c}.N up {p} percent",
                "{f}: {q} ({p})",
            ]
        )
        for _ in range(self._n(4, 7)):
            code = "".join(self.rng.choice("ABCDEFGHIKLMNOPRSTUVXZ") for _ in range(self._n(2, 4)))
            rows.append(form.format(f=self._firm(), p=self._n(1, 60), q=self._n(20, 990), c=code))
        town = self._town()
        return [
            f"[GPE {town}] stocks - factors and movers",
            f"[GPE {town.upper()}] {self._date()}",
            self.rng.choice(["Main movers:", "Most active:", "STOCKS TO WATCH", "ADVANCERS"]),
            *rows,
        ]

    def _currencies(self) -> list[str]:
        town = self._town()
        names = [
            "Dollar/mark",
            "Dollar/yen",
            "Sterling",
            "Ecu",
            "Gold",
            "Three-month bills",
            "Euro",
            "Overnight",
            "Long bond",
            "Silver",
            "Lira",
            "Wheat",
            "Soft red",
            "Crude",
        ]
        rows = [
            f"{name} {self._n(1, 400)}.{self._n(10, 99)} {self._n(1, 400)}.{self._n(10, 99)}"
            for name in self.rng.sample(names, 5)
        ]
        rows += [
            f"[GPE {self._nation()[0]}] {self._n(1, 12)}.{self._n(0, 9)} {self._n(1, 12)}.{self._n(0, 9)}"
            for _ in range(self._n(1, 4))
        ]
        return [f"[GPE {town}] money rates - midday", f"[GPE {town.upper()}] {self._date()}", *rows]

    def _medals(self) -> list[str]:
        rows = [
            f"[GPE {name}] {' '.join(str(self._n(0, 30)) for _ in range(4))}"
            for name, _ in self.rng.sample(self.nations, self._n(4, _DRAWN))
        ]
        return [
            *self._head("MEDALS TABLE"),
            "Medals table (tabulate under gold, silver, bronze, total):",
            *rows,
        ]

    def _athletics(self) -> list[str]:
        rows = []
        for event in self.rng.sample(
            [
                "Men's 100 metres",
                "Women's long jump",
                "Men's 4x100 relay",
                "Women's javelin",
                "Men's 5,000 metres",
                "Pole vault",
            ],
            3,
        ):
            places = [
                f"{n}. {self._bracketed()} {self._n(9, 80)}.{self._n(10, 99)}" for n in range(1, 4)
            ]
            if "relay" in event:
                nations = self.rng.sample(self.nations, 3)
                places = [
                    f"{n}. [GPE {name}] 38.{self._n(10, 99)}"
                    for n, (name, _) in enumerate(nations, 1)
                ]
            rows += (
                [f"{event}: {' '.join(places)}"]
                if self.rng.random() < 0.5
                else [f"{event}:", *places]
            )
        return [*self._head("ATHLETICS - GRAND PRIX RESULTS"), *rows]

    def _leaders(self) -> list[str]:
        towns = self._american(6)
        rows = [
            f"{self._person()}, [ORG {town}] {self._n(10, 80)}.{self._n(0, 9)}" for town in towns
        ]
        if self.rng.random() < 0.5:
            rows = [f"{self._person()} ([ORG {town}]) {self._n(4, 40)}" for town in towns]
        return [
            *self._head(self.rng.choice(["LEADING SCORERS", "BATTING LEADERS", "TOP GOALSCORERS"])),
            "Leading scorers:",
            *rows,
        ]

    def _group(self) -> list[str]:
        rows = [
            f"[GPE {name}] {' '.join(str(self._n(0, 12)) for _ in range(7))}"
            for name, _ in self.rng.sample(self.nations, 5)
        ]
        (one, _), (other, _) = self.rng.sample(self.nations, 2)
        title = (
            f"SOCCER - [GPE {one.upper()}] BEAT [GPE {other.upper()}] IN [EVENT WORLD CUP] MATCH"
        )
        return [
            *self._head(title),
            f"[GPE {one}] beat [GPE {other}] {self._n(1, 5)}-0 (halftime 1-0) in their"
            " [EVENT World Cup] qualifying match:",
            "Group standings:",
            *rows,
        ]

    def _weather(self) -> list[str]:
        rows = [
            f"[GPE {town}] {self._n(-9, 34)} {self._n(-9, 34)}"
            f" {self.rng.choice(['cloudy', 'fair', 'rain', 'snow', 'sunny'])}"
            for town in self.rng.sample(self.towns, self._n(4, _DRAWN))
        ]
        return ["Weather in world cities:", *rows]

    def _ships(self) -> list[str]:
        rows = []
        for _ in range(self._n(3, 6)):
            cargo = self.rng.choice(
                ["wheat", "iron ore", "coal", "crude oil", "soybeans", "cement"]
            )
            rows.append(
                f"[GPE {self._town()}] to [GPE {self._town()}] {self._n(10, 90)},000 tonnes {cargo}"
                f" {self._n(8, 30)}.{self._n(10, 99)} {self._firm()}"
            )
        return ["Freight fixtures", *rows]

    def _desk(self) -> list[str]:
        """The lines at the end of agency copy."""
        town = self._town()
        return [
            f"[GPE {self._nation()[0]}] press digest",
            f"[GPE {town.upper()}] {self._date()}",
            f"-- [PERSON {self.rng.choice(self.given)} {self.rng.choice(self.families)}],"
            f" [ORG {town} Newsroom] +{self._n(10, 99)} {self._n(1, 9)} {self._n(100, 999)} 7700",
            f"-- [ORG {self._town()} newsroom], +{self._n(10, 99)}-{self._n(100, 999)} 9911",
            f"(c) [ORG Reuters] Limited {self._n(1990, 1999)}",
        ]


def _nations() -> list[tuple[str, str]]:
    """Names of countries with what their people are called."""
    entries = load_lexicon().entries
    peoples = {
        entry.iso: name
        for name, entry in reversed(entries.items())
        if entry.label is EntityLabel.NORP and entry.iso and name.isalpha()
    }
    countries = [
        (name, peoples[iso])
        for name, entry in entries.items()
        if entry.label is EntityLabel.GPE
        and (iso := country_of(name)) in peoples
        and name == entry.canonical
        and len(name) < 16
    ]
    return countries + _HOME * 3
