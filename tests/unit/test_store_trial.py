"""The store of `copytaster feeds try`: what it remembers of a poll, and what it does not keep."""

from worker.model import Feed, NewsItem
from worker.store.trial import TrialStore

FEED = Feed(id="f", url="http://wire.example/feed")


def admit(store, *items):
    (lease,) = store.claim_due(1, 60.0)
    store.admit(lease, items)


def item(uri, version):
    return NewsItem(uri=uri, version=version, headline="Bridge opens")


def test_what_was_admitted_is_told_in_its_order_and_only_once(tmp_path):
    store = TrialStore(FEED, tmp_path)
    admit(store, item("urn:b", "1"), item("urn:a", "1"))
    store.save()
    again = TrialStore(FEED, tmp_path)

    admit(again, item("urn:b", "2"), item("urn:a", "1"), item("urn:c", "1"))

    assert store.admitted() == ("urn:b", "urn:a")
    assert again.admitted() == ("urn:b", "urn:c")
    assert [again.is_known(uri) for uri in ("urn:b", "urn:c")] == [True, False]


def test_no_message_is_kept():
    """A hundred thousand of them take 150 MiB, and nobody reads them."""
    store = TrialStore(FEED, None)

    admit(store, item("urn:a", "1"))

    assert store.take_inbox(10, 0) == ()
