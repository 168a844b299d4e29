"""Celery's settings: names that Celery knows, and a start that refuses what is wrong by name."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from celery.app.defaults import NAMESPACES, flatten
from kombu.transport.redis import Channel

from worker.app import QUEUES, _celery_settings, make_app
from worker.broker.transport import MasterChannel
from worker.settings import Settings

CONF = make_app(Settings(redis_url="redis://127.0.0.1:1/0")).conf


def test_every_setting_is_one_that_celery_knows():
    """It ignores the others without a word."""
    known = {name for name, _ in flatten(NAMESPACES)}
    ours = set(_celery_settings(Settings(redis_url="redis://127.0.0.1:1/0")))
    assert ours - known == {"copytaster_heartbeat", "copytaster_store"}


def test_every_transport_option_is_one_that_kombu_knows():
    assert CONF.broker_transport == "worker.broker.transport:MasterTransport"
    assert set(CONF.broker_transport_options) <= set(MasterChannel.from_transport_options)


def test_a_broker_that_stands_still_keeps_no_worker_from_its_heartbeat():
    """It waits for answers in the loop that touches the file, twice at worst within 30 seconds."""
    assert CONF.broker_transport_options["socket_timeout"] <= 10


def test_over_a_socket_kombus_own_transport_is_enough():
    conf = make_app(Settings(redis_url="unix:///run/redis.sock")).conf
    assert conf.broker_transport is None
    assert set(conf.broker_transport_options) <= set(Channel.from_transport_options)


def test_on_rabbitmq_queues_are_quorum_queues_of_our_prefix_and_publishing_is_confirmed():
    settings = Settings(
        redis_url="redis://127.0.0.1:1/0", celery_url="amqp://127.0.0.1:1//", prefix="wire"
    )
    app = make_app(settings)
    assert {name: app.amqp.queues[name].name for name in QUEUES} == {
        "urgent": "wire.urgent",
        "parse": "wire.parse",
        "poll": "wire.poll",
    }
    quorum = {"x-queue-type": "quorum", "x-delivery-limit": 20}
    assert [queue.queue_arguments for queue in app.conf.task_queues] == [quorum] * 3
    assert app.conf.broker_transport_options["confirm_publish"] is True
    app.amqp.queues.select("urgent,parse".split(","))
    consumed = [queue.name for queue in app.amqp.queues.consume_from.values()]
    assert consumed == ["wire.urgent", "wire.parse"]


def test_no_soft_limit_is_raised_in_the_middle_of_an_innocent_item():
    assert CONF.task_soft_time_limit is None
    assert CONF.task_time_limit == 60


def test_nobody_steers_a_worker_and_it_tells_nobody_anything():
    assert CONF.worker_enable_remote_control is False
    assert CONF.worker_send_task_events is False
    assert CONF.task_send_sent_event is False
    assert CONF.task_ignore_result is True
    assert CONF.result_backend is None
    assert CONF.accept_content == CONF.result_accept_content == ["json"]
    assert {CONF.task_serializer, CONF.result_serializer, CONF.event_serializer} == {"json"}


def test_a_worker_is_bounded_and_gives_back_what_it_loses():
    assert CONF.task_acks_late is CONF.task_reject_on_worker_lost is True
    assert CONF.broker_transport_options["visibility_timeout"] == 3 * CONF.task_time_limit
    assert CONF.worker_prefetch_multiplier == 1
    assert CONF.worker_cancel_long_running_tasks_on_connection_loss is False
    assert CONF.worker_max_tasks_per_child == 2000
    assert CONF.worker_max_memory_per_child == 512 * 1024


CELERYS_COMMAND = [sys.executable, "-m", "celery", "-A", "worker.app", "worker"]
OUR_COMMAND = [sys.executable, "-m", "worker.cli", "worker"]


@pytest.mark.parametrize("command", [CELERYS_COMMAND, OUR_COMMAND], ids=["celery", "copytaster"])
@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        (
            "COPYTASTER_DESKS",
            "/nowhere/desks.toml",
            "/nowhere/desks.toml: cannot be read: No such file or directory; COPYTASTER_DESKS",
        ),
        ("COPYTASTER_HEARTBEAT", "/dev/null/beat", "COPYTASTER_HEARTBEAT: cannot be touched: "),
        ("COPYTASTER_REDIS_URL", "amqp://:secret@host", "COPYTASTER_REDIS_URL: not a redis://"),
        ("COPYTASTER_BATCH_ITEM", "5", "COPYTASTER_BATCH_ITEM: no such setting; did you mean"),
    ],
)
def test_a_worker_with_a_wrong_setting_does_not_start_and_says_which(
    command, variable, value, said
):
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("COPYTASTER_")}
    environ = {"COPYTASTER_REDIS_URL": "redis://127.0.0.1:1/0", variable: value}
    done = subprocess.run(
        command,
        env=inherited | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = done.stderr.splitlines()
    assert (done.returncode, len(lines)) == (78, 1), done.stderr
    assert lines[0].startswith(f"copytaster: {said}")
    assert "secret" not in done.stderr


CHILD = """
import gc, os
from pathlib import Path
from celery import signals
from worker.app import import_tasks, make_app
from worker.settings import Settings

app = make_app(Settings(redis_url="redis://localhost"))
app.amqp.queues.select(["urgent", "parse"])
import_tasks(app)
signals.worker_before_create_process.send(sender=None)
if os.fork():
    os.wait()
else:
    gc.collect()
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    print(sum(int(line.split()[1]) for line in lines if line.startswith("Private_Dirty:")))
    os._exit(0)
"""


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="Linux tells it")
def test_a_collection_in_a_child_copies_nothing_of_what_its_parent_had():
    """Without the freeze before the fork it is 27 MiB, and with it 1."""
    printed = subprocess.check_output([sys.executable, "-u", "-c", CHILD], text=True)
    assert int(printed) < 8 * 1024
