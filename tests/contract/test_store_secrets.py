"""Secrets that all processes of an installation share."""

import threading

from worker.errors import BrokerRefused


def test_every_process_gets_the_same_secret_and_each_name_its_own(make_store):
    found = []
    stores = [make_store() for _ in range(8)]
    threads = [
        threading.Thread(target=lambda store=store: found.append(store.secrets.get("forms")))
        for store in stores
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    assert len(found[0]) == 32
    assert stores[0].secrets.get("other") != found[0]


def test_a_known_secret_is_read_on_a_server_that_takes_no_writes(store, monkeypatch):
    secret = store.secrets.get("forms")
    call = store.secrets._server.call

    class Full:
        def call(self, name, *words):
            if name == "SET":
                raise BrokerRefused("the server is out of memory")
            return call(name, *words)

    monkeypatch.setattr(store.secrets, "_server", Full())
    assert store.secrets.get("forms") == secret
