"""The URL of the broker: a server, a master with its replicas, or the Sentinels of a master.

redis://user:password@host:6379/0              one server; rediss:// over TLS
redis://host1:6379,host2:6379/0                a master and its replicas, in any order
redis+sentinel://host1:26379,host2/mymaster/0  Sentinels, and the name of their master
unix:///run/redis.sock?db=0                    a server on this machine
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from msgspec import Struct

__all__ = ["Address", "BrokerUrl", "celery_url", "read_broker_url"]

Address = tuple[str, int]
"""A host and a port."""

PORT = 6379
SENTINEL_PORT = 26379

_LOGIN = frozenset({"db", "username", "password"})
_TLS_FILES = frozenset({"ssl_ca_certs", "ssl_certfile", "ssl_keyfile"})
_TLS_WORDS = {
    "ssl_cert_reqs": ("required", "optional", "none"),
    "ssl_check_hostname": ("true", "false"),
}
_SENTINEL = frozenset({"sentinel_username", "sentinel_password"})

_SCHEMES = {
    "redis": _LOGIN,
    "rediss": _LOGIN | _TLS_FILES | _TLS_WORDS.keys(),
    "redis+sentinel": _LOGIN | _SENTINEL,
    "rediss+sentinel": _LOGIN | _TLS_FILES | _TLS_WORDS.keys() | _SENTINEL,
    "unix": _LOGIN,
}
"""The schemes with their query options: those that both clients of the broker support."""

_NO_URL = "not a URL with a host and a port"
_NO_SERVER = "not like redis://host:6379/0: a host, and a number after it"


class BrokerUrl(Struct, frozen=True, kw_only=True):
    """The parts of a broker's URL, for redis-py and for kombu.

    Args:
        shown: The URL without user, password and query.
        addresses: The servers, one of which is the master, or the Sentinels if `master_name` is
            set; empty if `path` names a Unix socket.
        tls: Options of redis-py's SSLConnection; they have no effect unless `is_tls`.
    """

    shown: str
    addresses: tuple[Address, ...] = ()
    path: str = ""
    master_name: str = ""
    db: int = 0
    username: str = ""
    password: str = ""
    is_tls: bool = False
    tls: tuple[tuple[str, str], ...] = ()
    sentinel_username: str = ""
    sentinel_password: str = ""

    def __repr__(self) -> str:
        """Show no secret: kombu puts this text into the names of its pools."""
        return f"BrokerUrl({self.shown!r}, {hash(self)})"

    @property
    def login(self) -> dict[str, str | None]:
        """User and password, as redis-py's connections take them."""
        return {"username": self.username or None, "password": self.password or None}

    @property
    def tls_options(self) -> dict[str, Any]:
        """The options of redis-py's SSLConnection, as keyword arguments."""
        options: dict[str, Any] = dict(self.tls)
        if "ssl_check_hostname" in options:
            options["ssl_check_hostname"] = options["ssl_check_hostname"] == "true"
        return options

    @property
    def tls_files(self) -> tuple[tuple[str, str], ...]:
        """The TLS options that name a file, each with the path."""
        return tuple((name, value) for name, value in self.tls if name in _TLS_FILES)


def read_broker_url(url: str) -> BrokerUrl:
    """Return the parts of a broker's URL.

    >>> read_broker_url("redis+sentinel://ada:pw@a,b:26380/wire/2").addresses
    (('a', 26379), ('b', 26380))

    Raises:
        ValueError: The URL is invalid; the message says why, and repeats no part of the URL that
            could be a password.
    """
    parts = _split(url)
    query = _read_query(parts)
    login, _, server = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    target, segments = _read_target(parts, server)
    return BrokerUrl(
        shown=f"{parts.scheme}://{server}{parts.path}",
        db=_read_database(segments, query),
        username=unquote(user) or query.get("username", ""),
        password=unquote(password) or query.get("password", ""),
        is_tls=parts.scheme.startswith("rediss"),
        tls=tuple((name, value) for name, value in query.items() if name.startswith("ssl_")),
        sentinel_username=query.get("sentinel_username", ""),
        sentinel_password=query.get("sentinel_password", ""),
        **target,
    )


def _read_target(parts: SplitResult, server: str) -> tuple[dict[str, Any], list[str]]:
    """Return the fields that locate the server, and the segments of the path that are left."""
    segments = parts.path.strip("/").split("/") if parts.path.strip("/") else []
    if parts.scheme == "unix":  # unix:///run/redis.sock: the whole path is the socket's
        if not segments or server:
            raise ValueError("names no socket (unix:///run/redis.sock)")
        return {"path": unquote(parts.path)}, []
    target: dict[str, Any] = {"addresses": _read_addresses(parts)}
    if parts.scheme.endswith("+sentinel"):  # redis+sentinel://host:26379/mymaster/0
        if not segments:
            raise ValueError("names no master: redis+sentinel://host:26379/mymaster/0")
        target["master_name"] = unquote(segments.pop(0))
    return target, segments


def _read_database(segments: list[str], query: Mapping[str, str]) -> int:
    """Return the database's number: the last segment of the path, else the option `db`, else 0."""
    if len(segments) > 1 or not all(map(_is_number, segments)):
        raise ValueError(_NO_SERVER)
    if segments and "db" in query:
        raise ValueError("names its database twice, in its path and as `db`")
    return int(query.get("db") or "".join(segments) or 0)


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:  # an unclosed bracket
        raise ValueError(_NO_URL) from None
    if parts.scheme not in _SCHEMES or "://" not in url:
        raise ValueError("not a redis://, rediss://, redis+sentinel:// or unix:// URL")
    return parts


def _read_query(parts: SplitResult) -> dict[str, str]:
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = dict(pairs)
    if len(query) < len(pairs):
        raise ValueError("an option is in its query twice")  # dict() would keep the last silently
    if unknown := sorted(query.keys() - _SCHEMES[parts.scheme]):
        raise ValueError(f"no such option in its query: {unknown[0]}")
    if not _is_number(query.get("db", "0")):
        raise ValueError("its `db` is not a number")
    for name, words in _TLS_WORDS.items():
        if query.get(name, words[0]) not in words:
            raise ValueError(f"its `{name}` is not one of {', '.join(words)}")
    return query


def _read_addresses(parts: SplitResult) -> tuple[Address, ...]:
    default = SENTINEL_PORT if parts.scheme.endswith("+sentinel") else PORT
    addresses = []
    for written in parts.netloc.rpartition("@")[2].split(","):
        try:
            server = urlsplit(f"//{written}")
            port = default if server.port is None else server.port
        except ValueError:  # a port that is not a number
            raise ValueError(_NO_URL) from None
        if port == 0:
            raise ValueError(_NO_URL)
        if not server.hostname:
            raise ValueError(_NO_SERVER)
        addresses.append((unquote(server.hostname), port))
    return tuple(addresses)


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit()


def celery_url(redis_url: str) -> str:
    """Return the URL by which kombu reaches the server of `redis_url`.

    kombu reads no database and no login from a query, and checks certificates only if told to. Of
    several addresses the URL has the first; `worker.broker.transport` knows all of them.

    >>> celery_url("unix:///run/a%20b/s?db=2")
    'redis+socket:///run/a%20b/s?virtual_host=2'
    >>> celery_url("redis://localhost:6379/1")
    'redis://localhost:6379/1'
    >>> celery_url("rediss://localhost?db=3")
    'rediss://localhost:6379/3?ssl_cert_reqs=required'
    """
    url = read_broker_url(redis_url)
    login = ""
    if url.username or url.password:
        login = f"{quote(url.username, safe='')}:{quote(url.password, safe='')}@"
    if url.path:
        return f"redis+socket://{login}{quote(url.path)}?{urlencode({'virtual_host': url.db})}"
    host, port = url.addresses[0]
    server = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    tls = {"ssl_cert_reqs": "required", **dict(url.tls)}
    scheme, words = ("rediss", f"?{urlencode(tls)}") if url.is_tls else ("redis", "")
    return f"{scheme}://{login}{server}/{url.db}{words}"
