"""Properties of an item's editorial status, for any text."""

import string
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worker.model import NewsItem
from worker.parse.editorial import find_life
from worker.parse.editorial.embargo import has_instant, read_embargo
from worker.parse.editorial.references import plain_slug
from worker.parse.text import WireText

WORDS = st.sampled_from(
    "KILL HOLD CORRECTED UPDATE 1 URGENT FLASH EMBARGOED UNTIL 0600 GMT May 3 2025 a.m. ( ) - : . ,"
    ' =2 (part 2) -3- item 0042 dpa slugged BC-EU--Talks headlined " “ ” This story has been'
    " withdrawn Eds: ATTN: ADDS (Adds 1st Ld-Writethru a0456 № сообщение \n \n\n".split(" ")
)
WIRE_TEXT = st.one_of(st.text(), st.lists(WORDS, max_size=30).map(" ".join))


@given(WIRE_TEXT, WIRE_TEXT, WIRE_TEXT, st.datetimes(timezones=st.timezones()))
def test_any_item_has_an_editorial_status_and_always_the_same(text, slugline, ednote, published):
    item = NewsItem(
        uri="urn:x",
        version="1",
        body_text=text,
        slugline=slugline,
        ednote=ednote,
        versioncreated=published,
    )
    life = find_life(WireText(item.text), item)
    assert life == find_life(WireText(item.text), item)
    assert 1 <= life.urgency <= 9
    assert all(life.markers)
    assert life.embargoed is None or life.embargoed.tzinfo is not None


@given(WIRE_TEXT, st.lists(st.text(string.ascii_lowercase + " ."), min_size=4, max_size=6))
def test_paragraphs_of_news_after_the_head_change_nothing(head, news):
    text = "\n\n".join([head, *["The talks resumed."] * 8])
    longer = "\n\n".join([text, *(f"More: {words}." for words in news)])
    item = NewsItem(uri="urn:x", version="1")
    assert find_life(WireText(text), item) == find_life(WireText(longer), item)


@given(WIRE_TEXT)
def test_an_instant_is_read_or_not_and_never_fails(words):
    assert has_instant(words) in (True, False)
    assert read_embargo(words, None) is None or has_instant(words)


@given(WIRE_TEXT)
@example("0\r/")
def test_a_plain_slug_is_plain(words):
    once = plain_slug(words)
    assert once is None or (once in words and once == once.strip())


@pytest.mark.parametrize(
    "unit", ["A", "/", "1", " ", "\n", "(", "[", "-", '"', "KILL ", "=1", "EMBARGO ", "A ", "12 "]
)
def test_the_time_for_a_repeated_part_grows_with_its_length_alone(unit):
    """A tenth of the ten megabytes that are asked for, in a tenth of the time."""
    text = "KILL KILL\n" + unit * (1_000_000 // len(unit))
    item = NewsItem(uri="urn:x", version="1", slugline=text, ednote=text)
    wire = WireText(text)
    started = time.process_time()
    find_life(wire, item)
    assert time.process_time() - started < 20
