"""What is wrong with a desk, given what was said.

For each item there is its history: what was said of it, in order (versions, kills, notes that name
it). What a desk shows of the item has to be a part of that, in that order, and to end as it ends.

What a failover excuses: what came by a door in the tail that was lost may be missing, and so may
what a feed showed then and shows no more. Nothing else: what is on the desk has to be in order, once
each and whole, as if the tail had never been.
"""

import json
import re
from collections import Counter, defaultdict

import msgspec

from service import PREFIX
from world import REMEMBERED_MS, Put, World

__all__ = ["judge"]

_VERSION = re.compile(r"Story (urn:\w+) version (\d+),")
TURN_MS = 12 * 3_600_000
"""In so long what a note names may have become uncertain."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a desk. `label` is the version that its text says, 0 for a note."""

    id: str
    became: str
    subject: str
    uri: str
    version: str
    label: int
    headline: str
    previous: str | None
    is_certain: bool
    is_replayed: bool

    @property
    def is_note(self) -> bool:
        return self.uri.startswith("urn:note")


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One element of an item's history. `is_due`: it, or what comes after it, has to show."""

    label: int | str
    is_kill: bool
    is_due: bool
    put: Put


def read_shown(body: bytes) -> Shown:
    event = json.loads(body)
    data = event["data"]
    item = data["item"]
    said = _VERSION.search(item.get("body_text", ""))
    return Shown(
        id=event["id"],
        became=event["type"].rpartition(".")[2],
        subject=event["subject"],
        uri=item["uri"],
        version=item["version"],
        label=int(said[2]) if said and said[1] == item["uri"] else 0,
        headline=item.get("headline", ""),
        previous=(data.get("change") or {}).get("previous"),
        is_certain=(data.get("target") or {}).get("is_certain", False),
        is_replayed=event.get("replayed", False),
    )


def judge(world: World) -> list[str]:
    """Each broken promise in a line; empty where all were kept."""
    return [
        *world.faults,
        *_judge_rest(world),
        *_Desk(world).judge(),
        *_judge_alerts(world),
        *_judge_sinks(world),
    ]


def _desk(world: World, name: str) -> list[tuple[str, bytes]]:
    found = world.server.call("XRANGE", f"{PREFIX}:desk:{name}", "-", "+")
    pairs = [dict(zip(fields[::2], fields[1::2], strict=True)) for _, fields in found]
    return [(pair[b"id"].decode(), pair[b"event"]) for pair in pairs]


class _Desk:
    """The desk that takes all."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._bad: list[str] = []
        self._shown = [read_shown(body) for _, body in _desk(world, "items")]
        self._last: dict[str, Shown] = {}
        self._of: dict[str, list[Shown]] = defaultdict(list)
        self._notes = {
            put.said.uri: put.said for put in world.puts if put.said.uri.startswith("urn:note")
        }

    def judge(self) -> list[str]:
        for event_id, times in Counter(one.id for one in self._shown).items():
            at = self._world.events_at.get(event_id, [0])
            if times > 1 and at[-1] - at[0] < REMEMBERED_MS:
                self._bad.append(f"doubled: {event_id} is there {times} times")
        for one in self._shown:
            self._see(one)
        for uri in dict.fromkeys([*(put.said.uri for put in self._world.puts), *self._of]):
            if uri.startswith("urn:") and not uri.startswith(("urn:note", "urn:bad")):
                self._judge_item(uri)
        return self._bad

    def _see(self, one: Shown) -> None:
        what = f"{one.uri} {one.version}"
        last = self._last.get(one.uri)
        if one.is_replayed:
            if last is None or last.version != one.version:
                self._bad.append(f"stale: a replay of {what} after {last and last.version}")
            return
        if one.is_note:
            if one.became == "withdrawn" and one.is_certain:
                self._of[one.subject].append(one)
            return
        self._of[one.uri].append(one)
        if one.label == 0:
            self._bad.append(f"torn: {what} is another's")
        is_new = last is None or self._at(one) - self._at(last) > REMEMBERED_MS
        if one.became == "created" and not is_new and last.version != one.version:
            self._bad.append(f"type: {what} is created, before it {last.version}")
        if one.became in {"updated", "corrected"} and last is None:
            self._bad.append(f"type: {what} is {one.became}, before it nothing")
        if not is_new and one.became == "updated" and one.previous != last.version:
            self._bad.append(f"previous: {what} names {one.previous}, before it {last.version}")
        self._last[one.uri] = one

    def _at(self, one: Shown) -> int:
        """When it came out last: the latest time that the server had ever had by then."""
        return self._world.events_at.get(one.id, [0])[-1]

    def _judge_item(self, uri: str) -> None:
        acts, shown = self._history(uri), self._of[uri]
        labels = [one.subject and self._label(one) for one in shown]
        self._judge_embargoes(acts, shown)
        for one in shown:
            names = {act.label for act in acts}
            if self._label(one) not in names:
                word = "withdrawn" if one.is_note else "phantom"
                self._bad.append(f"{word}: {uri} {self._label(one)}, of which nobody said so")
                return
        for one, act in ((one, act) for one in shown for act in acts):
            if self._label(one) == act.label and act.is_kill != (one.became == "withdrawn"):
                self._bad.append(f"type: {uri} {act.label} is {one.became}")
        places = _places(labels, [act.label for act in acts])
        told = f"{uri} shows {labels}, said was {[act.label for act in acts]}"
        if places is None:
            self._bad.append(f"stale: {told}")
            return
        self._judge_end(uri, acts, shown, places, told)

    def _judge_end(
        self, uri: str, acts: list[Act], shown: list[Shown], places: list[int], told: str
    ) -> None:
        end = places[-1] if places else -1
        if places:
            # The last of equal labels will do.
            end = max(n for n, act in enumerate(acts) if act.label == acts[end].label and n >= end)
        due = [n for n, act in enumerate(acts) if act.is_due]
        missed = [n for n in due if n > end]
        if not missed:
            return
        if acts[missed[-1]].label.__class__ is str and not shown:
            return  # the note came before the item: neither shows
        if acts[missed[-1]].label.__class__ is str and acts[end].is_kill:
            return  # taken back already
        if acts[missed[-1]].label.__class__ is str:
            self._bad.append(f"kill: {uri} is out all the same: {told}")
            return
        self._bad.append(f"lost: {told}")

    def _label(self, one: Shown) -> int | str:
        return one.uri if one.is_note else one.label

    def _judge_embargoes(self, acts: list[Act], shown: list[Shown]) -> None:
        """`events_at` is the latest time that the server has ever had until then."""
        for one in shown:
            of = [act.put for act in acts if act.label == self._label(one)]
            ends = [put.at_ms + (put.said.embargo_ms or 0) for put in of]
            if ends and self._at(one) < min(ends):
                self._bad.append(f"early: {one.uri} {one.version} before its embargo ended")

    def _history(self, uri: str) -> list[Act]:
        acts: list[Act] = []
        for put in self._world.puts:
            said = put.said
            if said.uri == uri and said.kind in {"item", "kill", "link"}:
                known = [act for act in acts if act.label == said.v]
                if known and not said.unversioned and put.feed is None:
                    if known[-1].put.is_lost and not put.is_lost:
                        acts.remove(known[-1])
                    else:
                        if not self._world.forgets:
                            continue  # the same version again
                        acts.append(Act(label=said.v, is_kill=False, is_due=False, put=put))
                        continue
                is_due = not put.is_lost and (put.is_admitted or self._still_shown(put))
                kill = said.kind == "kill"
                acts.append(Act(label=said.v, is_kill=kill, is_due=is_due, put=put))
            elif said.names == uri and said.kind == "note":
                is_due = not put.is_lost and self._is_certain(said, acts)
                acts.append(Act(label=said.uri, is_kill=True, is_due=is_due, put=put))
        return acts

    def _still_shown(self, put: Put) -> bool:
        assert put.feed is not None
        return self._world.shown[put.feed].get(put.said.uri) == put.said

    def _is_certain(self, note: object, acts: list[Act]) -> bool:
        """Must the note be taken for this item? It has to name each version that it may meet."""
        items = [act.put.said for act in acts if not act.is_kill]
        if not items or note.agency != "TASS" or self._world.jumps_ms > TURN_MS:
            return False
        if note.by == "slug" or note.alike:
            return True
        return all(said.v == note.v for said in items)


def _places(labels: list, said: list) -> list[int] | None:
    """Where each label stands in what was said, in that order; None where it does not."""
    places: list[int] = []
    at = -1
    for label in labels:
        at = next((n for n in range(at + 1, len(said)) if said[n] == label), None)
        if at is None:
            return None
        places.append(at)
    return places


def _judge_alerts(world: World) -> list[str]:
    """Who had an item has its kill."""
    whole, bad = {}, []
    for _, body in _desk(world, "items"):
        one = read_shown(body)
        if not one.is_replayed and (not one.is_note or one.is_certain):
            whole[one.subject if one.is_note else one.uri] = one.became
    for name in ("alerts", "firsts"):
        ids: Counter[str] = Counter()
        last = {}
        for event_id, body in _desk(world, name):
            one = read_shown(body)
            ids[event_id] += 1
            if not one.is_replayed and (not one.is_note or one.is_certain):
                last[one.subject if one.is_note else one.uri] = one.became
        if not world.forgets:
            bad += [f"doubled: {one} on {name}" for one, times in ids.items() if times > 1]
        bad += [
            f"kill: {uri} is withdrawn, and not on {name}, which had it"
            for uri, became in last.items()
            if whole.get(uri) == "withdrawn" and became != "withdrawn"
        ]
    return bad


def _judge_sinks(world: World) -> list[str]:
    """A sink that drops what it has by id has the desk, in its order."""
    bad = []
    for name, sink in world.sinks.items():
        desk = [event_id for event_id, _ in _desk(world, name)]
        taken = list(dict.fromkeys(event_id for event_id, _ in sink.taken))
        if not (world.failovers or world.forgets) and taken != desk:
            bad.append(f"sink: {name} took {len(taken)} of {len(desk)}, or in another order")
        if missing := set(desk) - set(taken):
            bad.append(f"sink: {name} misses {len(missing)}")
    return bad


def _judge_rest(world: World) -> list[str]:
    bad = []
    sizes, pages = world.store.sizes(), world.store.pages.waiting()
    stuck = {name: sizes[name] for name in ("inbox", "held") if sizes[name]}
    if stuck or pages:
        bad.append(f"stuck: {stuck}, {pages} pages")
    for letter in world.store.dead_letters(1000):
        if _is_honest(world, letter.payload):
            if letter.kind == "attempts" and world.deaths >= world.traits.attempts_max:
                continue
            if letter.kind == "page":
                continue
            bad.append(f"dead letter: {letter.kind}: {letter.reason}")
    return bad


def _is_honest(world: World, payload: str) -> bool:
    try:
        uri = json.loads(payload).get("uri", "")
    except (ValueError, AttributeError):
        return False
    return isinstance(uri, str) and uri.startswith("urn:") and not uri.startswith("urn:bad")
