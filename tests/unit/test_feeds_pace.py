"""read_pace_s: what a feed's channel asks, and what only looks like it."""

import time

import pytest

from worker.feeds.ttl import read_pace_s

ITEM = b"<item><title>A wire</title></item>"


@pytest.mark.parametrize(
    ("body", "expected_s", "why"),
    [
        (b"<rss><channel><ttl>60</ttl>" + ITEM, 3600, "minutes"),
        (b"<rss><channel><ttl> 5 </ttl>" + ITEM, 300, "with space"),
        (b"<rss><channel>" + ITEM + b"<ttl>60</ttl></channel></rss>", 3600, "after the items"),
        (b"<sy:updatePeriod>hourly</sy:updatePeriod>", 3600, "once an hour is the default"),
        (
            b"<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            21_600,
            "four times a day",
        ),
        (b"<sy:updateFrequency>2</sy:updateFrequency>", 43_200, "daily is the default period"),
        (b"<ttl>5</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", 3600, "the longer of the two"),
        ("<ttl>60</ttl>".encode("utf-16"), 3600, "in UTF-16"),
        (b"", 0, "nothing"),
        (b"<ttl>soon</ttl><sy:updatePeriod>never</sy:updatePeriod>", 0, "no such words"),
        (b"<sy:updateFrequency>0</sy:updateFrequency>", 86_400, "no division by it"),
        (b"<ttl>-5</ttl>", 0, "no negative minutes"),
        (b"<!-- <ttl>60</ttl> -->" + ITEM, 0, "in a comment"),
        (b"<description><![CDATA[<ttl>60</ttl>]]></description>", 0, "in a text"),
        (b"<rss><item><ttl>60</ttl></item></rss>", 0, "in an item"),
        (b"<!-- " + b"x" * 9 + b"<ttl>60</ttl>", 0, "in a comment that does not end"),
    ],
)
def test_the_channels_own_pace(body, expected_s, why):
    assert read_pace_s(body) == expected_s, why


@pytest.mark.parametrize("unit", [b"<!--", b"<ttl>", b"<ttl> ", b"</item>", b"<![CDATA[", b"<a:"])
def test_no_feed_makes_it_slow(unit):
    begun = time.process_time()
    read_pace_s(unit * (2_000_000 // len(unit)))
    assert time.process_time() - begun < 0.5
