"""A link goes through the whole service: dispatch, a poller with its reading process, a worker."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

pytestmark = pytest.mark.e2e

PAGE = b"""<html lang="en"><head><title>Bridge opened</title></head><body><article>
<h1>Bridge opened in Ostrov</h1>
<p>OSTROV, January 12. /TASS/. The bridge over the Velikaya was opened on Monday at noon.</p>
<p>"We are glad that the work is done," engineer Ivan Petrov said.</p></article></body></html>"""


class Pages(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        found = self.path == "/1"
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE) if found else 0))
        self.end_headers()
        self.wfile.write(PAGE if found else b"")

    def log_message(self, *_):
        pass


@pytest.fixture
def origin():
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_link_becomes_an_event_and_one_that_leads_nowhere_a_dead_letter(
    processes, origin, store, wait_for
):
    processes.environ["COPYTASTER_ALLOW_ORIGINS"] = origin
    processes.environ["COPYTASTER_PAGE_PAUSE_S"] = "0.1"
    for path in ("/none", "/1"):
        store.inbox.put(json.dumps({"link": f"http://{origin}{path}"}))
    processes.dispatch()
    processes.poller()
    processes.worker()

    (entry,) = wait_for(lambda: store.desks.read("items"))
    (letter,) = wait_for(store.dead_letters.list)

    item = json.loads(entry.body)["data"]["item"]
    assert item["link"] == f"http://{origin}/1"
    assert item["body_text"].startswith("OSTROV, January 12. /TASS/.")
    assert (letter.kind, letter.reason) == ("page", "HTTP 404 Not Found")
    assert store.pages.waiting() == 0
