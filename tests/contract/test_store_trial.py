"""The store of `copytaster feeds try`: what it remembers of a poll, and that it judges as a server
does.
"""

import random

from worker.model import Feed, FeedState, Lease, NewsItem
from worker.store.trial import TrialStore

FEED = Feed(id="f", url="http://wire.example/feed")
LEASE = Lease("f", "1")


def item(uri, version):
    return NewsItem(uri=uri, version=version, headline="Bridge opens")


def test_what_was_admitted_is_told_in_its_order_and_only_once(tmp_path):
    store = TrialStore(FEED, tmp_path)
    store.admit(LEASE, [item("urn:b", "1"), item("urn:a", "1")])
    store.finish_poll(LEASE, FeedState(etag="x"), None)
    store.save()
    again = TrialStore(FEED, tmp_path)

    again.admit(LEASE, [item("urn:b", "2"), item("urn:a", "1"), item("urn:c", "1")])

    assert again.open_poll(LEASE, 60) == (FEED, FeedState(etag="x"), True)
    assert store.admitted() == ("urn:b", "urn:a")
    assert again.admitted() == ("urn:b", "urn:c")
    assert [again.is_known(uri) for uri in ("urn:b", "urn:c")] == [True, False]


def test_what_is_new_changed_and_known_is_told_apart_as_by_the_server(store):
    """Versions that come, go and come back, some twice in one poll, more than are remembered."""
    chance = random.Random(7)
    trial = TrialStore(FEED, None)
    store.add_feeds([FEED])
    verdicts = set()
    for _ in range(400):
        uris = chance.choices(["urn:a", "urn:b", "urn:c", "urn:d"], k=chance.randint(0, 4))
        items = [item(uri, str(chance.randint(1, 20))) for uri in uris]
        store.poll_now(FEED.id)
        (lease,) = store.claim_due(1, 60)
        found = trial.admit(lease, items)
        verdicts.add(found)

        assert found == store.admit(lease, items), items
        store.finish_poll(lease, FeedState(), None)
    assert len(verdicts) > 10
