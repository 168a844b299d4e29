"""The text of a feed's bytes, whatever the server and the document say of their encoding."""

import codecs
import re

__all__ = ["read_text"]

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Longest first: the UTF-16 mark is the first half of the UTF-32 one."""

_BARE_UTF16 = ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"), (b"{\x00", "utf-16-le"))

_DECLARED = re.compile(
    rb"""
    \s{0,64}<\?xml\s[^>]{0,200}?                # <?xml version="1.0"
    encoding\s{0,8}=\s{0,8}["']
    (?P<charset>[A-Za-z0-9._:-]{1,40})["']      # encoding="windows-1251"
    """,
    re.VERBOSE,
)
_CHARSET_PARAMETER = re.compile(
    r";\s*charset\s*=\s*[\"']?(?P<charset>[A-Za-z0-9._:-]{1,40})", re.IGNORECASE
)

_NOT_FOR_TEXT = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
"""Python's codecs that no feed is written in; some take quadratic time."""

_MEANT = {"iso8859-1": "cp1252", "ascii": "utf-8", "gb2312": "gb18030"}
"""What publishers mean by a name. Source: WHATWG Encoding Standard, "Names and labels"."""


def read_text(body: bytes, media_type: str) -> str:
    """The text: by byte order mark, else by the first encoding named that fits, else UTF-8.

    A byte order mark goes before the header's charset. Source: RFC 7303, section 3.3. Bytes that
    fit nothing become U+FFFD; this never raises.

    >>> read_text("<rss>Москва</rss>".encode("cp1251"), "text/xml; charset=windows-1251")
    '<rss>Москва</rss>'
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    for opening, encoding in _BARE_UTF16:
        if body.startswith(opening):
            return body.decode(encoding, "replace")
    for name in (_header_charset(media_type), _declared_charset(body), "utf-8"):
        text = _decode(body, name)
        if text is not None:
            return text
    return _guess(body)


def _header_charset(media_type: str) -> str:
    found = _CHARSET_PARAMETER.search(media_type)
    return found["charset"] if found else ""


def _declared_charset(body: bytes) -> str:
    found = _DECLARED.match(body)
    return found["charset"].decode("ascii") if found else ""


def _decode(body: bytes, name: str) -> str | None:
    """The text, or None where the name is no text encoding or the bytes do not fit it."""
    try:
        codec = codecs.lookup(name).name
        if codec.replace("-", "_") in _NOT_FOR_TEXT:
            return None
        return body.decode(_MEANT.get(codec, codec))
    except (LookupError, ValueError):
        return None


def _guess(body: bytes) -> str:
    """UTF-8 with a few broken bytes if most of it is that, else Windows' Western encoding."""
    as_utf8 = body.decode("utf-8", "replace")
    broken = as_utf8.count("\ufffd")
    beyond_ascii = len(as_utf8) - len(as_utf8.encode("ascii", "ignore")) - broken
    return as_utf8 if beyond_ascii > broken else body.decode("cp1252", "replace")
