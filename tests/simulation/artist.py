"""Draws what happens next, from a seed and from how things stand."""

import random
from collections.abc import Sequence

import msgspec
from steps import Step, Traits
from wire import Said
from world import World

__all__ = ["Artist"]

_IDS = ("an hour ahead", "in microseconds", "of 20 digits", "that is the last")
_FAR = "99999999999999999-0"
_RESERVED = (
    ("retry_of", _FAR),
    ("order", _FAR),
    ("released", "1"),
    ("failed", "so it is said"),
    ("page", "1"),
    ("door", "inbox"),
)
_ODD = (("\udcff\udcfe", "\udc80"), ("", ""), ("message ", "x" * 300), ("class", "\r\n"))
_BAD = (
    "",
    "not json",
    "[]",
    '{"txt": 1}',
    "\udcff\udcfe",
    "[" * 3000,
    '{"feed": "ftp://nowhere/"}',
    '{"uri": 5, "headline": "x"}',
    '{"uri": "urn:bad", "headline": "x", "urgency": 77}',
    '{"uri": "urn:bad", "headline": "x", "embargoed": "9999-12-31"}',
    '{"uri": "urn:bad", "body_text": "%s"}' % ("x" * 5000),
    '{"uri": "urn:bad", "body_text": "%s"}' % ("x" * 60_000),
)
"""Each ends as a dead letter."""


class Artist:
    """Draws steps. Each seed has odds of its own: one is all crashes, another all clocks."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        pick = rng.choice
        self.traits = Traits(
            skew_ms=pick((0, 0, 0, 600_000, -600_000)),
            feeds=pick(((), (), (False,), (False, False), (True, False), (True,))),
            alike=pick((False, False, True)),
        )
        has_feeds = bool(self.traits.feeds)
        self._weights: dict[str, float] = {
            "put": pick((1, 3, 6)),
            "show": pick((1, 3)) if has_feeds else 0,
            "clock": pick((1, 3, 8)),
            "intake": pick((1, 3, 5)),
            "ticker": pick((1, 3)),
            "work": pick((1, 3, 5)),
            "poll": pick((1, 3, 5)) if has_feeds else 0,
            "page": pick((1, 3)),
            "run": pick((8, 15, 30)),
            "lose": pick((0, 0, 0.3)),
            "long": pick((0, 0, 0.5)),
            "relay": pick((0, 0, 2)),
            "replay": pick((0, 0, 0.5)),
            "parser": pick((0, 0, 0.3)),
            "desk": pick((0, 0, 1)),
            "remember": pick((0, 0, 0, 0.5)),
            "restart": pick((0, 0, 0.3)),
            "sleep": pick((0, 0, 0, 0, 0.5)),
        }
        self._weights["failover"] = self._weights["remember"] and 0.4
        self._uris = rng.sample(["urn:a", "urn:b", "urn:c"], pick((1, 1, 2, 3)))
        self._kinds = {
            "item": 6,
            "kill": pick((0, 1, 2)),
            "note": pick((0, 0, 1, 2)),
            "repeat": pick((0, 1)),
            "embargo": pick((0, 0, 1, 3)),
            "link": pick((0, 0, 1)),
            "bad": pick((0, 0, 0, 2)),
            "odd": pick((0, 0, 0, 2)),
            "copy": pick((0, 0, 0, 2)),
            "unversioned": pick((0, 0, 2)),
        }
        self._urgent = pick((0, 0.3, 0.6))
        self._crash = pick((0, 0, 0.03, 0.1))
        self._fault = pick((0, 0, 0.03, 0.1))
        self._twice = pick((0, 0.15, 0.5))
        self._same_ms = pick((0, 0.5))
        self._clocks = [10, 300, 2000, 6000]
        if pick((False, True)):
            self._clocks += [-3000]
        if pick((False, False, True)):
            self._clocks += [-3_600_000, 3_600_000]
        self._entries = pick((1, 2))
        self._count = 0
        self._versions = {"": 0}
        self._said: list[Said] = []

    def next(self, world: World) -> Step | None:
        names = list(self._weights)
        (name,) = self._rng.choices(names, list(self._weights.values()))
        if name in {"intake", "ticker"}:
            return Step("begin", f"{name}{self._rng.randrange(2)}")
        if name in {"remember", "failover", "restart", "parser"}:
            return Step(name)
        return getattr(self, f"_{name}")(world)

    def _clock(self, _world: World) -> Step:
        return Step("clock", count=self._rng.choice(self._clocks))

    def _sleep(self, _world: World) -> Step:
        return Step("sleep", count=self._rng.choice((9, 40)) * 86_400_000)

    def _lose(self, world: World) -> Step | None:
        return Step("lose", count=self._rng.randrange(8)) if world.batches else None

    def _long(self, world: World) -> Step:
        return Step("long", count=int(not world.is_long))

    def _run(self, world: World) -> Step | None:
        if not world.actors:
            return None
        name = self._rng.choice(list(world.actors))
        chance = self._rng.random()
        if chance < self._crash:
            return Step("run", name, self._rng.choice(("die", "die after")))
        if chance < self._crash + self._fault:
            fates = ("lost", "unheard", "reset", "repeated", "full")
            return Step("run", name, self._rng.choice(fates))
        return Step("run", name, count=self._rng.choice((1, 1, 1, 2, 4, 30)))

    def _begin(self, kind: str, queue: Sequence[object]) -> Step | None:
        if not queue:
            return None
        self._count += 1
        how = "twice" if self._rng.random() < self._twice else ""
        place = self._rng.choice((0, self._rng.randrange(len(queue))))
        return Step("begin", f"{kind}{self._count}", how, place)

    def _work(self, world: World) -> Step | None:
        return self._begin("work", world.batches)

    def _poll(self, world: World) -> Step | None:
        step = self._begin("poll", world.polls)
        if step and self._rng.random() < 0.1:
            return msgspec.structs.replace(step, how=f"{step.how} fail".strip())
        return step

    def _page(self, world: World) -> Step | None:
        step = self._begin("page", world.pages)
        how = self._rng.choice(("read", "read", "wait", "fail"))
        return step and msgspec.structs.replace(step, how=f"{how} {step.how}".strip())

    def _relay(self, _world: World) -> Step:
        self._count += 1
        failure = self._rng.choice(("", "", " told", " untold"))
        desk = self._rng.choice(("items", "items", "alerts"))
        return Step("begin", f"relay{self._count}", desk + failure, self._rng.randrange(3))

    def _replay(self, _world: World) -> Step:
        self._count += 1
        return Step("begin", f"replay{self._count}")

    def _desk(self, world: World) -> Step:
        self._count += 1
        how = ["retry", "retry", "drop"]
        if world.feeds:
            how += ["pause", "resume", "remove", "add", "poll"]
        return Step("begin", f"desk{self._count}", self._rng.choice(how), self._rng.randrange(3))

    # what is said

    def _show(self, world: World) -> Step:
        feed = self._rng.randrange(len(world.feeds))
        uri = f"urn:{'fg'[feed]}{self._rng.randrange(self._entries)}"
        old = [said for said in self._said if said.uri == uri]
        chance = self._rng.random()
        if old and chance < 0.1:
            said = Said(kind="item", uri=uri)
        elif old and chance < 0.4:
            said = self._rng.choice(old)  # what it showed before comes back
        else:
            urgent = self._rng.random() < self._urgent / 2
            said = Said(kind="item", uri=uri, v=self._next(uri), urgent=urgent)
            self._said.append(said)
        return Step("show", how=str(feed), said=said)

    def _next(self, uri: str) -> int:
        self._versions[uri] = self._versions.get(uri, 0) + 1
        return self._versions[uri]

    def _put(self, _world: World) -> Step:
        (kind,) = self._rng.choices(list(self._kinds), list(self._kinds.values()))
        said = getattr(self, f"_say_{kind}")(self._rng.choice(self._uris))
        if kind not in {"bad", "copy"}:
            self._said.append(said)
        gap_ms = 0 if self._rng.random() < self._same_ms else self._rng.choice((1, 2, 40))
        return Step("put", count=gap_ms, said=said)

    def _say_item(self, uri: str) -> Said:
        urgent = self._rng.random() < self._urgent
        door = "urgent" if urgent and self._rng.random() < 0.6 else "inbox"
        alike = self.traits.alike
        return Said(kind="item", uri=uri, v=self._next(uri), door=door, urgent=urgent, alike=alike)

    def _say_kill(self, uri: str) -> Said:
        door = self._rng.choice(("inbox", "urgent", "urgent"))
        return Said(kind="kill", uri=uri, v=self._next(uri), door=door)

    def _say_note(self, uri: str) -> Said:
        v = max(1, self._versions.get(uri, 0) + self._rng.choice((0, 0, 0, -1, 1)))
        return Said(
            kind="note",
            uri=f"urn:note{self._next('note')}",
            v=v,
            names=uri,
            by=self._rng.choice(("slug", "headline", "own headline")),
            door=self._rng.choice(("urgent", "urgent", "inbox")),
            alike=self.traits.alike,
            agency=self._rng.choice(("TASS", "TASS", "TASS", "Other")),
        )

    def _say_repeat(self, uri: str) -> Said:
        old = [
            said
            for said in self._said
            if said.uri == uri and said.v and said.kind != "note" and not said.entry
        ]
        return self._rng.choice(old[-8:]) if old else self._say_item(uri)

    def _say_embargo(self, uri: str) -> Said:
        said = self._say_item(uri)
        return msgspec.structs.replace(said, embargo_ms=self._rng.choice((-5000, 3000, 30_000)))

    def _say_link(self, _uri: str) -> Said:
        uri = f"urn:d{self._rng.randrange(2)}"
        return Said(kind="link", uri=uri, v=self._next(uri))

    def _say_unversioned(self, _uri: str) -> Said:
        """A, B, A: what was said last counts."""
        v = self._rng.choice((1, 2, 3))
        return Said(kind="item", uri="urn:cu", v=v, unversioned=True)

    def _say_copy(self, _uri: str) -> Said:
        number = self._rng.randrange(3)
        if self._rng.random() < 0.2:
            words = {"uri": f"urn:note{self._next('note')}", "names": f"urn:x{number}"}
            return Said(kind="note", by="slug", agency=f"Agency {number}", door="urgent", **words)
        return Said(kind="copy", uri=f"urn:x{number}", v=1, agency=f"Agency {number}")

    def _say_bad(self, _uri: str) -> Said:
        """A message that nobody can use, from somebody who may choose its id."""
        raw, many, times = self._rng.choice(_BAD), 0, 1
        chance = self._rng.random()
        if chance < 0.2:
            many = self._rng.choice((40, 4200))
        elif chance < 0.3:
            times = 40
        kind = "bad" if raw else "bare"
        extra = self._rng.choice(((), _RESERVED, _ODD))
        said = Said(kind=kind, raw=raw, many=many, times=times, extra=extra)
        if kind == "bare":
            said = msgspec.structs.replace(said, extra=_ODD)
        return self._odd(said, 0.5)

    def _say_odd(self, uri: str) -> Said:
        """A good message with fields that mean nothing, or under an id of its sender's choice."""
        said = self._say_item(uri) if self._rng.random() < 0.7 else self._say_embargo(uri)
        if self._rng.random() < 0.1:
            said = self._say_link(uri)
        if self._rng.random() < 0.2:
            said = msgspec.structs.replace(said, many=4200)
        extra = self._rng.choice(((), _RESERVED, _RESERVED, _ODD))
        return self._odd(msgspec.structs.replace(said, extra=extra), 0.3)

    def _odd(self, said: Said, part: float) -> Said:
        if self._rng.random() > part:
            return said
        door = self._rng.choice(("inbox", "urgent"))
        return msgspec.structs.replace(said, door=door, entry=self._rng.choice(_IDS), times=1)
