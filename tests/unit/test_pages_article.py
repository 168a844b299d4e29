"""A page's text and what was known before, as one item."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from worker.model import NewsItem, PubStatus, content_digest
from worker.pages.article import PageText, full_item, linked_item, with_note
from worker.parse import annotate

LEAD = "OSTROV, January 12. /TASS/. The bridge over the Velikaya was opened on Monday."
REST = '"We are glad," engineer Ivan Petrov said. It has four lanes.'
SUMMARY = "The bridge over the Velikaya was opened after three years of repairs"
ENTRY = NewsItem(
    uri="urn:1", version="7", headline="Bridge opened in Ostrov", body_text=SUMMARY, link="x"
)


def full(*paragraphs, item=ENTRY):
    return full_item(item, PageText(paragraphs=paragraphs))


def test_the_text_is_the_pages_and_the_identity_the_feeds():
    assert full(LEAD, REST) == replace(ENTRY, deck=SUMMARY, body_text=f"{LEAD}\n\n{REST}")


def test_what_the_feed_forbids_the_page_does_not_allow():
    """The embargo is the feed's, though the page does not repeat it; so is a hold."""
    embargo = f"EMBARGOED UNTIL 6 p.m. GMT January 14, 2026\n\n{SUMMARY}"
    item = full(LEAD, REST, item=replace(ENTRY, body_text=embargo))
    assert item.embargoed == datetime(2026, 1, 14, 18, tzinfo=UTC)
    item = full(LEAD, REST, item=replace(ENTRY, body_text=f"HOLD HOLD HOLD\n\n{SUMMARY}"))
    assert item.pubstatus is PubStatus.WITHHELD


def test_the_dateline_is_found_in_it_as_usual():
    dateline = annotate(full(ENTRY.headline, LEAD, REST)).dateline

    assert (dateline.agency, dateline.places[0].name) == ("TASS", "OSTROV")


@pytest.mark.parametrize(
    "above",
    [
        (ENTRY.headline,),
        (ENTRY.headline.upper(), SUMMARY),
        (SUMMARY,),
    ],
)
def test_headline_and_summary_above_the_text_are_not_its_beginning(above):
    assert full(*above, LEAD, REST).body_text == f"{LEAD}\n\n{REST}"


def test_a_summary_that_the_text_repeats_is_no_deck():
    entry = replace(ENTRY, body_text="The bridge over the Velikaya was opened on...")

    assert full(LEAD, REST, item=entry).deck == ""


def test_a_deck_of_the_feeds_own_stays():
    entry = replace(ENTRY, deck="It took three years")

    assert full(LEAD, REST, item=entry).deck == "It took three years"


@pytest.mark.parametrize(
    "paragraphs",
    [
        (),
        ("Bridge opened.",),
        (SUMMARY,),
        (
            "We value your privacy. Together with our partners we store cookies on devices.",
            "Choose which purposes you agree to, or read more in our policy.",
        ),
        ("Log in or subscribe to continue. Already have an account? Enter your e-mail here.",),
    ],
    ids=["nothing", "shorter", "the summary", "consent", "login"],
)
def test_a_page_that_is_no_article_of_this_entry_is_told(paragraphs):
    assert full(*paragraphs) is None


def test_an_entry_of_few_words_takes_any_longer_text():
    entry = replace(ENTRY, headline="Мост", body_text="")

    assert full(LEAD, item=entry).body_text == LEAD


def test_words_without_spaces_between_them_are_not_compared():
    entry = replace(
        ENTRY, headline="橋が開通", body_text="月曜日、橋が、三年ぶりに、開通した、市長が、発表した"
    )
    text = "月曜の正午に市の新しい橋が開通し、技師のペトロフ氏は記者団に工事の完了を喜ぶと述べた。"

    assert full(text, item=entry).body_text == text


def test_a_linked_page_makes_an_item_of_its_own_words():
    published = datetime(2026, 1, 12, tzinfo=UTC)
    request = NewsItem(uri="https://a.example/1", version="", link="https://a.example/1")
    page = PageText(
        paragraphs=("Bridge opened", LEAD),
        title="Bridge opened",
        language="en",
        published=published,
    )

    assert linked_item(request, page) == replace(
        request,
        version=content_digest("Bridge opened", "", LEAD),
        headline="Bridge opened",
        body_text=LEAD,
        language="en",
        versioncreated=published,
    )


def test_what_the_sender_of_a_link_says_counts():
    said = datetime(2026, 1, 13, tzinfo=UTC)
    request = NewsItem(uri="urn:1", version="", language="de", versioncreated=said)
    page = PageText(paragraphs=(LEAD,), language="en", published=datetime(2026, 1, 12, tzinfo=UTC))

    item = linked_item(request, page)

    assert (item.uri, item.language, item.versioncreated) == ("urn:1", "de", said)


def test_a_linked_page_without_an_article_makes_none():
    assert linked_item(NewsItem(uri="urn:1", version=""), PageText(title="Log in")) is None


def test_our_note_stands_behind_the_providers():
    assert with_note(ENTRY, "No page").ednote == "No page"
    assert with_note(replace(ENTRY, ednote="Adds byline"), "No page").ednote == (
        "Adds byline; No page"
    )


def test_our_note_says_nothing_of_the_items_life():
    noted = with_note(ENTRY, "Full text not read: robots.txt of news.example does not allow it")

    assert annotate(noted).life == annotate(ENTRY).life


@given(
    paragraphs=st.lists(st.text(max_size=80), max_size=6),
    known=st.tuples(*[st.text(max_size=80)] * 3),
    title=st.text(max_size=40),
)
def test_any_page_makes_an_item_with_its_own_words_or_none(paragraphs, known, title):
    headline, deck, body = known
    item = NewsItem(uri="urn:1", version="1", headline=headline, deck=deck, body_text=body)
    page = PageText(paragraphs=tuple(paragraphs), title=title)

    for made in (full_item(item, page), linked_item(item, page)):
        if made is not None:
            assert made.uri == item.uri
            assert made.body_text
            assert set(made.body_text.split("\n\n")) <= {
                part.strip("\n") for part in "\n\n".join(paragraphs).split("\n\n")
            }
