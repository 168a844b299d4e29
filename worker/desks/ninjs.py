"""Items as IPTC ninjs 3.1 documents, for systems that read that standard.

Annotations that ninjs has no property for are left out: quotes, spans, and titles of people.
"""

import re

from worker.desks.uri import encode_uri, subject_of
from worker.model import EntityLabel, NewsItem, ParsedItem, Place, Signal
from worker.model.ninjs import (
    NinjsAltId,
    NinjsBody,
    NinjsHeadline,
    NinjsItem,
    NinjsName,
    NinjsPlace,
    NinjsPoint,
    NinjsRendition,
    NinjsStandard,
)

__all__ = ["as_ninjs"]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}:")


def as_ninjs(parsed: ParsedItem) -> NinjsItem:
    """Return the item, its entities and its places as a ninjs 3.1 document."""
    item, life = parsed.item, parsed.life
    return NinjsItem(
        uri=_uri(subject_of(parsed)),  # of a kill, its target: consumers cancel by uri
        type="text",
        representation_type="full",
        version=item.version,
        first_created=item.firstcreated,
        version_created=item.versioncreated,
        embargoed_until=life.embargoed or item.embargoed,
        pub_status=life.pubstatus.value,
        # The schema's bounds, which `Life` itself does not enforce.
        urgency=min(max(life.urgency, 1), 9),
        copyright_notice=item.rights,
        ed_note=item.ednote,
        language=item.language,
        headlines=_headlines(item),
        bodies=(_body(item.body_text),) if item.body_text else (),
        people=_names(parsed, EntityLabel.PERSON),
        organisations=_names(parsed, EntityLabel.ORG),
        places=_places(parsed),
        subjects=_names(parsed, EntityLabel.NORP, EntityLabel.LAW),
        events=_names(parsed, EntityLabel.EVENT),
        objects=_names(parsed, EntityLabel.PRODUCT),
        info_sources=_sources(parsed),
        by=_byline(parsed),
        slugline=item.slugline or life.slug or "",
        located=_located(parsed),
        renditions=_renditions(item.link),
        alt_ids=_alt_ids(parsed),
        standard=NinjsStandard(),
    )


def _headlines(item: NewsItem) -> tuple[NinjsHeadline, ...]:
    return tuple(
        NinjsHeadline(role=role, value=value)
        for role, value in (("main", item.headline), ("deck", item.deck))
        if value
    )


def _byline(parsed: ParsedItem) -> str:
    """Return the byline, or the correspondent that the dateline names."""
    correspondent = parsed.dateline.correspondent if parsed.dateline else None
    return parsed.item.byline or correspondent or ""


def _located(parsed: ParsedItem) -> str:
    """Return the place of filing, or the first place of the dateline."""
    places = parsed.dateline.places if parsed.dateline else ()
    return parsed.item.located or (places[0].name if places else "")


def _uri(uri: str) -> str:
    """Return an identifier as the absolute URI that ninjs requires."""
    encoded = encode_uri(uri)
    return encoded if _SCHEME.match(encoded) else f"urn:copytaster:item:{encoded}"


def _body(text: str) -> NinjsBody:
    return NinjsBody(value=text, char_count=len(text), word_count=len(text.split()))


def _names(parsed: ParsedItem, *labels: EntityLabel) -> tuple[NinjsName, ...]:
    """Return the entities with these labels, each once, in the order of first mention."""
    if parsed.life.signal is Signal.WITHDRAWN:
        return ()  # a kill note repeats the names that it takes back
    names = dict.fromkeys(entity.canonical for entity in parsed.entities if entity.label in labels)
    return tuple(NinjsName(name=name, rel="mentioned") for name in names)


def _places(parsed: ParsedItem) -> tuple[NinjsPlace, ...]:
    """Return the places of filing, with data of the place table, then other places named."""
    filed = parsed.dateline.places if parsed.dateline else ()
    known = {place.name.casefold() for place in filed}
    named = _names(parsed, EntityLabel.GPE, EntityLabel.LOC, EntityLabel.FAC)
    return (
        *(_filed_from(place) for place in filed),
        *(
            NinjsPlace(name=place.name, rel=place.rel)
            for place in named
            if place.name.casefold() not in known
        ),
    )


def _filed_from(place: Place) -> NinjsPlace:
    point = None
    if place.lat is not None and place.lon is not None:
        point = NinjsPoint(coordinates=(place.lon, place.lat))
    known = place.geonames_id is not None
    return NinjsPlace(
        name=place.name,
        rel="located",
        uri=f"https://sws.geonames.org/{place.geonames_id}/" if known else "",
        geo_json=point,
    )


def _sources(parsed: ParsedItem) -> tuple[NinjsName, ...]:
    agency = parsed.dateline.agency if parsed.dateline else None
    names = dict.fromkeys(name for name in (agency, parsed.item.infosource) if name)
    return tuple(NinjsName(name=name) for name in names)


def _renditions(link: str) -> tuple[NinjsRendition, ...]:
    """Return the item's page as a rendition, if it is on the web."""
    if not link.startswith(("https://", "http://")):
        return ()
    return (NinjsRendition(href=_uri(link)),)


def _alt_ids(parsed: ParsedItem) -> tuple[NinjsAltId, ...]:
    """Return an identifier that is no URI as it came, a kill note's own, the agency's number."""
    uri, own = subject_of(parsed), parsed.item.uri
    alternatives = (
        ("uri", uri if uri != _uri(uri) else None),
        ("notice", own if own != uri else None),
        ("itemNumber", parsed.life.item_number),
    )
    return tuple(NinjsAltId(role=role, value=value) for role, value in alternatives if value)
