"""The text of a feed's bytes, whatever the server and the document say of their encoding."""

import codecs
import re

__all__ = ["decode_body", "repair_twice_encoded"]

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Longest first: the UTF-16 mark is the first half of the UTF-32 one."""

_BARE = (
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
    (b"{\x00", "utf-16-le"),
    (b"\x00{", "utf-16-be"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)
"""How a document begins in an encoding whose ASCII is not ASCII. Source: XML 1.0, appendix F."""

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

_MEANT = {"iso8859-1": "cp1252", "ascii": "utf-8", "gb2312": "gb18030", "gbk": "gb18030",
          "euc_kr": "cp949", "shift_jis": "cp932", "iso8859-9": "cp1254", "tis-620": "cp874",
          "big5": "big5hkscs"}  # fmt: skip
"""What publishers mean by a name. Source: WHATWG Encoding Standard, "Names and labels"."""

_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_SAMPLE_BYTES = 65_536
_STRAY = {0xDC00 + code: bytes([code]).decode("cp1252", "replace") for code in range(0x80, 0x100)}
"""What single bytes that are not UTF-8 most likely were, as `surrogateescape` hands them over."""
_STRAY_ABROAD = {code: text if code < 0xDCA0 else "\ufffd" for code, text in _STRAY.items()}
"""The same in a text that is not Western: Windows' quotation marks have the same bytes there."""
_ABROAD = re.compile("[\u0370-\u1dff\u3040-\ud7ff]")

_TWICE = re.compile("[\u00c2-\u00f4][\u0080-\u00ff\u0152-\u2122]")
"""`Ã©`: the start of a character in UTF-8, and what follows it, both read as Windows' Western."""
_BACK = {ord(bytes([code]).decode("cp1252")): code for code in range(0x80, 0xA0)
         if code not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}}  # fmt: skip


def decode_body(body: bytes, media_type: str) -> str:
    """The text: by byte order mark, else UTF-8 if it is that, else by the first encoding that fits.

    A byte order mark goes before the header's charset. Source: RFC 7303, section 3.3. What is valid
    UTF-8 beyond ASCII is UTF-8, whatever is said of it. Bytes that fit nothing become U+FFFD; this
    never raises.

    >>> decode_body("<rss>Москва</rss>".encode("cp1251"), "text/xml; charset=windows-1251")
    '<rss>Москва</rss>'
    >>> decode_body("<rss>Москва</rss>".encode(), "text/xml; charset=iso-8859-1")
    '<rss>Москва</rss>'
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    for opening, encoding in _BARE:
        if body.startswith(opening):
            return body.decode(encoding, "replace")
    named = _named(body, media_type)
    if not body.isascii():
        named.insert(0, "utf-8")
    for name in (*named, "utf-8"):
        text = _decode(body, name)
        if text is not None:
            return text
    return _guess(body, named)


def repair_twice_encoded(text: str) -> str:
    """The text, encoded once less where all of it was UTF-8 taken for Windows' Western encoding.

    >>> repair_twice_encoded("CafÃ© â€“ ouvert"), repair_twice_encoded("Ã la carte, à São")
    ('Café – ouvert', 'Ã la carte, à São')
    """
    if text.isascii() or _TWICE.search(text) is None:
        return text
    try:
        return text.translate(_BACK).encode("latin-1").decode("utf-8")
    except ValueError:
        return text


def _named(body: bytes, media_type: str) -> list[str]:
    """The encodings that the header and the document name, the more trustworthy first."""
    found = _CHARSET_PARAMETER.search(media_type)
    header = _codec(found["charset"]) if found else ""
    written = _DECLARED.match(body)
    declared = _codec(written["charset"].decode("ascii")) if written else ""
    # Servers say ISO 8859-1 of everything; then the document knows better.
    names = [declared, header] if header == "cp1252" else [header, declared]
    return [name for name in names if name and not name.startswith(("utf-16", "utf-32"))]


def _codec(name: str) -> str:
    """Python's name of the encoding, or empty where it has none or it is no text encoding."""
    try:
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    return "" if codec.replace("-", "_") in _NOT_FOR_TEXT else _MEANT.get(codec, codec)


def _decode(body: bytes, codec: str) -> str | None:
    """The text, or None where the bytes do not fit."""
    try:
        return body.decode(codec)
    except (LookupError, ValueError):  # LookupError: a codec from bytes to bytes
        return None


def _guess(body: bytes, named: list[str]) -> str:
    """UTF-8 with a few stray bytes if most of it is that, else what it looks like.

    What is named first, UTF-8 apart, is taken with its broken bytes if they are few.
    """
    as_utf8 = body.decode("utf-8", "surrogateescape")
    broken = sum(1 for character in as_utf8 if "\udc80" <= character <= "\udcff")
    beyond_ascii = len(as_utf8) - len(as_utf8.encode("ascii", "ignore")) - broken
    if beyond_ascii > broken:
        return as_utf8.translate(_STRAY_ABROAD if _ABROAD.search(as_utf8) else _STRAY)
    for name in named[1:]:
        text = "" if name == "utf-8" else _replaced(body, name)
        if text and text.count("\ufffd") * 20 < len(text):
            return text
    return body.decode(_look(body), "replace")


def _replaced(body: bytes, name: str) -> str:
    try:
        return body.decode(name, "replace")
    except (LookupError, ValueError):
        return ""


def _look(body: bytes) -> str:
    """The encoding that bytes without a name look like; Windows' Western if like none."""
    sample = body[:_SAMPLE_BYTES]
    runs = _HIGH_RUN.findall(sample)
    high = sum(map(len, runs))
    if not runs or high / len(runs) < 2.5:  # letters of a Western word stand alone
        return "cp1252"
    for name, first, last, share in _SCRIPTS:
        text = sample.decode(name, "replace")
        beyond = [character for character in text if character > "\x7f"]
        typical = sum(1 for character in beyond if first <= character <= last)
        broken = text.count("\ufffd")
        if beyond and broken * 50 < len(beyond) and typical >= share * len(beyond):
            return name
    return "cp1252"


_SCRIPTS = (
    ("cp932", "\u3041", "\u30fe", 0.3),
    ("euc_jp", "\u3041", "\u30fe", 0.3),
    ("cp1251", "а", "я", 0.6),
    ("koi8-r", "а", "я", 0.6),
    ("cp949", "가", "힣", 0.85),
    ("gb18030", "\u4e00", "\u9fa5", 0.7),
    ("big5hkscs", "\u4e00", "\u9fa5", 0.7),
)
"""Encodings, and the characters that most of a text in them is made of."""
