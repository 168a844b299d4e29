"""Organisations whose name is printed in small letters: `the Hungarian foreign ministry`.

A nationality, a country or a town together with the noun of a body is a name, though no tagger
takes it for one. Quotes need such names: `the ministry noted` refers to them.
"""

import re
from collections.abc import Iterator, Sequence

from worker.model import Entity, EntityLabel, Span
from worker.parse.entity_registry import Actor

__all__ = ["with_lower_case_organisations"]

_HEADS = (
    "ministry|embassy|consulate|mission|court|tribunal|police|bank|parliament|senate|cabinet|army|navy"
    "|military|government|presidency|administration|council|committee|commission|department|agency"
    "|service|bureau|authority|office|directorate|inspectorate|regulator|watchdog|exchange|federation"
    "|association|union|chamber|university|hospital|airport|academy|institute|guard|force|company"
    "|airline|club|party|team|delegation|brigade|operator|leadership|authorities|side|opposition"
)
_FIELDS = (
    "foreign|interior|home|defen[cs]e|finance|economy|economics|economic|health|justice|energy|trade|transport"
    "|culture|education|agriculture|farm|industry|labou?r|tourism|environment|emergencies|emergency"
    "|science|sports?|central|national|supreme|high|constitutional|appeals?|district|state|federal"
    "|regional|provincial|city|town|county|municipal|local|criminal|military|border|customs|tax|police"
    "|traffic|weather|meteorological|statistics|stock|security|intelligence|secret|coast|air|fire|rescue"
    "|ambulance|prosecutor['’]s|prosecutors['’]|ombudsman['’]s|governor['’]s|president['’]s|press"
    "|competition|antitrust|anti-monopoly|anti-corruption|electoral|election|nuclear|aviation|railway"
    "|rail|maritime|port|space|data|media|oil|gas|power|football|olympic|medical|public|general"
    "|consumer|migration|immigration|refugee|aid|relief|civil|and|of"
)
_BODY = re.compile(
    rf"(?:['’]s)?[ ](?P<noun>(?:(?:{_FIELDS})[ ]){{0,3}}(?P<head>{_HEADS}))\b(?![-'’]?\w)"
    r"(?!['’]s[ ](?:own|first|second))"
)

# `court ruling`, `bank account`: the noun belongs to the next. `ministry spokesman` is the body's.
_TAKEN_OVER = re.compile(
    r"[ ](?!spokes|press|sources?\b|officials?\b|representative|website|statement)"
    r"(?:officers?|chiefs?|heads?|rulings?|cases?|accounts?|members?|leaders?|workers?|building|reform"
    r"|forces?|station|custody|guards?|crackdown|raid|debt|bonds?|rate|rates|aid|contracts?|policy)\b"
)
_OWNERS = frozenset((EntityLabel.NORP, EntityLabel.GPE))


def with_lower_case_organisations(
    full: str, entities: Sequence[Entity], actors: tuple[Actor, ...]
) -> tuple[Actor, ...]:
    """Return the actors and, behind them, the organisations named in small letters.

    >>> full = "The Hungarian foreign ministry said so."
    >>> owner = Entity(span=Span(4, 13), label=EntityLabel.NORP, canonical="Hungarian", iso="HU")
    >>> [actor.canonical for actor in with_lower_case_organisations(full, [owner], ())]
    ['Hungarian foreign ministry']
    """
    found = list(_find_names(full, entities))
    if not found:
        return actors
    nouns: dict[str, list[str]] = {}
    for owner, noun, _ in found:
        nouns.setdefault(owner, []).append(noun)
    mentions: dict[tuple[str, str], list[Entity]] = {}
    for owner, noun, span in found:
        own = mentions.setdefault((owner, _full_noun(noun, nouns[owner])), [])
        name = own[0].canonical if own else span.of(full)
        own.append(Entity(span=span, label=EntityLabel.ORG, canonical=name))
    named = {actor.canonical.casefold() for actor in actors}
    described = [
        Actor(canonical=own[0].canonical, label=EntityLabel.ORG, mentions=tuple(own))
        for own in mentions.values()
        if own[0].canonical.casefold() not in named
    ]
    return (*actors, *described)


def _full_noun(noun: str, nouns: Sequence[str]) -> str:
    """Return the noun with the field that a later mention leaves out: `the Hungarian ministry`."""
    longer = {other for other in nouns if other.endswith(f" {noun}")}
    return longer.pop() if len(longer) == 1 else noun


def _find_names(full: str, entities: Sequence[Entity]) -> Iterator[tuple[str, str, Span]]:
    """Yield the owner, by its country if it has one, the noun and the span of each name."""
    starts = {entity.span.start for entity in entities}
    for entity in entities:
        if entity.label not in _OWNERS:
            continue
        body = _BODY.match(full, entity.span.end)
        # `Norway's airline, Nordair, said`: the name follows.
        is_named = body and body.end() + 2 in starts and full.startswith(", ", body.end())
        if body and not is_named and not _TAKEN_OVER.match(full, body.end()):
            yield entity.iso or entity.canonical, body["noun"], Span(entity.span.start, body.end())
