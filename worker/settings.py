"""Settings: the only reader of COPYTASTER_* variables.

Every field below is a variable: `batch_items` is COPYTASTER_BATCH_ITEMS. A value that does not fit,
or a COPYTASTER_ variable that nobody knows, stops the start with its name (docs/settings.md). An
empty variable is one that is not set.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Annotated, Literal, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import msgspec
from msgspec import Meta

from worker.errors import SettingsError
from worker.store.server_url import read_broker_url

__all__ = ["ENV_PREFIX", "Settings", "load_settings"]

ENV_PREFIX = "COPYTASTER_"

Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Seconds = Annotated[float, Meta(gt=0, le=31_536_000)]
Bytes = Annotated[int, Meta(ge=1024, le=1 << 40)]


_NAME = re.compile(r"[\w-]+(?:\.[\w-]+)*\.?")
"""A host's name or IPv4 address: no pattern of them, as the list has none."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What one process was told. Units are in the names; the comments are the rows of the docs."""

    # where things are
    redis_url: str = ""  # redis://, rediss:// or unix://; empty: the embedded broker (`up`, `demo`)
    redis_password_file: str = ""  # a file with the password for it; empty: what the URL says
    celery_url: str = ""  # RabbitMQ for the hints, amqp:// or amqps://; empty: the broker's server
    prefix: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,31}\Z")] = (
        "copytaster"  # first word of keys
    )
    data_dir: str = ""  # the embedded broker's files; empty: ~/.local/state/copytaster
    feeds: str = ""  # a feeds.toml that a fresh store starts with; empty: the one that ships
    desks: str = ""  # a desks.toml; empty: items, quotes and alerts
    heartbeat: str = ""  # a file to touch every two seconds; empty: none

    # polling
    contact: str = ""  # a URL in our User-Agent, where publishers find you; set it
    allow_origins: str = (
        ""  # host:port, comma separated: origins on private networks that may be polled
    )
    fetch_timeout_s: Seconds = 30.0  # one deadline over a whole fetch; at most half the task limit
    first_byte_s: Seconds = 15.0  # for an answer to begin, name and connection included
    fetch_limit_bytes: Bytes = 64 * 1024 * 1024  # a feed's body, as sent and as unpacked
    check_after_s: Annotated[float, Meta(ge=0, le=31_536_000)] = (
        7
        * 86_400.0  # a server that says 304 for so long is asked once without validators; 0: never
    )
    host_connections: Count = 4  # feeds of one host that one process asks at once
    host_spacing_s: Annotated[float, Meta(ge=0, le=3600)] = (
        0.5  # between two requests to one host, by all processes together
    )
    poll_memory_bytes: Bytes = 128 * 1024 * 1024  # large bodies that one process holds at once
    poll_batch: Count = 100  # feeds a poll task
    poll_lease_s: Annotated[float, Meta(ge=1, le=3600)] = (
        5.0  # a poller that says nothing for so long loses its feeds to another
    )
    poll_floor_s: Seconds = 60.0  # no feed is polled more often than this
    poll_ceiling_s: Seconds = 14_400.0  # nor less often than this where only its rhythm decides
    page_limit_bytes: Bytes = 8 * 1024 * 1024  # an article page, as sent and as unpacked
    page_pause_s: Seconds = 1.0  # between two pages of one host, unless robots.txt asks for more
    page_wait_s: Seconds = 900.0  # an item whose page cannot be read so long goes on without it

    # pushes
    websub_callback_url: str = ""  # where hubs reach `copytaster websub`; empty: no hub is asked

    # the way through
    batch_items: Count = 50  # items a parse task
    batch_bytes: Bytes = 256 * 1024  # and their bytes
    queue_high: Count = 20  # tasks waiting on a Celery queue before dispatch holds back
    reclaim_after_s: Annotated[float, Meta(ge=0.5, le=3600)] = (
        5.0  # a worker that says nothing for so long loses its entries to another
    )
    attempts_max: Count = 5  # workers that may die of one message before it is a dead letter
    message_limit_bytes: Bytes = 1024 * 1024  # an inbox message
    task_time_limit_s: Count = 60  # a task is killed after this

    # going out
    desk_length: Count = 100_000  # events that a desk's stream keeps, about
    copies_for_s: Annotated[float, Meta(ge=1, le=366 * 86_400)] = (
        2 * 86_400.0  # items are kept so long, packed, for replays and for what versions change
    )
    copies_bytes: Bytes = 128 * 1024 * 1024  # and so many bytes of them; the oldest go first

    # what is remembered
    known_for_s: Annotated[float, Meta(ge=1, le=366 * 86_400)] = (
        7 * 86_400.0  # what is known of an item that does not move: version, desks, digests
    )
    kill_window_s: Annotated[float, Meta(ge=1, le=30 * 86_400)] = (
        86_400.0  # items are found by kills for so long, and kills stop items for so long
    )
    firsts_for_s: Annotated[float, Meta(ge=1, le=30 * 86_400)] = (
        2 * 86_400.0  # copies are told from their first for so long
    )
    firsts_length: Count = 40_000  # and of so many firsts; the oldest go first
    inbox_length: Count = 1_000_000  # messages that may wait before pollers put no more
    dead_length: Count = 10_000  # dead letters; those of the largest class go first
    dead_bytes: Bytes = 64 * 1024 * 1024  # and the bytes of their messages

    # logs
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "json", "console"] = "auto"  # auto: console on a terminal

    @property
    def data_path(self) -> Path:
        """The embedded broker's directory."""
        if self.data_dir:
            return Path(self.data_dir).expanduser()
        return Path.home() / ".local" / "state" / "copytaster"

    def work_limit_bytes(self, fields: Mapping[str, str]) -> int:
        """Return the largest message of a work entry with these stream fields.

        An entry without `door` came from a poll, whose body was limited when it was fetched.
        """
        return self.message_limit_bytes if "door" in fields else self.fetch_limit_bytes

    @property
    def origins(self) -> frozenset[str]:
        """`allow_origins` as a set of host:port."""
        return _origins(self.allow_origins)


@lru_cache(maxsize=8)
def _origins(written: str) -> frozenset[str]:
    return frozenset(origin.strip().lower() for origin in written.split(",") if origin.strip())


def load_settings(environ: Mapping[str, str]) -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: Names the first variable that is unknown or does not fit, and says why.
    """
    hints = get_type_hints(Settings, include_extras=True)
    values: dict[str, object] = {}
    for variable in sorted(environ):
        if not variable.startswith(ENV_PREFIX) or not environ[variable]:
            continue
        field = variable.removeprefix(ENV_PREFIX).lower()
        if field not in hints:
            raise SettingsError(_unknown(field, hints), subject=variable)
        try:
            values[field] = msgspec.convert(environ[variable], hints[field], strict=False)
        except msgspec.ValidationError as error:
            reason = f"{_asked(hints[field], error)}, got {environ[variable]!r}"
            raise SettingsError(reason, subject=variable) from error
    settings = msgspec.convert(values, Settings)
    for field, check in _CHECKS.items():
        if written := getattr(settings, field):
            _check(field, partial(check, written))
    _check_times(settings)
    return _with_password(settings)


def _check(field: str, check: Callable[[], None]) -> None:
    """Give what is wrong with a field the name of its variable."""
    try:
        check()
    except ValueError as error:
        raise SettingsError(str(error), subject=f"{ENV_PREFIX}{field.upper()}") from error


def _check_redis_url(written: str) -> None:
    """Refuse what one of the broker's two clients would trip over. The URL is not repeated: it may
    hold a password.
    """
    for name, path in read_broker_url(written).tls_files:
        _check_readable(path, f"its `{name}`")


def _check_readable(path: str, name: str) -> None:
    try:
        with Path(path).open("rb"):
            pass
    except OSError as error:
        raise ValueError(f"{name}, {path}: {error.strerror}") from error


def _with_password(settings: Settings) -> Settings:
    """The settings with the password of redis_password_file in the broker's URL."""
    if not settings.redis_password_file:
        return settings
    if not settings.redis_url:
        raise SettingsError(
            "is for the broker of COPYTASTER_REDIS_URL, which is not set",
            subject=f"{ENV_PREFIX}REDIS_PASSWORD_FILE",
        )
    password = _read_password(settings.redis_password_file)
    parts = urlsplit(settings.redis_url)
    login, _, server = parts.netloc.rpartition("@")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    named = quote(query.pop("username", ""), safe="")
    query.pop("password", None)
    user = login.partition(":")[0] or named
    netloc = f"{user}:{quote(password, safe='')}@{server}"
    url = parts._replace(netloc=netloc, query=urlencode(query)).geturl()
    return msgspec.structs.replace(settings, redis_url=url)


def _read_password(path: str) -> str:
    try:
        password = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        reason = "" if password else "is empty"
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except UnicodeDecodeError:
        reason = "is not UTF-8"
    if reason:
        raise SettingsError(f"{path}: {reason}", subject=f"{ENV_PREFIX}REDIS_PASSWORD_FILE")
    return password


def _check_celery_url(url: str) -> None:
    """Refuse what is no RabbitMQ. The URL is not repeated: it may hold a password."""
    try:
        parts = urlsplit(url)
        hosts = [urlsplit(f"//{one}") for one in parts.netloc.rpartition("@")[2].split(",")]
        is_named = all(host.hostname and (host.port is None or host.port > 0) for host in hosts)
    except ValueError:  # an unclosed bracket, a port that is no number
        raise ValueError("not a URL with a host and a port") from None
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme not in ("amqp", "amqps"):
        raise ValueError("not an amqp:// or amqps:// URL; leave it empty for the broker's server")
    if not is_named:
        raise ValueError(
            "not like amqp://host:5672/vhost: a host, and for a cluster several with commas"
        )
    if unknown := sorted(options.keys() - ({"ca"} if parts.scheme == "amqps" else set())):
        raise ValueError(f"no such option in its query: {unknown[0]}")
    if "ca" in options:
        _check_readable(options["ca"], "its `ca`")


def _check_callback_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_plain = not (parts.query or parts.fragment or parts.username or parts.port == 0)
        is_ours = parts.scheme in ("http", "https") and bool(parts.hostname) and is_plain
    except ValueError:
        is_ours = False
    if not is_ours or any(char.isspace() for char in url):
        raise ValueError("not like https://news.example/websub: a web address without a query")


def _check_contact(url: str) -> None:
    """A header takes it as it is."""
    try:
        parts = urlsplit(url)
        is_page = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_page = False
    is_mail = url.startswith("mailto:") and "@" in url.removeprefix("mailto:").strip("@")
    if not (is_page or is_mail) or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError("not like https://news.example/bot or mailto:desk@news.example")


def _check_origins(written: str) -> None:
    for origin in _origins(written):
        try:
            parts = urlsplit(f"//{origin}")
            is_named = parts.netloc.startswith("[") or _NAME.fullmatch(parts.hostname or "")
            is_whole = bool(is_named and parts.port and parts.netloc == origin)
        except ValueError:
            is_whole = False
        if not is_whole or "@" in origin:
            raise ValueError(f"not like localhost:8000, a host and a port alone: {origin}")


def _check_file(path: str) -> None:
    if Path(path).is_dir():
        raise ValueError(f"a file is wanted, and this is a directory: {path}")


def _check_directory(path: str) -> None:
    if Path(path).expanduser().exists() and not Path(path).expanduser().is_dir():
        raise ValueError(f"a directory is wanted, and this is none: {path}")


_CHECKS: Mapping[str, Callable[[str], None]] = {
    "redis_url": _check_redis_url,
    "celery_url": _check_celery_url,
    "data_dir": _check_directory,
    "feeds": _check_file,
    "desks": _check_file,
    "heartbeat": _check_file,
    "contact": _check_contact,
    "allow_origins": _check_origins,
    "websub_callback_url": _check_callback_url,
}
"""What is asked of a field beyond its type; a ValueError says why it cannot work."""


_AT_MOST = (
    (
        *("fetch_timeout_s", 0.5, "task_time_limit_s"),
        "one slow feed would have its whole batch killed",
    ),
    ("poll_floor_s", 1, "poll_ceiling_s", "no interval is between them"),
    ("page_pause_s", 1, "page_wait_s", "of two pages of one host the second would not be read"),
    ("copies_for_s", 1, "known_for_s", "a copy would outlive what is known of its item"),
    ("kill_window_s", 1, "known_for_s", "who had an item would be forgotten before its kill"),
)
"""Seconds that may be at most such a share of others, and why."""


def _check_times(settings: Settings) -> None:
    for field, share, other, why in _AT_MOST:
        time_s, most_s = getattr(settings, field), getattr(settings, other)
        if time_s > share * most_s:
            half = "half of " if share < 1 else ""
            of = f"{half}{ENV_PREFIX}{other.upper()} ({most_s:g} s)"
            reason = f"{time_s:g} s is more than {of}: {why}"
            raise SettingsError(reason, subject=f"{ENV_PREFIX}{field.upper()}")


def _asked(hint: object, error: msgspec.ValidationError) -> str:
    """What would have fitted."""
    if get_origin(hint) is Literal:
        return f"Expected one of {', '.join(get_args(hint))}"
    return str(error).replace(", got `str`", "")


def _unknown(field: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(field, known, n=1)
    hint = f"; did you mean {ENV_PREFIX}{close[0].upper()}?" if close else ""
    return f"no such setting{hint}"
