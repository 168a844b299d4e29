"""What is wrong with a desk, given what was said.

For each item there is its history: what was said of it, in order (versions, kills, notes that name
it). What a desk shows of the item has to be a part of that, in that order, and to end as it ends.

What a failover excuses: what came by a door in the tail that was lost may be missing, and so may
what a feed showed then and shows no more. Nothing else: what is on the desk has to be in order,
once each and whole, as if the tail had never been.
"""

import json
import re
from collections import Counter, defaultdict

import msgspec
from service import PREFIX
from steps import Put
from world import REMEMBERED_MS, World

__all__ = ["judge"]

VERSIONS_KEPT = 16
"""An item's record knows so many of its last versions; an older one may come out again."""
_VERSION = re.compile(r"Story (urn:\w+) version (\d+),")
TURN_MS = 12 * 3_600_000
"""In so long what a note names may have become uncertain."""
DAY_MS = 86_400_000
"""In so long copies may no more be told from their first."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One event of a desk. `at_ms` is the latest time that the server had had by then. `label` is
    the version that its text says, 0 for a note.
    """

    id: str
    at_ms: int
    became: str
    subject: str
    uri: str
    version: str
    label: int
    headline: str
    previous: str | None
    is_certain: bool
    is_replayed: bool
    copy_of: str | None

    @property
    def is_note(self) -> bool:
        return self.uri.startswith("urn:note")


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One element of an item's history, the `n`-th of all that was said. `is_due`: it, or what
    comes after it, has to show.
    """

    n: int
    label: int | str
    is_kill: bool
    is_due: bool
    put: Put

    @property
    def is_note(self) -> bool:
        return isinstance(self.label, str)

    def precedes(self, other: "Act") -> bool:
        """True where this one was said before the other, as far as anybody can tell. Whether a note
        or another kill takes an item back first makes no difference. A note with the headline of
        one version may take that back while a later version, said before the note, is on its way.
        """
        has_note = self.is_note or other.is_note
        is_alike = self.is_kill and other.is_kill and has_note
        is_apart = other.names_other_than(self)
        is_ordered = self.n not in other.put.unordered
        return self.n < other.n and is_ordered and not is_alike and not is_apart

    def names_other_than(self, version: "Act") -> bool:
        """True for a note with the headline of another version of the item."""
        said = self.put.said
        is_exact = self.is_note and said.by == "headline" and not said.alike
        return is_exact and not version.is_kill and said.v != version.put.said.v


def read_shown(body: bytes, at_ms: int = 0) -> Shown:
    event = json.loads(body)
    data = event["data"]
    item = data["item"]
    said = _VERSION.search(item.get("body_text", ""))
    label = int(said[2]) if said and said[1] == item["uri"] else 0
    if item["uri"].startswith("urn:x"):
        label = int(item["version"])
    return Shown(
        id=event["id"],
        at_ms=at_ms,
        became=event["type"].rpartition(".")[2],
        subject=event["subject"],
        uri=item["uri"],
        version=item["version"],
        label=label,
        headline=item.get("headline", ""),
        previous=(data.get("change") or {}).get("previous"),
        is_certain=(data.get("target") or {}).get("is_certain", False),
        is_replayed=event.get("replayed", False),
        copy_of=data.get("duplicate_of"),
    )


def judge(world: World) -> list[str]:
    """Each broken promise in a line; empty where all were kept."""
    return [
        *(f"fault: {fault}" for fault in world.faults),
        *_judge_rest(world),
        *_Desk(world).judge(),
        *_judge_alerts(world),
        *_judge_copies(world),
        *_judge_sinks(world),
    ]


def _desk(world: World, name: str) -> list[Shown]:
    found = world.server.call("XRANGE", f"{PREFIX}:desk:{name}", "-", "+")
    return [
        read_shown(fields[fields.index(b"event") + 1], world.out_at.get(entry_id, 0))
        for entry_id, fields in found
    ]


def _desk_ids(world: World, name: str) -> list[str]:
    found = world.server.call("XRANGE", f"{PREFIX}:desk:{name}", "-", "+")
    return [fields[fields.index(b"id") + 1].decode() for _, fields in found]


class _Desk:
    """The desk that takes all."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._bad: list[str] = []
        self._shown = _desk(world, "items")
        self._last: dict[str, Shown] = {}
        self._of: dict[str, list[Shown]] = defaultdict(list)
        self._notes = {
            put.said.uri: put.said for put in world.puts if put.said.uri.startswith("urn:note")
        }

    def judge(self) -> list[str]:
        first: dict[str, Shown] = {}
        for one in self._shown:
            was = first.setdefault(one.id, one)
            is_forgotten = one.at_ms - was.at_ms > REMEMBERED_MS and not self._stood(one.uri)
            if was is not one and not is_forgotten and not _is_old(self._world, one):
                self._bad.append(f"doubled: {one.uri} {one.version}")
        for one in self._shown:
            self._see(one)
        for uri in dict.fromkeys([*(put.said.uri for put in self._world.puts), *self._of]):
            if uri.startswith("urn:") and not uri.startswith(("urn:note", "urn:bad")):
                self._judge_item(uri)
        return self._bad

    def _stood(self, uri: str) -> bool:
        """True for an entry that a feed has shown unchanged since it first did."""
        of = [put for put in self._world.puts if put.said.uri == uri]
        if self._world.has_removed:
            return False
        return len(of) == 1 and of[0].feed is not None and self._still_shown(of[0])

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
        is_new = last is None or one.at_ms - last.at_ms > REMEMBERED_MS
        if one.became == "created" and not is_new and last.version != one.version:
            self._bad.append(f"type: {what} is created, before it {last.version}")
        if one.became in {"updated", "corrected"} and last is None:
            self._bad.append(f"type: {what} is {one.became}, before it nothing")
        if not is_new and one.became == "updated" and one.previous != last.version:
            self._bad.append(f"previous: {what} names {one.previous}, before it {last.version}")
        self._last[one.uri] = one

    def _judge_item(self, uri: str) -> None:
        acts, shown = self._history(uri), self._of[uri]
        labels = [self._label(one) for one in shown]
        told = f"{uri} shows {labels}, said was {[act.label for act in acts]}"
        self._judge_embargoes(acts, shown)
        kills = {act.label: act.is_kill for act in acts}
        for one, label in zip(shown, labels, strict=True):
            if label not in kills:
                word = "withdrawn" if one.is_note else "phantom"
                self._bad.append(f"{word}: {label}, of which nobody said so: {told}")
                return
            if kills[label] != (one.became == "withdrawn"):
                self._bad.append(f"type: {uri} {label} is {one.became}")
        if self._world.forgets and self._world.has_removed and acts[0].put.feed is not None:
            return  # a feed that is added again after so long begins anew
        epochs = [[self._label(one) for one in epoch] for epoch in _split_epochs(shown)]
        orders = [_find_acts(epoch, acts) for epoch in epochs]
        before = {label for epoch in epochs[:-1] for label in epoch if label not in epochs[-1]}
        open_acts = [act for act in acts if act.label not in before]
        if None in orders:
            self._bad.append(f"stale: {told}")
            return
        word = _judge_end(open_acts, orders[-1][-1] if orders else None)
        if word and not self._may_miss(acts):
            self._bad.append(f"{word}: {told}")

    def _may_miss(self, acts: list[Act]) -> bool:
        """True for an entry that went back to an earlier text in a feed that was removed: nobody
        remembers what the feed showed in between.
        """
        *earlier, last = acts
        is_back = last.label in {act.label for act in earlier}
        return self._world.has_removed and last.put.feed is not None and is_back

    def _label(self, one: Shown) -> int | str:
        return one.uri if one.is_note else one.label

    def _judge_embargoes(self, acts: list[Act], shown: list[Shown]) -> None:
        """`x` the latest time that the server has ever had until then."""
        for one in shown:
            of = [act.put for act in acts if act.label == self._label(one)]
            ends = [put.at_ms + (put.said.embargo_ms or 0) for put in of]
            if ends and one.at_ms < min(ends):
                self._bad.append(f"early: {one.uri} {one.version} before its embargo ended")

    def _history(self, uri: str) -> list[Act]:
        acts: list[Act] = []
        for n, put in enumerate(self._world.puts):
            said = put.said
            if said.uri == uri and said.kind in {"item", "kill", "link", "copy"}:
                is_due = not put.is_lost and (put.is_admitted or self._still_shown(put))
                if said.kind == "link":
                    is_due &= not self._world.has_failed_pages
                if put.feed is None and not said.unversioned:
                    # The same version once more says nothing new.
                    is_due &= not any(act.label == said.v and act.is_due for act in acts)
                kill = said.kind == "kill"
                acts.append(Act(n=n, label=said.v, is_kill=kill, is_due=is_due, put=put))
            elif said.names == uri and said.kind == "note":
                is_due = not put.is_lost and self._is_certain(said, acts)
                acts.append(Act(n=n, label=said.uri, is_kill=True, is_due=is_due, put=put))
        return acts

    def _still_shown(self, put: Put) -> bool:
        assert put.feed is not None
        return self._world.shown[put.feed].get(put.said.uri) == put.said

    def _is_certain(self, note: object, acts: list[Act]) -> bool:
        """Must the note be taken for this item? It has to name each version that it may meet."""
        items = [act.put.said for act in acts if not act.is_kill]
        if not items or note.agency != items[0].agency or self._world.jumps_ms > TURN_MS:
            return False
        if note.by == "slug" or note.alike:
            return True
        return all(said.v == note.v for said in items)


def _split_epochs(shown: list[Shown]) -> list[list[Shown]]:
    """An item's events, split where it did not move for so long that its record was forgotten: what
    waited on a work stream is published all the same, after what overtook it.
    """
    epochs: list[list[Shown]] = []
    for one in shown:
        if not epochs or one.at_ms - epochs[-1][-1].at_ms > REMEMBERED_MS:
            epochs.append([])
        epochs[-1].append(one)
    return epochs


def _find_acts(
    labels: list[int | str], acts: list[Act], seen: tuple[Act, ...] = ()
) -> tuple[Act, ...] | None:
    """The act behind each label, in an order that the acts allow; None where there is none. Of acts
    with one label a failover may have lost the first, so each of them is tried.
    """
    if not labels:
        return seen
    of = [act for act in acts if act.label == labels[0] and act not in seen]
    for act in of:
        if not any(act.precedes(one) for one in seen):
            found = _find_acts(labels[1:], acts, (*seen, act))
            if found is not None:
                return found
    return None


def _judge_end(acts: list[Act], last: Act | None) -> str:
    """What is wrong with how a desk ends, in a word; empty where nothing is."""
    ends = [act for act in acts if last is not None and act.label == last.label]
    missed = [act for act in acts if act.is_due and act not in ends]
    if ends:
        missed = [act for act in missed if all(end.precedes(act) for end in ends)]
    is_out = last is not None and not last.is_kill
    if any(act.is_note for act in missed) and is_out:
        return "kill"
    for act in missed:
        kills = [kill for kill in acts if kill.is_kill and kill != act and not kill.precedes(act)]
        # A note may stop the version that it names, and an earlier one under other words stays.
        is_stopped = any(not kill.is_due for kill in kills) if is_out else bool(kills)
        if not act.is_note and not is_stopped:
            return "lost"
    return ""


def _is_old(world: World, one: Shown) -> bool:
    """True for a version that more than the versions that a record knows were said to follow."""
    labels = [put.said.v for put in world.puts if put.said.uri == one.uri]
    if one.label not in labels:
        return False
    later = labels[labels.index(one.label) + 1 :]
    return len(set(later) - {one.label}) >= VERSIONS_KEPT


def _judge_alerts(world: World) -> list[str]:
    """Who had an item has its kill."""
    whole, bad = {}, []
    if world.forgets:
        return bad
    for one in _desk(world, "items"):
        if not one.is_replayed and (not one.is_note or one.is_certain):
            whole[one.subject if one.is_note else one.uri] = one.became
    for name in ("alerts", "firsts"):
        ids: Counter[str] = Counter()
        last = {}
        for one in _desk(world, name):
            ids[one.id] += not (ids[one.id] and _is_old(world, one))
            if not one.is_replayed and (not one.is_note or one.is_certain):
                last[one.subject if one.is_note else one.uri] = one.became
        bad += [f"doubled: {one} on {name}" for one, times in ids.items() if times > 1]
        bad += [
            f"kill: {uri} is withdrawn, and not on {name}, which had it"
            for uri, became in last.items()
            if whole.get(uri) == "withdrawn" and became != "withdrawn"
        ]
    return bad


def _judge_copies(world: World) -> list[str]:
    """One of those with the same words is the first, until a kill takes it back; the desk of firsts
    has firsts alone.
    """
    bad: list[str] = []
    first: str | None = None
    named: list[str] = []
    out: set[str] = set()
    for one in _desk(world, "items"):
        if one.is_note and one.is_certain:
            out.discard(one.subject)
            first = None if one.subject == first else first
        if not one.uri.startswith("urn:x") or one.is_replayed:
            continue
        if one.copy_of is None and first not in {None, one.uri}:
            bad.append(f"copy: {one.uri} is a first as {first} is")
        # Without a first, a copy that came once more may have become it.
        if one.copy_of is not None and (one.copy_of not in out or first not in {None, one.copy_of}):
            bad.append(f"copy: {one.uri} is one of {one.copy_of}, and the first is {first}")
        out.add(one.uri)
        if one.copy_of is None:
            first = one.uri
            named.append(first)
    firsts = [
        one.uri
        for one in _desk(world, "firsts")
        if one.uri.startswith("urn:x") and not one.is_replayed
    ]
    # A copy that comes once more after its first was taken back is the desk's first news of it.
    has_kills = any(put.said.names.startswith("urn:x") for put in world.puts)
    if not set(named) <= set(firsts) or not (has_kills or set(firsts) <= set(named)):
        bad.append(f"copy: the desk of firsts has {firsts}, firsts were {named}")
    return [] if world.jumps_ms > DAY_MS else bad


def _judge_sinks(world: World) -> list[str]:
    """A sink that drops what it has by id has the desk, in its order."""
    bad = []
    for name, sink in world.sinks.items():
        desk = list(dict.fromkeys(_desk_ids(world, name)))
        taken = list(sink.taken)
        if not (world.failovers or world.forgets) and taken != desk:
            bad.append(f"sink: {name} took {len(taken)} of {len(desk)}, or in another order")
        if missing := set(desk) - set(taken):
            bad.append(f"sink: {name} misses {len(missing)}")
    return bad


def _judge_rest(world: World) -> list[str]:
    bad = []
    sizes, pages = world.store.stats.sizes(), world.store.pages.waiting()
    stuck = {name: sizes[name] for name in ("inbox", "held") if sizes[name]}
    if stuck or pages:
        bad.append(f"stuck: {stuck}, {pages} pages")
    letters = world.store.dead_letters.list(1000)
    for letter in letters:
        is_excused = letter.kind == "page" or (
            letter.kind == "attempts" and world.deaths >= world.traits.attempts_max
        )
        if _is_honest(world, letter.payload) and not is_excused:
            bad.append(f"dead letter: {letter.kind}: {letter.reason}")
    dead = sum(not _is_honest(world, letter.payload) for letter in letters)
    said = sum(put.said.kind in {"bad", "bare"} for put in world.puts)
    if dead != said and not (world.failovers or world.has_dropped):
        bad.append(f"dead letters: {dead} of {said} messages that cannot be used")
    return bad


def _is_honest(world: World, payload: str) -> bool:
    try:
        uri = json.loads(payload).get("uri", "")
    except (ValueError, AttributeError, RecursionError):
        return False
    return isinstance(uri, str) and uri.startswith("urn:") and not uri.startswith("urn:bad")
