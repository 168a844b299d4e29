"""A feed in words: its last answer, without what its row says already."""

import pytest

from worker.model import Feed, FeedState
from worker.render.feeds import say_last_answer


@pytest.mark.parametrize(
    ("url", "error", "shown"),
    [
        ("http://10.0.0.1/rss", "10.0.0.1:80: 10.0.0.1 is private", "10.0.0.1 is private"),
        ("https://a.example/rss", "a.example:443: no address", "no address"),
        ("https://a.example/rss", "a.example: no address", "no address"),
        ("http://[::1]/rss", "[::1]:80: ::1 is private", "::1 is private"),
        ("https://a.example/rss", "https://a.example/rss: HTTP 404", "HTTP 404"),
        ("https://a.example/rss", "b.example:443: no address", "b.example:443: no address"),
        ("https://a.example/rss", "a.example.org: no address", "a.example.org: no address"),
    ],
)
def test_the_last_answer_does_not_repeat_the_feeds_host(url, error, shown):
    state = FeedState(polled_at="then", error=error, failures=1)
    assert say_last_answer(Feed(id="1", url=url), state) == shown
