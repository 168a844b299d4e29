"""What producers say: honest messages in versions, kills and notes, and hostile ones.

A `Said` is plain data, so that a schedule can be printed, kept and shrunk. What it means for the
desks is the judge's business; here it only becomes the fields of a stream's entry.
"""

import datetime
import json
import random
from functools import cache

import msgspec

from worker.model import NewsItem, content_digest

__all__ = ["Said", "body_of", "entry_id_of", "fields_of", "headline_of", "item_of", "page_url"]

CITIES = {"a": "Oslo", "b": "Paris", "c": "Tver", "d": "Minsk", "f": "Lisbon", "g": "Madrid"}
_BODY = (
    "VARNA, March 4. /TASS/. Story {uri} version {v}, envoy Pavel Dobrin said. "
    '"We are at {v}," he said. "Nothing is final at {v}," he added.'
)
_WORDS = [
    first + last
    for first in "amber birch cedar delta ember flint grove heron inlet jetty knoll larch".split()
    for last in ("", "field", "ton", "wick", "by", "mouth", "gate", "well", "ford", "stead")
]
_LONG = " ".join(random.Random("harvest").sample(_WORDS, 90)) + "."


class Said(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message.

    `v` is the version; of a note the version of `names` whose headline it gives. `by` is how a note
    names its target. `embargo_ms` is how long after its putting it may go out. An `unversioned`
    message leaves its version to the service. `entry` is a word for the id that the producer chose,
    `extra` are fields beside the message, and `many` counts more of them. `raw` is the message
    itself.
    """

    kind: str
    uri: str = ""
    v: int = 0
    door: str = "inbox"
    urgent: bool = False
    embargo_ms: int | None = None
    unversioned: bool = False
    alike: bool = False
    names: str = ""
    by: str = ""
    agency: str = "TASS"
    entry: str = ""
    extra: tuple[tuple[str, str], ...] = ()
    many: int = 0
    raw: str = ""
    times: int = 1

    def __str__(self) -> str:
        """As a schedule prints it."""
        words = [self.kind, self.uri, f"v{self.v}" if self.v else "", f"on {self.door}"]
        if self.names:
            words.append(f"names {self.names} by its {self.by}")
        words += [word for word in ("urgent", "unversioned", "alike") if getattr(self, word)]
        if self.embargo_ms is not None:
            words.append(f"embargoed for {self.embargo_ms} ms")
        if self.agency != "TASS":
            words.append(f"of {self.agency}")
        if self.entry:
            words.append(f"under an id {self.entry}")
        if self.extra:
            words.append(f"with {dict(self.extra)}")
        if self.many:
            words.append(f"and {self.many} fields more")
        if self.raw:
            words.append(repr(self.raw[:40]))
        if self.times > 1:
            words.append(f"{self.times} times")
        return " ".join(word for word in words if word)


@cache
def headline_of(uri: str, v: int, *, alike: bool) -> str:
    """Five words that no other version shares; or, alike, all but one of other items' words."""
    if alike:
        return f"Talks about grain resume in {CITIES[uri[4:5]]}"
    return " ".join(random.Random(f"{uri} {v}").sample(_WORDS, 5))


def slug_of(uri: str) -> str:
    return f"EU--{uri[4:].capitalize()} {CITIES.get(uri[4:5], 'Town')}"


def body_of(uri: str, v: int) -> str:
    return _BODY.format(uri=uri, v=v)


def item_of(uri: str, v: int, source: str, *, alike: bool, urgent: bool, link: str) -> NewsItem:
    """An entry of a feed."""
    headline, body = headline_of(uri, v, alike=alike), body_of(uri, v)
    return NewsItem(
        uri=uri,
        version=content_digest(headline, "", body),
        headline=headline,
        body_text=body,
        slugline=f"BC-{slug_of(uri)}",
        urgency=2 if urgent else None,
        infosource="TASS",
        source=source,
        link=link,
    )


def page_url(uri: str, v: int) -> str:
    return f"https://pages.example/{uri}/{v}"


def entry_id_of(said: Said, now_ms: int) -> str:
    """The id under which the message is put."""
    ids = {
        "": "*",
        "an hour ahead": f"{now_ms + 3_600_000}-0",
        "in microseconds": f"{now_ms * 1000}-0",
        "of 20 digits": "10000000000000000000-1",
        "that is the last": f"{(1 << 64) - 1}-{(1 << 64) - 1}",
    }
    return ids[said.entry]


def fields_of(said: Said, now_ms: int) -> list[str]:
    """The entry's fields and values; lone surrogates stand for bytes that are no text."""
    words = [] if said.kind == "bare" else ["message", _message(said, now_ms)]
    if said.agency != "TASS":
        words += ["source", said.agency]
    words += [word for pair in said.extra for word in pair]
    words += [word for n in range(said.many) for word in (f"field{n}", "x")]
    return words


def _message(said: Said, now_ms: int) -> str:
    if said.raw:
        return said.raw
    if said.kind == "link":
        return json.dumps({"link": page_url(said.uri, said.v), "uri": said.uri})
    message: dict[str, object] = {"uri": said.uri, "infosource": said.agency}
    if not said.unversioned:
        message["version"] = str(said.v)
    if said.kind == "note":
        message |= _note(said)
    elif said.kind == "kill":
        message |= {"pubstatus": "canceled", "headline": f"KILL: story {said.uri}"}
        message["body_text"] = f"Kill it. Story {said.uri} version {said.v}, again."
    elif said.kind == "copy":
        message |= {"headline": "Harvest", "body_text": _LONG, "slugline": slug_of(said.uri)}
    else:
        message["headline"] = headline_of(said.uri, said.v, alike=said.alike)
        message |= {"body_text": body_of(said.uri, said.v), "slugline": f"BC-{slug_of(said.uri)}"}
    if said.urgent:
        message["urgency"] = 2
    if said.embargo_ms is not None:
        message["embargoed"] = _iso(now_ms + said.embargo_ms)
    return json.dumps(message)


def _note(said: Said) -> dict[str, str]:
    headline = headline_of(said.names, said.v, alike=said.alike)
    if said.by == "own headline":
        return {"headline": f"WITHDRAWN: {headline}", "body_text": "The story is withdrawn."}
    what = f'Please kill our item headlined "{headline}" of today.'
    if said.by == "slug":
        what = f"Kill the story slugged {slug_of(said.names)}."
    return {"headline": "KILL KILL KILL", "body_text": f"KILL KILL KILL\n\n{what}"}


def _iso(ms: int) -> str:
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.UTC).isoformat()
