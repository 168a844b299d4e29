"""The compiled place table: its layout, and a reader that maps it into memory.

    header   8 bytes magic; number of names, of rows and of areas (u32 each)
    buckets  u32 for each value of the first 16 bits of a name's hash, and a last one: the number
             of the bucket's first name
    names    6 bytes each, by bucket: 24 bits of the rest of the hash, then 24 bits of 5 bits more
             of the hash, 1 bit "an alternate name only", 18 bits row number
    rows     ROW each: GeoNames id, latitude, longitude, weight, area number, fame
    areas    AREA each: ISO 3166-1 code, GeoNames' first-order code, kind

All numbers are little-endian. The names are stored as hashes alone: of fifty million unknown names
a single name is mistaken for another. training/places/build_places.py writes the file.
"""

import math
import mmap
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from hashlib import blake2b
from importlib import resources
from itertools import accumulate
from typing import Self

import msgspec

__all__ = ["ALTERNATE_SHARE", "PlaceKind", "PlaceTable", "TableRow", "load_table", "pack_table"]

MAGIC = b"CTPLACE2"
HEADER = struct.Struct("<8sIII")
BUCKET = struct.Struct("<II")
ROW = struct.Struct("<I3s3sHHB")
AREA = struct.Struct("<2s8sB")
BUCKETS = 1 << 16
NAME_SIZE = 6
ALTERNATE_SHARE = 0.2
"""Weight of a town that has the name only as an alternate."""

_ALTERNATE = 1 << 18
_ROW_MASK = _ALTERNATE - 1
_TAIL_SHIFT = 19
_STEPS = (1 << 24) - 2
"""Steps of a coordinate in 24 bits, some two metres each; the last value is for unknown ones."""
_NO_DEGREES = b"\xff\xff\xff"
_WEIGHT_STEPS = 2000
"""Steps of a weight for each doubling: 16 bits hold populations up to four billion to 0.02 %."""
_DEGREES_DIGITS = 4


class PlaceKind(IntEnum):
    """The kinds of rows. NOWHERE is a name in datelines that lies in no country: `AT SEA`."""

    TOWN = 0
    REGION = 1
    COUNTRY = 2
    NOWHERE = 3


class TableRow(msgspec.Struct, frozen=True, kw_only=True):
    """A place of the table.

    `weight` is its population, times five for a capital; `fame` the number of alternate names that
    GeoNames has for it, at most 255; `geonames_id` is 0 without one. Countries and regions have the
    coordinates of their capital or greatest town, None if the table lacks it.
    """

    iso: str
    admin1: str = ""
    kind: PlaceKind = PlaceKind.TOWN
    geonames_id: int = 0
    lat: float | None = None
    lon: float | None = None
    weight: float = 0.0
    fame: int = 0


@dataclass(frozen=True, slots=True)
class _Key:
    """The hash of a folded name, in the three parts under which the table stores it."""

    bucket: int
    head: bytes
    tail: int

    @classmethod
    def of(cls, folded: str) -> Self:
        digest = blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=6).digest()
        return cls(int.from_bytes(digest[:2], "big"), digest[2:5], digest[5] >> 3)


class PlaceTable:
    """Look-up of folded names in the compiled table; rows are unpacked on demand."""

    __slots__ = ("_areas", "_areas_at", "_data", "_names_at", "_rows_at")

    def __init__(self, data: bytes | mmap.mmap) -> None:
        if data[: len(MAGIC)] != MAGIC:
            raise ValueError("not a place table of this version")
        _, names, rows, _ = HEADER.unpack_from(data)
        self._data = data
        self._names_at = HEADER.size + 4 * (BUCKETS + 1)
        self._rows_at = self._names_at + NAME_SIZE * names
        self._areas_at = self._rows_at + ROW.size * rows
        self._areas: dict[int, tuple[str, str, PlaceKind]] = {}

    def find(self, folded: str) -> Iterator[TableRow]:
        """Yield the rows of a name, those of alternate names with a lower weight."""
        for entry in self._entries(folded):
            yield self._row(entry & _ROW_MASK, ALTERNATE_SHARE if entry & _ALTERNATE else 1.0)

    def _entries(self, folded: str) -> Iterator[int]:
        key = _Key.of(folded)
        first, last = BUCKET.unpack_from(self._data, HEADER.size + 4 * key.bucket)
        begin = self._names_at + NAME_SIZE * first
        names = self._data[begin : self._names_at + NAME_SIZE * last]
        at = names.find(key.head)
        while at >= 0:
            if at % NAME_SIZE == 0:
                entry = int.from_bytes(names[at + 3 : at + NAME_SIZE], "little")
                if entry >> _TAIL_SHIFT == key.tail:
                    yield entry
            at = names.find(key.head, at + 1)

    def _row(self, number: int, share: float) -> TableRow:
        geonames_id, lat, lon, weight, area, fame = ROW.unpack_from(
            self._data, self._rows_at + number * ROW.size
        )
        iso, admin1, kind = self._areas.get(area) or self._area(area)
        return TableRow(
            iso=iso,
            admin1=admin1,
            kind=kind,
            geonames_id=geonames_id,
            lat=_unpack_degrees(lat, 90),
            lon=_unpack_degrees(lon, 180),
            weight=_unpack_weight(weight) * share,
            fame=fame,
        )

    def _area(self, number: int) -> tuple[str, str, PlaceKind]:
        """Return an area, unpacked on first use: the towns of a region share it."""
        iso, admin1, kind = AREA.unpack_from(self._data, self._areas_at + number * AREA.size)
        area = iso.decode("ascii"), admin1.rstrip(b"\0").decode("ascii"), PlaceKind(kind)
        self._areas[number] = area
        return area


def load_table() -> PlaceTable:
    """Return the table of the package."""
    file = resources.files("worker.parse") / "data" / "places.bin"
    with resources.as_file(file) as path, path.open("rb") as opened:
        return PlaceTable(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))


def pack_table(named_rows: Iterable[tuple[TableRow, Iterable[str], Iterable[str]]]) -> bytes:
    """Return the bytes of a table from (row, folded primary names, folded alternate names)."""
    rows: list[bytes] = []
    areas: dict[tuple[str, str, PlaceKind], int] = {}
    entries: set[tuple[int, bytes]] = set()
    for number, (row, primary, alternate) in enumerate(named_rows):
        if number > _ROW_MASK:
            raise ValueError(f"more than {_ROW_MASK + 1} rows")
        rows.append(_pack_row(row, areas.setdefault((row.iso, row.admin1, row.kind), len(areas))))
        own = set(primary)
        entries.update(_pack_name(name, number) for name in own)
        entries.update(_pack_name(name, number | _ALTERNATE) for name in set(alternate) - own)
    return b"".join(
        (
            HEADER.pack(MAGIC, len(entries), len(rows), len(areas)),
            _pack_buckets(entries),
            b"".join(packed for _, packed in sorted(entries)),
            b"".join(rows),
            b"".join(
                AREA.pack(iso.encode("ascii"), admin1.encode("ascii"), kind)
                for iso, admin1, kind in areas
            ),
        )
    )


def _pack_name(folded: str, entry: int) -> tuple[int, bytes]:
    key = _Key.of(folded)
    return key.bucket, key.head + (key.tail << _TAIL_SHIFT | entry).to_bytes(3, "little")


def _pack_buckets(entries: Iterable[tuple[int, bytes]]) -> bytes:
    sizes = [0] * (BUCKETS + 1)
    for bucket, _ in entries:
        sizes[bucket + 1] += 1
    return struct.pack(f"<{BUCKETS + 1}I", *accumulate(sizes))


def _pack_row(row: TableRow, area: int) -> bytes:
    return ROW.pack(
        row.geonames_id,
        _pack_degrees(row.lat, 90),
        _pack_degrees(row.lon, 180),
        round(_WEIGHT_STEPS * math.log2(1 + row.weight)),
        area,
        min(row.fame, 255),
    )


def _pack_degrees(value: float | None, limit: int) -> bytes:
    if value is None:
        return _NO_DEGREES
    return round((value + limit) / (2 * limit) * _STEPS).to_bytes(3, "little")


def _unpack_degrees(packed: bytes, limit: int) -> float | None:
    if packed == _NO_DEGREES:
        return None
    steps = int.from_bytes(packed, "little")
    return round(steps / _STEPS * 2 * limit - limit, _DEGREES_DIGITS)


def _unpack_weight(packed: int) -> float:
    weight: float = 2.0 ** (packed / _WEIGHT_STEPS)
    return weight - 1.0
