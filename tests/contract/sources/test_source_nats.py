"""A NATS server that refuses acknowledgements, which it does not answer otherwise."""

import asyncio
import shutil

import nats
import pytest
from structlog.testing import capture_logs

from worker.sources.file import SourceRow

STREAM = "WIRE"
RIGHTS = """
listen: 127.0.0.1:{port}
jetstream {{ store_dir: data }}
authorization {{ users: [
  {{ user: owner, password: o }}
  {{ user: source, password: s, permissions: {{ publish: "$JS.API.>" }} }} ] }}
"""


@pytest.fixture
def guarded(tmp_path, server_type):
    """A server whose user `source` may read and not acknowledge; its stream has a message."""

    class Guarded(server_type):
        def command(self):
            (self.directory / "conf").write_text(RIGHTS.format(port=self.port))
            return ["nats-server", "-c", str(self.directory / "conf")]

        def ask(self, question):
            async def connected():
                client = await nats.connect(f"nats://owner:o@127.0.0.1:{self.port}")
                try:
                    return await question(client.jetstream())
                finally:
                    await client.close()

            return asyncio.run(connected())

    if not shutil.which("nats-server"):
        server_type.absent("no NATS: apt-get install nats-server; the tests start one of their own")
    server = Guarded(tmp_path)
    server.start()
    server.ask(lambda js: js.add_stream(name=STREAM, subjects=["wire.>"]))
    server.ask(lambda js: js.publish("wire.a", b'{"text": "All is calm."}'))
    yield server
    server.kill()


def test_a_user_who_may_not_acknowledge_is_a_fault_of_the_source(guarded, taking, wait_for):
    url = f"nats://source:s@127.0.0.1:{guarded.port}?stream={STREAM}&ack_wait_s=1"
    refusal = "took no acknowledgement of messages: nats: permissions violation"
    with capture_logs() as logs, taking(SourceRow(name="wire", url=url)):
        wait_for(lambda: [log for log in logs if refusal in log.get("reason", "")], timeout_s=30.0)
    assert {log["event"] for log in logs} == {"source_failed"}
    assert guarded.ask(lambda js: js.consumer_info(STREAM, "copytaster")).num_ack_pending == 1
