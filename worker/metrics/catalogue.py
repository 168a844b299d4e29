"""Every metric: its name, type, help and labels. docs/metrics.md shows them.

Names follow the OpenMetrics conventions: a unit at the end, and `_total` after a counter's name in
its samples. The prefix is `copytaster_`, also where COPYTASTER_PREFIX is another: installations are
told apart by the labels of their scrapes.
"""

from msgspec import Struct

__all__ = ["ALL", "NAMESPACE", "SUMMED", "Counter", "Gauge", "Histogram", "Metric"]

NAMESPACE = "copytaster_"


class Metric(Struct, frozen=True, kw_only=True):
    """A metric. `name` is without the namespace, `most` is the number of its series at most."""

    name: str
    help: str
    labels: tuple[str, ...] = ()
    most: int = 100

    @property
    def unit(self) -> str:
        """The unit at the end of the name; empty if it ends in another word."""
        last = self.name.rpartition("_")[2]
        return last if last in {"bytes", "seconds"} else ""


class Counter(Metric, frozen=True, kw_only=True):
    """A number that only grows. If it is not `summed`, it is read from the store at each scrape.

    A counter in seconds counts microseconds, since sums are integers.
    """

    summed: bool = True


class Gauge(Metric, frozen=True, kw_only=True):
    """A number that is read at each scrape."""


class Histogram(Metric, frozen=True, kw_only=True):
    """Durations by buckets; `bounds_s` are the upper bounds of all buckets but the last.

    Its labels have few values, all of them in the code: an open set would multiply the buckets.
    """

    bounds_s: tuple[float, ...]


# Polling
POLLS = Counter(
    name="polls",
    labels=("outcome",),
    help="Polls by outcome: arrived, unchanged, failed, postponed, removed; or fenced, if the "
    "lease ran out.",
)
POLL_FAILURES = Counter(
    name="poll_failures", labels=("code",), help="Failed polls by code, as `feeds show` lists them."
)
FETCH = Histogram(
    name="fetch_duration_seconds",
    help="Time from the request for a feed to the end of its body, failures included.",
    bounds_s=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30),
)
FETCHED_BYTES = Counter(name="fetched_bytes", help="Bytes of the bodies of feeds, as unpacked.")
FEED_ITEMS = Counter(
    name="feed_items",
    labels=("feed", "host"),
    most=500,
    help="New and changed items by feed id and host; those of feeds beyond 500 under `other`.",
)
POLLED_ITEMS = Counter(
    name="polled_items",
    labels=("verdict",),
    help="Entries of feeds by verdict: new, changed or known.",
)
PAGES = Counter(
    name="pages",
    labels=("outcome",),
    help="Article pages by outcome: read, noted, failed, postponed or fenced.",
)

# Intake
MESSAGES = Counter(
    name="messages",
    labels=("destination",),
    help="Messages that left the doors, by destination: work, urgent, feed, page or dead.",
)
DEAD_LETTERS = Counter(
    name="dead_letters", labels=("kind",), help="Messages that became dead letters, by kind."
)

# Parsing and publishing
PARSE = Histogram(
    name="parse_duration_seconds",
    help="Time in which a worker annotates a batch of up to COPYTASTER_BATCH_ITEMS items.",
    bounds_s=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60),
)
PARSE_CPU = Counter(
    name="parse_cpu_seconds",
    help="Processor time of the annotation of items: the rest of the time of a worker's children "
    "is the pipeline's own.",
)
PARSED_ITEMS = Counter(name="parsed_items", help="Items that were annotated, repeated ones too.")
ITEMS = Counter(
    name="items",
    labels=("result",),
    help="Work entries by result: published, stale, gone or held.",
)
PUBLISHED_ITEMS = Counter(
    name="published_items",
    labels=("agency",),
    most=400,
    help="Published items by the agency of their dateline; `other` if it is not in the lexicon, "
    "`none` without one.",
)
EVENTS = Counter(
    name="events",
    labels=("desk",),
    most=200,
    help="Events that were put on desks; those of desks beyond 200 under `other`.",
)
LATENCY = Histogram(
    name="feed_to_desk_seconds",
    labels=("lane",),
    help="Time from a poll or a door to the desks, by lane (urgent, normal); without items that "
    "were held.",
    bounds_s=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200),
)
RETRIES = Counter(
    name="retries",
    labels=("reason",),
    help="Repeated work: attempt, for an entry that a worker did not finish; conflict, for an item "
    "of which another worker published a version meanwhile.",
)

# Relays
RELAYED_EVENTS = Counter(
    name="relayed_events", labels=("desk",), most=200, help="Events that sinks took, by desk."
)
RELAY_FAILURES = Counter(
    name="relay_failures", labels=("desk",), most=200, help="Failures of relays, by desk."
)

SUMMED = (
    POLLS,
    POLL_FAILURES,
    FETCH,
    FETCHED_BYTES,
    FEED_ITEMS,
    POLLED_ITEMS,
    PAGES,
    MESSAGES,
    DEAD_LETTERS,
    PARSE,
    PARSE_CPU,
    PARSED_ITEMS,
    ITEMS,
    PUBLISHED_ITEMS,
    EVENTS,
    LATENCY,
    RETRIES,
    RELAYED_EVENTS,
    RELAY_FAILURES,
)
"""The metrics that processes count."""

# Read at each scrape
UP = Gauge(name="up", help="1 if the broker answered this scrape.")
PART_UP = Gauge(
    name="part_up",
    labels=("part",),
    help="1 if a part of this scrape could be read: sums, counts, backlog, tasks, server, "
    "processes, archive.",
)
FEEDS = Gauge(name="feeds", help="Feeds.")
FEEDS_IN_STATE = Gauge(
    name="feeds_in_state",
    labels=("state",),
    help="Feeds by state, in several at once: due, paused, failing, slowed, gone, empty, moved.",
)
FEEDS_LATE = Gauge(name="feeds_late_seconds", help="How long the most overdue feed has been due.")
THROTTLE = Gauge(
    name="polling_throttle", help="Limit on polling: 0 if free, 1 if slowed, 2 if held."
)
INBOX_WAITING = Gauge(
    name="inbox_waiting", labels=("inbox",), help="Messages that no worker has been given."
)
INBOX_AT_WORK = Gauge(
    name="inbox_at_work", labels=("inbox",), help="Messages that workers have been given."
)
INBOX_OLDEST = Gauge(
    name="inbox_oldest_seconds",
    labels=("inbox",),
    help="Age of the oldest message; 0 without messages.",
)
INBOX_LIMIT = Gauge(name="inbox_limit", help="Messages on the inbox at which pollers add no more.")
TASKS_WAITING = Gauge(
    name="tasks_waiting", labels=("queue",), help="Task messages that wait on Celery's queues."
)
PAGES_WAITING = Gauge(name="pages_waiting", help="Article pages to read.")
HELD_ITEMS = Gauge(name="held_items", help="Items held by an embargo.")
DEAD_LETTERS_KEPT = Gauge(name="dead_letters_kept", help="Dead letters.")
DEAD_LETTERS_DROPPED = Counter(
    name="dead_letters_dropped", summed=False, help="Dead letters dropped to make room for others."
)
DESK_EVENTS = Gauge(
    name="desk_events", labels=("desk",), most=200, help="Events on a desk's stream."
)
READER_LAG = Gauge(
    name="reader_lag_events",
    labels=("desk", "reader"),
    most=200,
    help="Events of a desk that a durable reader, such as its relay, has not read; the 200 readers "
    "with the most.",
)
READER_PENDING = Gauge(
    name="reader_pending_events",
    labels=("desk", "reader"),
    most=200,
    help="Events that a durable reader has read and not confirmed.",
)
READER_LOST = Counter(
    name="reader_lost_events",
    labels=("desk", "reader"),
    most=200,
    summed=False,
    help="Events that were trimmed before a durable reader confirmed them, or that a sink refused.",
)
MEMORY = Gauge(name="broker_memory_bytes", help="Memory that the broker's data takes.")
MEMORY_LIMIT = Gauge(
    name="broker_memory_limit_bytes", help="The broker's maxmemory; 0 if it has none."
)
EVICTED_KEYS = Counter(
    name="broker_evicted_keys",
    summed=False,
    help="Keys that the broker evicted since it started; any of them may have been an item.",
)
BROKER_PROBLEMS = Gauge(
    name="broker_problems", help="Problems of the broker that `copytaster status` lists."
)
PROCESSES = Gauge(
    name="processes",
    labels=("role",),
    help="Processes with a heartbeat in the last 30 seconds: dispatch, poller, worker, relay, "
    "source, web.",
)
ARCHIVE_BYTES = Gauge(name="archive_bytes", help="Size of the archive, if it is on.")

_READ = (
    UP,
    PART_UP,
    FEEDS,
    FEEDS_IN_STATE,
    FEEDS_LATE,
    THROTTLE,
    INBOX_WAITING,
    INBOX_AT_WORK,
    INBOX_OLDEST,
    INBOX_LIMIT,
    TASKS_WAITING,
    PAGES_WAITING,
    HELD_ITEMS,
    DEAD_LETTERS_KEPT,
    DEAD_LETTERS_DROPPED,
    DESK_EVENTS,
    READER_LAG,
    READER_PENDING,
    READER_LOST,
    MEMORY,
    MEMORY_LIMIT,
    EVICTED_KEYS,
    BROKER_PROBLEMS,
    PROCESSES,
    ARCHIVE_BYTES,
)

ALL: tuple[Metric, ...] = (*SUMMED, *_READ)
