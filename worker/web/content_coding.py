"""Content codings (gzip, br, zstd), decoded piece by piece under a limit while a body arrives.

httpx decodes each chunk whole before its size can be checked (1 kB of brotli may be 1 GiB), and
accepts a gzip stream that stops short.
"""

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import brotli

from worker.errors import FetchError, FetchRefused

try:
    from compression import zstd  # type: ignore[import-not-found,unused-ignore]  # Python 3.14
except ImportError:
    from backports import zstd  # type: ignore[no-redef,unused-ignore]

__all__ = ["ACCEPT_ENCODING", "BodyDecoder"]

ACCEPT_ENCODING = "gzip, br, zstd"
"""Not deflate, which servers send in two formats; sent unasked, it is decoded all the same."""

_PIECE_BYTES = 256 * 1024
_LIMIT_CODINGS = 3
"""Most codings of a body: each can multiply its size, and no server needs more."""
_ZSTD_WINDOW_LOG = 23
"""8 MiB, the largest window of the content coding. Source: RFC 9659."""


class _Coding(Protocol):
    def unpack(self, packed: bytes) -> Iterator[bytes]:
        """Yield the content of the next bytes, in pieces of bounded size."""
        ...

    @property
    def is_whole(self) -> bool:
        """True if the stream may end here."""
        ...


class BodyDecoder:
    """Decodes a body as it arrives, and returns it when it is whole."""

    def __init__(self, content_encoding: str, limit_bytes: int, subject: str) -> None:
        """
        Args:
            content_encoding: The header as sent; unknown codings are ignored, as browsers do:
                servers write "utf-8" or "none" there.
            limit_bytes: Limit for the body as sent, as decoded, and between two codings.
            subject: The URL that errors name.
        """
        words = (word.strip().lower() for word in content_encoding[:1000].split(","))
        names = [word for word in words if word in _CODINGS]
        if len(names) > _LIMIT_CODINGS:
            raise FetchRefused("too many content codings", subject=subject, code="encoding")
        self._codings = tuple(_CODINGS[name]() for name in reversed(names))
        self._names = names
        self._limit_bytes = limit_bytes
        self._subject = subject
        self._sent_bytes = 0
        self._bytes = [0] * len(names)
        self._parts: list[bytes] = []

    def check(self, size_bytes: int) -> None:
        """Raise FetchRefused for a size beyond the limit."""
        if size_bytes > self._limit_bytes:
            raise FetchRefused(
                f"the body is larger than {self._limit_bytes:,} bytes",
                subject=self._subject,
                code="too_large",
            )

    def add(self, sent: bytes) -> None:
        """Decode and keep the next bytes of the body.

        Raises:
            FetchError: The bytes are not in the coding that the server named.
            FetchRefused: The bytes, or their content, exceed the limit.
        """
        for _ in self.grow(sent):
            pass

    def grow(self, sent: bytes) -> Iterator[int]:
        """Decode and keep the next bytes; yield the size of each piece once it is kept.

        Raises:
            FetchError, FetchRefused: As `add`.
        """
        self._sent_bytes += len(sent)
        self.check(self._sent_bytes)
        try:
            for piece in self._unpacked(sent, 0):
                self._parts.append(piece)
                yield len(piece)
        except (zlib.error, brotli.error, zstd.ZstdError) as error:
            raise FetchError(
                f"broken {', '.join(self._names)}: {error}", subject=self._subject, code="encoding"
            ) from error

    def whole(self) -> bytes:
        """Return the whole body.

        Raises:
            FetchError: The stream of a coding stops short.
        """
        for name, coding in zip(reversed(self._names), self._codings, strict=True):
            if self._sent_bytes and not coding.is_whole:
                raise FetchError(
                    f"the {name} stream stops short",
                    subject=self._subject,
                    code="cut_short",
                )
        parts, self._parts = self._parts, []
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _unpacked(self, piece: bytes, depth: int) -> Iterator[bytes]:
        """Yield a piece decoded by the codings from `depth` on; the output of each is counted."""
        if depth == len(self._codings):
            yield piece
            return
        for inner in self._codings[depth].unpack(piece):
            self._bytes[depth] += len(inner)
            self.check(self._bytes[depth])
            yield from self._unpacked(inner, depth + 1)


class _Gzip:
    """gzip, in a single member or several; any bytes after the last are padding."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._begun = b""
        self._is_over = False

    @property
    def is_whole(self) -> bool:
        return self._member.eof

    def unpack(self, packed: bytes) -> Iterator[bytes]:
        while packed and not self._is_over:
            if self._member.eof:  # the next member, or padding
                packed = self._begun + packed
                if not packed.startswith(b"\x1f\x8b"):
                    # a chunk may end between the two bytes that begin a member
                    self._begun = packed if packed == b"\x1f" else b""
                    self._is_over = not self._begun
                    return
                self._begun = b""
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            yield from _inflate(self._member, packed)
            packed = self._member.unused_data


def _inflate(stream: "zlib._Decompress", packed: bytes) -> Iterator[bytes]:
    """Yield the content of the bytes, piece by piece, up to the end of the stream."""
    is_full = True
    while (packed or is_full) and not stream.eof:
        piece = stream.decompress(packed, _PIECE_BYTES)
        packed, is_full = stream.unconsumed_tail, len(piece) == _PIECE_BYTES
        yield piece


class _Deflate:
    """The zlib format, or bare deflate, which servers send under the same name."""

    def __init__(self) -> None:
        self._stream: zlib._Decompress | None = None
        self._head = b""

    @property
    def is_whole(self) -> bool:
        return self._stream is not None and self._stream.eof

    def unpack(self, packed: bytes) -> Iterator[bytes]:
        if self._stream is None:
            self._head += packed
            if len(self._head) < 2:
                return
            packed = self._head
            # zlib's header: method 8, and a check value. Source: RFC 1950, section 2.2.
            is_zlib = packed[0] & 15 == 8 and (packed[0] << 8 | packed[1]) % 31 == 0
            self._stream = zlib.decompressobj(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)
        yield from _inflate(self._stream, packed)


class _Brotli:
    """Brotli; output that exceeds a piece is fetched with empty input."""

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    @property
    def is_whole(self) -> bool:
        return bool(self._stream.is_finished())

    def unpack(self, packed: bytes) -> Iterator[bytes]:
        is_full = True
        while (packed or is_full) and not self._stream.is_finished():
            piece = self._stream.process(packed, output_buffer_limit=_PIECE_BYTES)
            is_full = len(piece) >= _PIECE_BYTES or not self._stream.can_accept_more_data()
            packed = b""
            yield piece


class _Zstd:
    """zstd, in a single frame or several."""

    def __init__(self) -> None:
        self._frame = self._open()

    @staticmethod
    def _open() -> zstd.ZstdDecompressor:
        options = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
        return zstd.ZstdDecompressor(options=options)

    @property
    def is_whole(self) -> bool:
        return bool(self._frame.eof)

    def unpack(self, packed: bytes) -> Iterator[bytes]:
        while packed:
            if self._frame.eof:
                self._frame = self._open()
            yield self._frame.decompress(packed, _PIECE_BYTES)
            while not self._frame.eof and not self._frame.needs_input:
                yield self._frame.decompress(b"", _PIECE_BYTES)
            packed = self._frame.unused_data if self._frame.eof else b""


_CODINGS: dict[str, Callable[[], _Coding]] = {
    "gzip": _Gzip,
    "x-gzip": _Gzip,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _Zstd,
}
