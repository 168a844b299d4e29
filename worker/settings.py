"""Settings, read from COPYTASTER_* variables by this module alone.

Every field below is a variable: `batch_items` is COPYTASTER_BATCH_ITEMS. An invalid value or an
unknown COPYTASTER_ variable stops the start with an error that names it (docs/settings.md). An
empty variable counts as not set.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Annotated, Literal, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import msgspec
from msgspec import Meta

from worker.errors import SettingsError
from worker.store.server_url import read_broker_url

__all__ = ["ENV_PREFIX", "Settings", "load_settings", "read_settings"]

ENV_PREFIX = "COPYTASTER_"

Count = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Seconds = Annotated[float, Meta(gt=0, le=31_536_000)]
Bytes = Annotated[int, Meta(ge=1024, le=1 << 40)]


_NAME = re.compile(r"[\w-]+(?:\.[\w-]+)*\.?")
"""A host's name or IPv4 address. Patterns are refused: they would be compared literally."""

_ADDED_BYTES = 16 * 1024
"""Allowance for what the service adds to an item: names, and a note of bounded length."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The settings of a process. Units are in the names; docs/settings.md has a row for each."""

    # locations
    redis_url: str = ""  # redis://, rediss:// or unix://; empty: the embedded broker (`up`, `demo`)
    redis_password_file: str = ""  # a file with its password; empty: the password in the URL
    celery_url: str = ""  # RabbitMQ for task messages, amqp:// or amqps://; empty: redis_url
    prefix: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,31}\Z")] = (
        "copytaster"  # first word of keys
    )
    data_dir: str = ""  # the embedded broker's files; empty: ~/.local/state/copytaster
    feeds: str = ""  # a feeds.toml that a fresh store starts with; empty: no feeds
    desks: str = ""  # a desks.toml; empty: the desks items, quotes and alerts
    sources: str = ""  # a sources.toml; empty: no sources
    heartbeat: str = ""  # a file to touch every two seconds; empty: none

    # polling
    contact: str = ""  # a URL in the User-Agent, for publishers to reach the operator
    allow_origins: str = (
        ""  # host:port, comma separated: origins on private networks that may be polled
    )
    fetch_timeout_s: Seconds = 30.0  # deadline of a whole fetch; at most half the task limit
    first_byte_s: Seconds = 15.0  # until a response begins, DNS and connection included
    fetch_limit_bytes: Bytes = 64 * 1024 * 1024  # a feed's body, compressed and uncompressed
    check_after_s: Annotated[float, Meta(ge=0, le=31_536_000)] = (
        7 * 86_400.0  # after only 304 responses for this time, poll without validators; 0: never
    )
    host_connections: Count = 4  # concurrent requests of a process to a host
    host_spacing_s: Annotated[float, Meta(ge=0, le=3600)] = (
        0.5  # between two requests to a host, over all processes
    )
    poll_memory_bytes: Bytes = 128 * 1024 * 1024  # large bodies that a process holds at once
    poll_batch: Count = 100  # feeds per poll task
    poll_lease_s: Annotated[float, Meta(ge=1, le=3600)] = (
        5.0  # a poller that renews no lease for this time loses its feeds to another
    )
    poll_floor_s: Seconds = 60.0  # the shortest interval between polls of a feed
    poll_ceiling_s: Seconds = 14_400.0  # the longest interval that a feed's cadence can lead to
    page_limit_bytes: Bytes = 8 * 1024 * 1024  # an article page, compressed and uncompressed
    page_pause_s: Seconds = 1.0  # between two pages of a host, unless robots.txt asks for more
    page_wait_s: Seconds = 900.0  # after this an item goes on without its page

    # WebSub
    websub_callback_url: str = ""  # public URL of `copytaster web`; empty: no subscriptions

    # parse tasks
    batch_items: Count = 50  # items per parse task
    batch_bytes: Bytes = 256 * 1024  # bytes per parse task
    queue_high: Count = 20  # tasks waiting on a Celery queue before dispatch holds back
    reclaim_after_s: Annotated[float, Meta(ge=0.5, le=3600)] = (
        5.0  # a worker that renews no entry for this time loses its entries to another
    )
    attempts_max: Count = 5  # workers that a message may kill before it becomes a dead letter
    message_limit_bytes: Bytes = 1024 * 1024  # an inbox message
    task_time_limit_s: Count = 60  # a task is killed after this

    # desks and archive
    desk_length: Count = 100_000  # events that a desk's stream keeps, approximately
    copies_for_s: Annotated[float, Meta(ge=1, le=366 * 86_400)] = (
        2 * 86_400.0  # packed items are kept for this time, for replays and for `change`
    )
    copies_bytes: Bytes = 128 * 1024 * 1024  # size of all packed items; the oldest go first

    archive: str = ""  # sqlite:///PATH or postgresql://; off; empty: the file of `copytaster up`
    archive_password_file: str = ""  # a file with its password; empty: the password in the URL
    archive_days: Annotated[int, Meta(ge=0, le=36_600)] = 90  # versions are kept so long; 0: always
    archive_bytes: Annotated[int, Meta(ge=0, le=1 << 50)] = 10 * 1024**3  # 0: no limit

    # page and HTTP API
    web_tokens: str = ""  # a file of tokens and their roles; empty: loopback alone, no token
    web_hosts: str = ""  # names of this host, comma separated, besides localhost and addresses

    # retention
    known_for_s: Annotated[float, Meta(ge=1, le=366 * 86_400)] = (
        7 * 86_400.0  # state of an item without new versions: version, desks, digests
    )
    kill_window_s: Annotated[float, Meta(ge=1, le=30 * 86_400)] = (
        86_400.0  # kills find items, and stop items that they overtook, for this time
    )
    firsts_for_s: Annotated[float, Meta(ge=1, le=30 * 86_400)] = (
        2 * 86_400.0  # duplicates of an original are recognised for this time
    )
    firsts_length: Count = 40_000  # originals that are remembered; the oldest go first
    inbox_length: Count = 1_000_000  # messages that may wait before pollers add no more
    dead_length: Count = 10_000  # dead letters; the kind with the most letters makes room
    dead_bytes: Bytes = 64 * 1024 * 1024  # size of their messages

    # logs
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "json", "console"] = "auto"  # auto: console on a terminal

    @property
    def data_path(self) -> Path:
        """The embedded broker's directory."""
        if self.data_dir:
            return Path(self.data_dir).expanduser()
        return Path.home() / ".local" / "state" / "copytaster"

    @property
    def archive_url(self) -> str:
        """The URL of the archive: the one set, else the file that `copytaster up` keeps; empty if
        the archive is off.
        """
        if self.archive == "off":
            return ""
        return self.archive or f"sqlite:///{self.data_path.absolute()}/archive.db"

    @property
    def is_archived(self) -> bool:
        """True if an archive is set, so that the default desk `items` is copied to it."""
        return self.archive not in ("", "off")

    @property
    def archive_sink(self) -> str:
        """The sink that a desk's `sink = "archive"` stands for.

        Raises:
            SettingsError: The archive is off.
        """
        if not self.archive_url:
            reason = "is off, and a desk has the sink `archive`"
            raise SettingsError(reason, subject=f"{ENV_PREFIX}ARCHIVE")
        mark = "&" if "?" in self.archive_url else "?"
        options = f"days={self.archive_days}&bytes={self.archive_bytes}"
        return f"sql:{self.archive_url}{mark}{options}"

    def work_limit_bytes(self, fields: Mapping[str, str]) -> int:
        """Return the largest message of a work entry with these stream fields.

        An entry without `door` came from a poll, whose body was limited when it was fetched. An
        item that waited for its page may be longer than its message, by a name and a note.
        """
        limit_bytes = self.message_limit_bytes if "door" in fields else self.fetch_limit_bytes
        return limit_bytes + _ADDED_BYTES

    @property
    def origins(self) -> frozenset[str]:
        """`allow_origins` as a set of host:port."""
        return _origins(self.allow_origins)

    @property
    def web_names(self) -> frozenset[str]:
        """`web_hosts` as a set of names."""
        return _origins(self.web_hosts)


@lru_cache(maxsize=8)
def _origins(written: str) -> frozenset[str]:
    return frozenset(origin.strip().lower() for origin in written.split(",") if origin.strip())


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings of this process.

    Raises:
        SettingsError: A variable is unknown or invalid; the message names it and says why.
    """
    settings, faults = read_settings(environ)
    if faults:
        raise faults[0]
    return settings


def read_settings(environ: Mapping[str, str]) -> tuple[Settings, tuple[SettingsError, ...]]:
    """Return settings and the faults of all variables; an invalid one has its default."""
    values, faults = _read_values(environ)
    for field, check in _CHECKS.items():
        if written := values.get(field):
            try:
                _check(field, partial(check, str(written)))
            except SettingsError as error:
                faults.append(error)
                del values[field]
    settings = msgspec.convert(values, Settings)
    faults += _find_wrong_times(settings)
    wrong = {fault.subject for fault in faults}
    for variable, add_password in _PASSWORDS.items():
        if variable not in wrong:
            try:
                settings = add_password(settings)
            except SettingsError as error:
                faults.append(error)
    return settings, tuple(faults)


def _read_values(environ: Mapping[str, str]) -> tuple[dict[str, object], list[SettingsError]]:
    """Return the valid values by field, and the faults of variables by themselves."""
    hints = get_type_hints(Settings, include_extras=True)
    values: dict[str, object] = {}
    faults: list[SettingsError] = []
    for variable in sorted(environ):
        if not variable.startswith(ENV_PREFIX) or not environ[variable]:
            continue
        field = variable.removeprefix(ENV_PREFIX).lower()
        if field not in hints:
            faults.append(SettingsError(_unknown(field, hints), subject=variable))
            continue
        try:
            values[field] = msgspec.convert(environ[variable], hints[field], strict=False)
        except msgspec.ValidationError as error:
            reason = f"{_expected(hints[field], error)}, got {environ[variable]!r}"
            faults.append(SettingsError(reason, subject=variable))
    return values, faults


def _check(field: str, check: Callable[[], None]) -> None:
    """Run a field's check; an error names the field's variable."""
    try:
        check()
    except ValueError as error:
        raise SettingsError(str(error), subject=f"{ENV_PREFIX}{field.upper()}") from error


def _check_redis_url(written: str) -> None:
    """Refuse a URL that redis-py or kombu cannot use.

    The URL may hold a password, so that no error repeats it.
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
    """Return the settings with the password of redis_password_file in the broker's URL."""
    if not settings.redis_password_file:
        return settings
    if not settings.redis_url:
        raise SettingsError(
            "is for the broker of COPYTASTER_REDIS_URL, which is not set",
            subject=f"{ENV_PREFIX}REDIS_PASSWORD_FILE",
        )
    password = _read_password(settings.redis_password_file, "REDIS_PASSWORD_FILE")
    parts = urlsplit(settings.redis_url)
    login, _, server = parts.netloc.rpartition("@")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    user_in_query = quote(query.pop("username", ""), safe="")
    query.pop("password", None)
    user = login.partition(":")[0] or user_in_query
    netloc = f"{user}:{quote(password, safe='')}@{server}"
    url = parts._replace(netloc=netloc, query=urlencode(query)).geturl()
    return msgspec.structs.replace(settings, redis_url=url)


def _with_archive_password(settings: Settings) -> Settings:
    """Return the settings with the password of archive_password_file in the URL of PostgreSQL.

    Nothing is read for a SQLite file, and where the archive is off.
    """
    if not settings.archive_password_file:
        return settings
    if not settings.archive:
        raise SettingsError(
            "is for the database of COPYTASTER_ARCHIVE, which is not set",
            subject=f"{ENV_PREFIX}ARCHIVE_PASSWORD_FILE",
        )
    if not settings.archive.startswith("postgres"):
        return settings
    password = _read_password(settings.archive_password_file, "ARCHIVE_PASSWORD_FILE")
    scheme, _, address = settings.archive.partition("://")
    netloc, slash, rest = address.partition("/")
    login, _, server = netloc.rpartition("@")
    user = login.partition(":")[0]
    url = f"{scheme}://{user}:{quote(password, safe='')}@{server}{slash}{rest}"
    return msgspec.structs.replace(settings, archive=url)


_PASSWORDS: Mapping[str, Callable[[Settings], Settings]] = {
    f"{ENV_PREFIX}REDIS_URL": _with_password,
    f"{ENV_PREFIX}ARCHIVE": _with_archive_password,
}
"""Functions that put the password of a file into a URL, by the variable of the URL."""


def _read_password(path: str, variable: str) -> str:
    try:
        password = Path(path).read_text(encoding="utf-8").rstrip("\r\n")
        reason = "" if password else "is empty"
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except UnicodeDecodeError:
        reason = "is not UTF-8"
    if reason:
        raise SettingsError(f"{path}: {reason}", subject=f"{ENV_PREFIX}{variable}")
    return password


def _check_celery_url(url: str) -> None:
    """Refuse a URL that is not RabbitMQ's. It may hold a password: no error repeats it."""
    try:
        parts = urlsplit(url)
        is_named = _names_hosts(parts.netloc.rpartition("@")[2])
    except ValueError:  # an unclosed bracket, a port that is not a number
        raise ValueError("not a URL with a host and a port") from None
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.scheme not in ("amqp", "amqps"):
        raise ValueError("not an amqp:// or amqps:// URL; leave it empty for the broker's server")
    if not is_named:
        raise ValueError(
            "not like amqp://host:5672/vhost: one host, or those of a cluster separated by commas"
        )
    if unknown := sorted(options.keys() - ({"ca"} if parts.scheme == "amqps" else set())):
        raise ValueError(f"no such option in its query: {unknown[0]}")
    if "ca" in options:
        _check_readable(options["ca"], "its `ca`")


def _names_hosts(netloc: str) -> bool:
    """Return True if `host:5672,host2` names a host in each part, with a port or without."""
    hosts = [urlsplit(f"//{part}") for part in netloc.split(",")]
    return all(host.hostname and (host.port is None or host.port > 0) for host in hosts)


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
    """Refuse a contact that cannot be sent in the User-Agent header as it is."""
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
            raise ValueError(f"not a host and a port, like localhost:8000: {origin}")


def _check_file(path: str) -> None:
    if Path(path).is_dir():
        raise ValueError(f"is a directory, not a file: {path}")


def _check_directory(path: str) -> None:
    if Path(path).expanduser().exists() and not Path(path).expanduser().is_dir():
        raise ValueError(f"is not a directory: {path}")


def _check_archive(url: str) -> None:
    """Refuse what names no database. The URL may hold a password: no error repeats it."""
    if url != "off" and not url.startswith(("sqlite:///", "postgresql://", "postgres://")):
        raise ValueError(
            "not like sqlite:////var/lib/archive.db or postgresql://host/wire, nor off"
        )


_CHECKS: Mapping[str, Callable[[str], None]] = {
    "redis_url": _check_redis_url,
    "celery_url": _check_celery_url,
    "data_dir": _check_directory,
    "feeds": _check_file,
    "desks": _check_file,
    "heartbeat": _check_file,
    "archive": _check_archive,
    "contact": _check_contact,
    "allow_origins": _check_origins,
    "websub_callback_url": _check_callback_url,
}
"""Checks of a field beyond its type; a check raises ValueError with the reason."""


_AT_MOST = (
    (
        *("fetch_timeout_s", 0.5, "task_time_limit_s"),
        "one slow feed would have its whole batch killed",
    ),
    ("poll_floor_s", 1, "poll_ceiling_s", "no interval is between them"),
    ("page_pause_s", 1, "page_wait_s", "the second of two pages of one host would not be read"),
    ("copies_for_s", 1, "known_for_s", "a copy would outlive the record of its item"),
    ("kill_window_s", 1, "known_for_s", "the desks of an item would be forgotten before its kill"),
)
"""Upper bounds of times: a field, a share, the field that it is a share of, and the reason."""


def _find_wrong_times(settings: Settings) -> Iterator[SettingsError]:
    for field, share, other, why in _AT_MOST:
        time_s, most_s = getattr(settings, field), getattr(settings, other)
        if time_s > share * most_s:
            half = "half of " if share < 1 else ""
            of = f"{half}{ENV_PREFIX}{other.upper()} ({most_s:g} s)"
            reason = f"{time_s:g} s is more than {of}: {why}"
            yield SettingsError(reason, subject=f"{ENV_PREFIX}{field.upper()}")


def _expected(hint: object, error: msgspec.ValidationError) -> str:
    """Return a description of the valid values."""
    if get_origin(hint) is Literal:
        return f"Expected one of {', '.join(get_args(hint))}"
    return str(error).replace(", got `str`", "")


def _unknown(field: str, known: Mapping[str, object]) -> str:
    close = difflib.get_close_matches(field, known, n=1)
    suggestion = f"; did you mean {ENV_PREFIX}{close[0].upper()}?" if close else ""
    return f"no such setting{suggestion}"
