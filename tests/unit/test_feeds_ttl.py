"""The polling interval that a feed's channel asks for, and texts that only look like one."""

import pytest

from worker.feeds import read_feed
from worker.model import Feed

FEED = Feed(id="0123456789ab", url="https://wire.example/feeds/all.xml")
ITEM = "<item><title>A wire</title></item>"
RSS = f"<rss><channel>{{}}{ITEM}</channel></rss>"
SY = 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"'


@pytest.mark.parametrize(
    ("channel", "expected_s", "why"),
    [
        ("<ttl>60</ttl>", 3600, "minutes"),
        ("<ttl> 5 </ttl>", 300, "with space"),
        ("<ttl><![CDATA[5]]></ttl>", 300, "in CDATA"),
        (f"{ITEM}<ttl>60</ttl>", 3600, "after the items"),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", 3600, "once an hour is the default"),
        (
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            21_600,
            "four times a day",
        ),
        ("<sy:updateFrequency>2</sy:updateFrequency>", 43_200, "daily is the default period"),
        ("<updatePeriod>hourly</updatePeriod>", 3600, "without its namespace"),
        ("<ttl>5</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", 3600, "the longer of the two"),
        ("", 0, "nothing"),
        ("<ttl>soon</ttl><sy:updatePeriod>never</sy:updatePeriod>", 0, "no such words"),
        ("<sy:updateFrequency>0</sy:updateFrequency>", 86_400, "no division by it"),
        ("<ttl>-5</ttl>", 0, "no negative minutes"),
        ("<ttl>9999999999</ttl>", 0, "no number of ten digits"),
        ("<!-- <ttl>60</ttl> -->", 0, "in a comment"),
        ("<description><![CDATA[<ttl>60</ttl>]]></description>", 0, "in a text"),
        ("<item><title>B</title><ttl>60</ttl></item>", 0, "in an item"),
        ("<!-- <ttl>60</ttl>", 0, "in a comment that does not end"),
    ],
)
def test_the_channels_own_pace(channel, expected_s, why):
    assert read_feed(RSS.format(channel).encode(), "", FEED).ttl_s == expected_s, why


@pytest.mark.parametrize(
    ("body", "expected_s", "why"),
    [
        (RSS.format("<ttl>60</ttl>").encode("utf-16"), 3600, "in UTF-16"),
        (
            f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" {SY}'
            ' xmlns="http://purl.org/rss/1.0/"><channel>'
            f"<sy:updatePeriod>hourly</sy:updatePeriod></channel>{ITEM}</rdf:RDF>".encode(),
            3600,
            "RSS 1.0, whose items stand beside the channel",
        ),
        (
            f'<feed xmlns="http://www.w3.org/2005/Atom" {SY}>'
            "<sy:updatePeriod>hourly</sy:updatePeriod><entry><title>A</title></entry></feed>".encode(),
            3600,
            "Atom",
        ),
    ],
)
def test_every_format_with_a_channel_has_a_pace(body, expected_s, why):
    assert read_feed(body, "", FEED).ttl_s == expected_s, why
