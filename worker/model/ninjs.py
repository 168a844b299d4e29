"""The subset of IPTC's ninjs that is written: the `data` of a `ninjs` event.

Names, nesting and formats are IPTC's. Source: ninjs 3.1, https://iptc.org/standards/ninjs/.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = [
    "NinjsAltId",
    "NinjsBody",
    "NinjsHeadline",
    "NinjsItem",
    "NinjsName",
    "NinjsPlace",
    "NinjsPoint",
    "NinjsRendition",
    "NinjsStandard",
]

Uri = Annotated[str, Meta(extra_json_schema={"format": "uri"})]


class _Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A part of a document, without its empty fields, which the schema of ninjs does not allow."""


class NinjsHeadline(_Part, frozen=True, kw_only=True):
    """The headline (role `main`) or the deck under it (`deck`)."""

    role: str
    value: str


class NinjsBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The story as plain text, with blank lines between paragraphs, and its length."""

    value: str
    char_count: int
    word_count: int
    role: str = "main"
    content_type: str = "text/plain"


class NinjsName(_Part, frozen=True, kw_only=True):
    """The name of a person, organisation, subject, event, object or source."""

    name: str
    rel: str = ""


class NinjsPoint(msgspec.Struct, frozen=True, kw_only=True):
    """A GeoJSON point: longitude, then latitude. Source: RFC 7946."""

    coordinates: tuple[float, float]
    type: Literal["Point"] = "Point"


class NinjsPlace(_Part, frozen=True, kw_only=True):
    """The place where the item was filed (`located`), or a place that it names (`mentioned`)."""

    name: str
    rel: str = ""
    uri: Uri = ""
    geo_json: NinjsPoint | None = msgspec.field(default=None, name="geoJSON")


class NinjsRendition(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The web page of the item."""

    href: Uri
    name: str = "web"
    content_type: str = "text/html"


class NinjsAltId(msgspec.Struct, frozen=True, kw_only=True):
    """An alternative identifier of the item.

    The role `itemNumber` is the agency's number, `uri` the uri that the item came with, and
    `notice` the uri of the kill that withdraws it.
    """

    role: str
    value: str


class NinjsStandard(msgspec.Struct, frozen=True, kw_only=True):
    """The standard that the document conforms to."""

    name: str = "ninjs"
    version: str = "3.1"
    schema: Uri = "http://www.iptc.org/std/ninjs/ninjs-schema_3.1.json#"


class NinjsItem(_Part, frozen=True, kw_only=True):
    """A complete text item in IPTC's ninjs 3.1: the `data` of a `ninjs` event."""

    uri: Uri
    type: Literal["text"]
    representation_type: Literal["full"]
    standard: NinjsStandard
    version: str
    pub_status: Literal["usable", "withheld", "canceled"]
    urgency: Annotated[int, Meta(ge=1, le=9)]
    first_created: datetime | None = None
    version_created: datetime | None = None
    embargoed_until: datetime | None = None
    copyright_notice: str = ""
    ed_note: str = ""
    language: str = ""
    headlines: tuple[NinjsHeadline, ...] = ()
    bodies: tuple[NinjsBody, ...] = ()
    people: tuple[NinjsName, ...] = ()
    organisations: tuple[NinjsName, ...] = ()
    places: tuple[NinjsPlace, ...] = ()
    subjects: tuple[NinjsName, ...] = ()
    events: tuple[NinjsName, ...] = ()
    objects: tuple[NinjsName, ...] = ()
    info_sources: tuple[NinjsName, ...] = ()
    by: str = ""
    slugline: str = ""
    located: str = ""
    renditions: tuple[NinjsRendition, ...] = ()
    alt_ids: tuple[NinjsAltId, ...] = ()
