"""BodyDecoder: content codings decoded piece by piece, and never beyond the limit."""

import functools
import gzip
import tracemalloc
import zlib

import brotli
import pytest
from backports import zstd

from worker.errors import FetchError, FetchRefused
from worker.web.content_coding import BodyDecoder

TEXT = b"<rss><channel><title>Wire</title></channel></rss>" * 40
LIMIT_BYTES = 1_000_000


def bare_deflate(data):
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(data) + stream.flush()


CODINGS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "deflate (bare)": bare_deflate,
    "br": functools.partial(brotli.compress, quality=1),
    "zstd": zstd.compress,
}


def read(sent, coding, *, step=1 << 16, limit_bytes=LIMIT_BYTES):
    """Return the body decoded from pieces of `step` bytes."""
    body = BodyDecoder(coding.partition(" (")[0], limit_bytes, "https://wire.example/")
    for at in range(0, len(sent), step):
        body.add(sent[at : at + step])
    return body.whole()


@pytest.mark.parametrize("step", [1, 7, 1 << 16])
@pytest.mark.parametrize("coding", CODINGS)
def test_what_was_packed_comes_out(coding, step):
    assert read(CODINGS[coding](TEXT), coding, step=step) == TEXT


@pytest.mark.parametrize("coding", CODINGS)
def test_more_than_one_piece_comes_out_whole(coding):
    text = b"".join(b"%d," % (number * 7919) for number in range(100_000))
    assert read(CODINGS[coding](text), coding, limit_bytes=len(text)) == text


@pytest.mark.parametrize("coding", CODINGS)
def test_a_stream_that_stops_short_is_an_error(coding):
    with pytest.raises(FetchError) as caught:
        read(CODINGS[coding](TEXT)[:-5], coding)
    assert caught.value.code == "cut_short"


@pytest.mark.parametrize("coding", CODINGS)
def test_an_empty_body_is_one(coding):
    assert read(b"", coding) == b""


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_a_body_that_is_not_packed_as_its_header_says_is_an_error(coding):
    with pytest.raises(FetchError) as caught:
        read(TEXT, coding)
    assert caught.value.code in {"encoding", "cut_short"}


def test_a_wrong_check_sum_is_an_error():
    packed = bytearray(gzip.compress(TEXT))
    packed[-6] ^= 1
    with pytest.raises(FetchError) as caught:
        read(bytes(packed), "gzip")
    assert caught.value.code == "encoding"


@pytest.mark.parametrize("coding", ["", "identity", "none", "utf-8", "aes128gcm", ",,"])
def test_a_word_that_is_no_coding_is_passed_over(coding):
    assert read(TEXT, coding) == TEXT


def test_codings_come_off_in_the_opposite_order():
    assert read(brotli.compress(gzip.compress(TEXT)), "gzip, br") == TEXT


def test_too_many_codings_are_refused():
    with pytest.raises(FetchRefused):
        BodyDecoder("gzip, gzip, gzip, gzip", LIMIT_BYTES, "x")


@pytest.mark.parametrize("tail", [b"\0" * 9, b"\x1f", b"garbage", b"\r\n"])
@pytest.mark.parametrize("step", [1, 1 << 16])
def test_what_follows_a_gzip_stream_is_padding(tail, step):
    assert read(gzip.compress(TEXT) + tail, "gzip", step=step) == TEXT


@pytest.mark.parametrize("step", [1, 1 << 16])
@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_several_members_are_one_body(coding, step):
    packed = CODINGS[coding](TEXT) + CODINGS[coding](TEXT)
    assert read(packed, coding, step=step) == TEXT * 2


@pytest.mark.parametrize("coding", CODINGS)
def test_a_bomb_is_refused_and_costs_no_memory(coding):
    bomb = CODINGS[coding](bytes(60_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(FetchRefused) as caught:
            read(bomb, coding)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert caught.value.code == "too_large"
    assert peak_bytes < 6_000_000


def test_a_bomb_in_a_bomb_is_refused_by_what_lies_between():
    """Many gzip members that expand to nothing, compressed once more."""
    inner = gzip.compress(b"") * 200_000
    with pytest.raises(FetchRefused):
        read(gzip.compress(inner), "gzip, gzip")


def test_a_stream_that_holds_nothing_and_never_ends_is_refused():
    with pytest.raises(FetchRefused):
        read(gzip.compress(b"") * 200_000, "gzip")


def test_a_zstd_window_that_would_take_all_memory_is_refused():
    options = {
        zstd.CompressionParameter.window_log: 27,
        zstd.CompressionParameter.enable_long_distance_matching: 1,
    }
    stream = zstd.ZstdCompressor(options=options)
    packed = stream.compress(bytes(1000)) + stream.flush()
    with pytest.raises(FetchError) as caught:
        read(packed, "zstd")
    assert caught.value.code == "encoding"
