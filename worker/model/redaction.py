"""Redaction: URLs and texts without the secrets in them, by one list of names."""

import re
from collections.abc import Collection, Mapping
from urllib.parse import unquote, urlsplit

__all__ = ["redact", "redact_all", "without_secrets"]

_NAMES_IN_QUERIES = (
    r"(?: [\w.-]{1,40} [_.-] )?"
    "(?: jwt|pass|pwd|key|accesskey|authkey|sig|auth|authorization|credentials?|session|sid )"
    # feedtoken, userPassword, jsessionid
    r"| [\w.-]{0,40} (?: token|secret|password|passwd|apikey|signature|sessionid|sessid )"
)
"""The names of query parameters whose values are secrets."""

_IS_SECRET_NAME = re.compile(_NAMES_IN_QUERIES, re.VERBOSE | re.IGNORECASE)

_LOGIN = re.compile(r"\A(?P<scheme>[^/?#]{0,40}//)[^/?#]*@")
_PARAMETER = re.compile(r"(?P<name>[?&;#][^?&;#=]*)=(?P<value>[^&;#]*)")

_CREDENTIALS = re.compile(
    rf"""
    # redis://worker:secret@host/0, up to the last @ before the path; JSON may write :\/\/
    (?P<scheme> \b[a-z][a-z0-9+.-]{{1,20}}:\\?/\\?/ ) [^\s/]{{1,2000}} @
    |
    # amqp://worker:se/cret@host: what comes after the colon is no port
    (?P<raw> \b[a-z][a-z0-9+.-]{{1,20}}:\\?/\\?/ ) [^\s/@:?\#\[]{{0,200}}
        : (?! \d{{1,5}} [/?\#] ) [^\s"<>]{{1,2000}} @
    |
    # https://host/rss?api_key=secret, unix:///run/s?password=secret; JSON may write \u0026, \u003d,
    # and a URL within a URL %26, %3d
    (?P<query>
        (?: [?&;\#] | \\u0026 | %26 | %3f ) (?: {_NAMES_IN_QUERIES} ) (?: = | \\u003d | %3d )
    ) [^\s&;\#"'<>]+
    |
    # Authorization: Basic c2VjcmV0; (b'Set-Cookie', b'id=secret')
    (?P<header> \b (?: (?:proxy-)?authorization | (?:set-)?cookie ) ["']? \s? [:=,] \s? )
        [^"'\r\n]{{0,3}} ["']? [^"'\r\n)]{{1,4000}}
    """,
    re.VERBOSE | re.IGNORECASE,
)

_SECRET_FIELDS = frozenset(
    {"authorization", "cookie", "password", "proxy-authorization", "secret", "set-cookie", "token"}
)


def without_secrets(url: str) -> str:
    """Return the URL without user and password, and with `***` for the secrets in its query.

    >>> without_secrets("https://ada:secret@news.example/rss?page=2&api_key=secret")
    'https://news.example/rss?page=2&api_key=***'
    """
    try:
        _ = urlsplit(url).port
    except ValueError:  # https://ada:se?cret@host/: no part of it is certain
        url = redact(url)
    return _PARAMETER.sub(_without_value, _LOGIN.sub(r"\g<scheme>", url))


def _without_value(match: re.Match[str]) -> str:
    is_secret = _IS_SECRET_NAME.fullmatch(unquote(match["name"][1:]))
    return f"{match['name']}={'***' if is_secret else redact(match['value'])}"


def redact(text: str) -> str:
    """Return the text with all secrets replaced.

    Secrets are the user and password of URLs, the values of query parameters with names like
    `token` or `api_key`, and the values of authorization and cookie headers.

    >>> redact("no answer from redis://ada:secret@db:6379/0")
    'no answer from redis://***@db:6379/0'
    >>> redact("https://news.example/rss?page=2&api_key=secret")
    'https://news.example/rss?page=2&api_key=***'
    """
    return _CREDENTIALS.sub(_without_secret, text)


def _without_secret(match: re.Match[str]) -> str:
    scheme = match["scheme"] or match["raw"]
    return f"{scheme}***@" if scheme else f"{match['query'] or match['header']}***"


def redact_all(value: object) -> object:
    """Return the value with secrets redacted in all strings that it contains."""
    return _redact_value("", value)


def _redact_value(name: str, value: object) -> object:
    """Return a field's value without secrets; a value of another type becomes redacted text."""
    if name.lower() in _SECRET_FIELDS:
        return "***"
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {str(key): _redact_value(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return _redact_items(value)
    return redact(str(value) if isinstance(value, BaseException) else repr(value))


def _redact_items(items: Collection[object]) -> list[object]:
    # A header as HTTP clients keep it: (b"Cookie", b"id=secret").
    if isinstance(items, list | tuple) and len(items) == 2 and _is_secret_field(items[0]):
        return [_redact_value("", items[0]), "***"]
    return [_redact_value("", item) for item in items]


def _is_secret_field(value: object) -> bool:
    name = value.decode("latin-1") if isinstance(value, bytes) else value
    return isinstance(name, str) and name.lower() in _SECRET_FIELDS
