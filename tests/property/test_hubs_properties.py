"""What comes from publishers and hubs: whatever it is, it is read, fast, and bounded."""

import time

from hypothesis import given
from hypothesis import strategies as st

from worker.polling.websub import find_links, read_offer, read_signature

NAMES = st.text("abc:/.?#[]@ é\ud800", max_size=12)
HEADERS = st.text(max_size=60) | st.text('<>;="rel hub,self', max_size=60)


@given(HEADERS)
def test_every_header_has_links_or_none(header):
    assert all(rel == rel.lower() and " " not in rel for rel in find_links(header))


@given(NAMES, NAMES)
def test_a_link_that_is_written_is_found(target, rel):
    rel = "".join(rel.split()).replace('"', "")
    found = find_links(f'<{target}>; rel="{rel}"')
    assert found == ({rel.lower(): target.strip()} if rel else {})


@given(HEADERS, NAMES, NAMES, NAMES)
def test_an_offer_is_of_the_web_or_none(link, hub, topic, url):
    offer = read_offer({"link": link}, hub, topic, f"https://wire.example/{url}")
    assert not offer.hub or offer.hub.lower().startswith(("http://", "https://"))
    assert bool(offer.hub) == bool(offer.topic)


@given(st.text(max_size=150) | st.from_regex(r"(sha1|sha256|sha384|sha512)=[0-9a-f]{0,130}"))
def test_every_signature_is_one_of_the_four_or_none(header):
    found = read_signature(header)
    sizes = {"sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}
    assert found is None or sizes[found[0]] == len(found[1])


def test_a_header_of_any_size_is_read_in_linear_time():
    began = time.process_time()
    for part in ('<a>;rel="', "<", ";rel=", ';rel="x', "<>;" + " " * 9):
        find_links(part * (1_000_000 // len(part)))
        read_signature(part * (1_000_000 // len(part)))
    assert time.process_time() - began < 30
