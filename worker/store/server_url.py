"""The broker's URL: one server, a master with its replicas, or Sentinels that know the master.

redis://user:password@host:6379/0              one server; rediss:// over TLS
redis://host1:6379,host2:6379/0                a master and its replicas, in any order
redis+sentinel://host1:26379,host2/mymaster/0  Sentinels, and the name of what they watch
unix:///run/redis.sock?db=0                    a server on this machine
"""

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
"""The schemes, each with what may stand in its query: what both clients of the broker take."""

_NO_URL = "not a URL with a host and a port"
_NO_SERVER = "not like redis://host:6379/0: a host, and a number after it"


class BrokerUrl(Struct, frozen=True, kw_only=True):
    """What a broker's URL says, to both of its clients.

    Args:
        shown: The URL without user, password and query.
        addresses: Of servers, one of which is the master; of Sentinels, where `master_name` is set;
            empty where `path` names a Unix socket.
        tls: Options of redis-py's SSLConnection; they mean something only where `is_tls`.
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
        """Show no secret: kombu makes this a part of its pools' names."""
        return f"BrokerUrl({self.shown!r}, {hash(self)})"

    @property
    def login(self) -> dict[str, str | None]:
        """User and password, as redis-py's connections take them."""
        return {"username": self.username or None, "password": self.password or None}

    @property
    def tls_options(self) -> dict[str, Any]:
        """What is told to redis-py's SSLConnection."""
        options: dict[str, Any] = dict(self.tls)
        if "ssl_check_hostname" in options:
            options["ssl_check_hostname"] = options["ssl_check_hostname"] == "true"
        return options

    @property
    def tls_files(self) -> tuple[tuple[str, str], ...]:
        """The options that name a file, with its path."""
        return tuple((name, value) for name, value in self.tls if name in _TLS_FILES)


def read_broker_url(url: str) -> BrokerUrl:
    """What the URL says.

    >>> read_broker_url("redis+sentinel://ada:pw@a,b:26380/wire/2").addresses
    (('a', 26379), ('b', 26380))

    Raises:
        ValueError: It says why the URL is none, and repeats no part that could be a password.
    """
    parts = _split(url)
    query = _read_query(parts)
    words = parts.path.strip("/").split("/") if parts.path.strip("/") else []
    found: dict[str, Any] = {}
    if parts.scheme == "unix":
        if not words or parts.netloc.rpartition("@")[2]:
            raise ValueError("names no socket (unix:///run/redis.sock)")
        found["path"], words = unquote(parts.path), []
    else:
        found["addresses"] = _read_addresses(parts)
    if parts.scheme.endswith("+sentinel"):
        if not words:
            raise ValueError("names no master: redis+sentinel://host:26379/mymaster/0")
        found["master_name"] = unquote(words.pop(0))
    if len(words) > 1 or not all(map(_is_number, words)):
        raise ValueError(_NO_SERVER)
    if words and "db" in query:
        raise ValueError("names its database twice, in its path and as `db`")
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    return BrokerUrl(
        shown=f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}",
        db=int(query.get("db") or "".join(words) or 0),
        username=unquote(user) or query.get("username", ""),
        password=unquote(password) or query.get("password", ""),
        is_tls=parts.scheme.startswith("rediss"),
        tls=tuple((name, value) for name, value in query.items() if name.startswith("ssl_")),
        sentinel_username=query.get("sentinel_username", ""),
        sentinel_password=query.get("sentinel_password", ""),
        **found,
    )


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
        raise ValueError("an option is in its query twice")
    if unknown := sorted(query.keys() - _SCHEMES[parts.scheme]):
        raise ValueError(f"no such option in its query: {unknown[0]}")
    if not _is_number(query.get("db", "0")):
        raise ValueError("its `db` is no number")
    for name, words in _TLS_WORDS.items():
        if query.get(name, words[0]) not in words:
            raise ValueError(f"its `{name}` is none of {', '.join(words)}")
    return query


def _read_addresses(parts: SplitResult) -> tuple[Address, ...]:
    default = SENTINEL_PORT if parts.scheme.endswith("+sentinel") else PORT
    addresses = []
    for written in parts.netloc.rpartition("@")[2].split(","):
        try:
            server = urlsplit(f"//{written}")
            port = default if server.port is None else server.port
        except ValueError:  # a port that is no number
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
    """The URL by which kombu reaches the server that redis-py reaches by `redis_url`.

    kombu takes database and login from no query, and checks no certificate unless it is told to. Of
    several addresses it is told the first; `worker.broker.transport` knows them all.

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
