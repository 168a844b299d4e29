"""The compiled place table: how it is laid out, and a reader that maps it into memory.

    header   8 bytes magic, then number of names, number of rows (u32 each)
    names    one u64 each, sorted: 40 bits of the folded name's hash, 1 bit "an alternate name
             only", 23 bits row number
    rows     ROW each: GeoNames id, latitude and longitude in 1e-5 degrees, weight, iso, admin1

All little-endian. Names themselves are not kept: two different names share a 40-bit hash once in
three million look-ups of unknown names. training/places/build_places.py writes the file.
"""

import mmap
import struct
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from importlib import resources

__all__ = ["ALTERNATE_WEIGHT", "PlaceTable", "TableRow", "load_table", "pack_table"]

MAGIC = b"CTPLACE1"
HEADER = struct.Struct("<8sII")
ROW = struct.Struct("<IiiI2s6s")
NO_DEGREES = -(2**31)
ALTERNATE_WEIGHT = 0.2
"""A town known by this name only as an alternate counts a fifth."""

_ALTERNATE = 1 << 23
_ROW_MASK = _ALTERNATE - 1


def _name_hash(folded: str) -> int:
    digest = blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=5).digest()
    return int.from_bytes(digest, "big") << 24


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """One place. `weight` is its population, times five for a capital; `geonames_id` 0 is none."""

    iso: str
    admin1: str = ""
    geonames_id: int = 0
    lat: float | None = None
    lon: float | None = None
    weight: float = 0.0


class PlaceTable:
    """Look-up of folded names in the compiled table; nothing is unpacked before it is asked for."""

    __slots__ = ("_data", "_names", "_rows_at")

    def __init__(self, data: bytes | mmap.mmap) -> None:
        magic, names, _ = HEADER.unpack_from(data)
        if magic != MAGIC:
            raise ValueError("not a place table of this version")
        self._data = data
        self._rows_at = HEADER.size + 8 * names
        view = memoryview(data)[HEADER.size : self._rows_at]
        self._names: Sequence[int] = _as_u64(view)

    def find(self, folded: str) -> Iterator[TableRow]:
        """The rows of a name, alternates already weighed down."""
        key = _name_hash(folded)
        at = bisect_left(self._names, key)
        while at < len(self._names) and (entry := self._names[at]) >> 24 == key >> 24:
            share = ALTERNATE_WEIGHT if entry & _ALTERNATE else 1.0
            yield self._row(entry & _ROW_MASK, share)
            at += 1

    def knows(self, folded: str) -> bool:
        """True when the name is in the table."""
        key = _name_hash(folded)
        at = bisect_left(self._names, key)
        return at < len(self._names) and self._names[at] >> 24 == key >> 24

    def _row(self, number: int, share: float) -> TableRow:
        geonames_id, lat, lon, weight, iso, admin1 = ROW.unpack_from(
            self._data, self._rows_at + number * ROW.size
        )
        return TableRow(
            iso=iso.decode("ascii"),
            admin1=admin1.rstrip(b"\0").decode("ascii"),
            geonames_id=geonames_id,
            lat=None if lat == NO_DEGREES else lat / 1e5,
            lon=None if lon == NO_DEGREES else lon / 1e5,
            weight=weight * share,
        )


def _as_u64(view: memoryview) -> Sequence[int]:
    if sys.byteorder == "little":
        return view.cast("Q")
    numbers = array("Q", view.tobytes())
    numbers.byteswap()
    return numbers


def load_table() -> PlaceTable:
    """The table that ships with the package."""
    file = resources.files("worker.parse") / "data" / "places.bin"
    with resources.as_file(file) as path, path.open("rb") as opened:
        return PlaceTable(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))


def pack_table(named_rows: Iterable[tuple[TableRow, Iterable[str], Iterable[str]]]) -> bytes:
    """The bytes of a table from (row, folded primary names, folded alternate names)."""
    rows: list[bytes] = []
    entries: set[int] = set()
    for number, (row, primary, alternate) in enumerate(named_rows):
        rows.append(_pack_row(row))
        own = set(primary)
        entries.update(_name_hash(name) | number for name in own)
        entries.update(_name_hash(name) | _ALTERNATE | number for name in set(alternate) - own)
    names = struct.pack(f"<{len(entries)}Q", *sorted(entries))
    return HEADER.pack(MAGIC, len(entries), len(rows)) + names + b"".join(rows)


def _pack_row(row: TableRow) -> bytes:
    degrees = (NO_DEGREES if value is None else round(value * 1e5) for value in (row.lat, row.lon))
    weight = min(int(row.weight), 2**32 - 1)
    return ROW.pack(
        row.geonames_id, *degrees, weight, row.iso.encode("ascii"), row.admin1.encode("ascii")[:6]
    )
