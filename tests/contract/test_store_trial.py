"""The store of `copytaster feeds try`: what it remembers of a poll, and that it judges as a server
does.
"""

import random

from msgspec.structs import replace

from worker.model import Feed, FeedState, Lease, NewsItem
from worker.model.polling import OpenPoll
from worker.polling.admission import request_admission
from worker.store.trial import TrialStore

FEED = Feed(id="f", url="http://wire.example/feed")
LEASE = Lease("f", "1")


def item(uri, version):
    return NewsItem(uri=uri, version=version, headline="Bridge opens")


def admit(trial, *items):
    shown = trial.open(LEASE).shown
    return trial.admit(LEASE, request_admission(items, shown))


def test_what_was_admitted_is_told_in_its_order_and_only_once(tmp_path):
    store = TrialStore(FEED, tmp_path)
    admit(store, item("urn:b", "1"), item("urn:a", "1"))
    store.polls.finish(LEASE, FeedState(etag="x"), None)
    store.save()
    again = TrialStore(FEED, tmp_path)

    assert again.polls.open(LEASE, 60) == OpenPoll(
        lease=LEASE, feed=FEED, state=FeedState(etag="x"), is_ours=True, shown=again.shown
    )
    admit(again, item("urn:b", "2"), item("urn:a", "1"), item("urn:c", "1"))

    assert store.admitted() == ("urn:b", "urn:a")
    assert again.admitted() == ("urn:b", "urn:c")
    assert [again.is_known(uri) for uri in ("urn:b", "urn:c")] == [True, False]


def test_what_is_new_changed_and_known_is_told_apart_as_by_the_server(store):
    """Versions that come, go and come back, some twice in one poll, more than are remembered."""
    chance = random.Random(7)
    trial = TrialStore(FEED, None)
    store.feeds.add([FEED])
    verdicts = set()
    for _ in range(400):
        uris = chance.choices(["urn:a", "urn:b", "urn:c", "urn:d"], k=chance.randint(0, 4))
        items = [item(uri, str(chance.randint(1, 20))) for uri in uris]
        store.feeds.poll_now(FEED.id)
        (claim,) = store.polls.claim_due(1, 60)
        opened = store.polls.open(claim, 60)
        found = admit(trial, *items)
        verdicts.add(found)

        admission = store.polls.admit(opened.lease, request_admission(items, opened.shown))
        assert found == replace(admission, slices=0), items
        assert store.polls.finish(opened.lease, FeedState(), None, admission=admission)
    assert len(verdicts) > 10
