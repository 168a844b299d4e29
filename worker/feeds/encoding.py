"""Decoding of a feed's bytes, whatever encoding the server and the document claim."""

import codecs
import re

__all__ = ["decode_body", "decode_undeclared", "repair_twice_encoded"]

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
"""The first bytes of documents whose encoding is no superset of ASCII. Source: XML 1.0, app. F."""

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
"""Python codecs for other purposes than text; some take quadratic time."""

_MEANT = {"iso8859-1": "cp1252", "ascii": "utf-8", "gb2312": "gb18030", "gbk": "gb18030",
          "euc_kr": "cp949", "shift_jis": "cp932", "iso8859-9": "cp1254", "tis-620": "cp874",
          "big5": "big5hkscs"}  # fmt: skip
"""The encodings that publishers mean. Source: WHATWG Encoding Standard, "Names and labels"."""

_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_SAMPLE_BYTES = 65_536
_LEAST_SHARE = 4
"""Characters of UTF-8 for each stray byte; text in TIS-620 may look as if it had nearly one."""
_STRAY = {0xDC00 + code: bytes([code]).decode("cp1252", "replace") for code in range(0x80, 0x100)}
"""Likely characters of single bytes that are not UTF-8, keyed as `surrogateescape` decodes them."""
_STRAY_ABROAD = {code: text if code < 0xDCA0 else "\ufffd" for code, text in _STRAY.items()}
"""The same for text in another script, whose code pages share only Windows' quotation marks."""
_ABROAD = re.compile("[\u0370-\u1dff\u3040-\ud7ff]")  # Greek to Vedic, kana to Hangul

_TWICE = re.compile("[\u00c2-\u00f4][\u0080-\u00ff\u0152-\u2122]")
"""`Ã©`: the first two bytes of a UTF-8 character, both decoded as Windows-1252."""
_BACK = {ord(bytes([code]).decode("cp1252")): code for code in range(0x80, 0xA0)
         if code not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}}  # fmt: skip
"""Bytes of the characters that Latin-1 lacks, by code point; Windows-1252 leaves five undefined."""


def _decode_by_opening(body: bytes) -> str | None:
    """Decode by a byte order mark, or by the null bytes of an opening `<` without one."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    for opening, encoding in _BARE:
        if body.startswith(opening):
            return body.decode(encoding, "replace")
    return None


def decode_body(body: bytes, media_type: str) -> str:
    """Decode by byte order mark, else as UTF-8 if valid, else by the first claimed encoding to fit.

    A byte order mark goes before the header's charset. Source: RFC 7303, section 3.3. Valid UTF-8
    beyond ASCII is UTF-8, whatever header and document claim; so is UTF-8 with some stray bytes, if
    the claim is an encoding of single bytes, which nearly any bytes fit. Bytes that fit no encoding
    become U+FFFD; this never raises.

    >>> decode_body("<rss>Москва</rss>".encode("cp1251"), "text/xml; charset=windows-1251")
    '<rss>Москва</rss>'
    >>> decode_body("<rss>Москва</rss>".encode(), "text/xml; charset=iso-8859-1")
    '<rss>Москва</rss>'
    """
    marked = _decode_by_opening(body)
    if marked is not None:
        return marked
    named = _named(body, media_type)
    if not body.isascii():
        named.insert(0, "utf-8")
    for name in (*named, "utf-8"):
        text = _decode(body, name)
        if text is not None:
            # An encoding of single bytes fits anything; UTF-8 with stray bytes is likelier.
            is_any_bytes = len(text) == len(body) and not body.isascii()
            return (is_any_bytes and _mostly_utf8(body, _LEAST_SHARE)) or text
    return _guess(body, named)


def decode_undeclared(body: bytes) -> tuple[str, str] | None:
    """Return the text of bytes that are not UTF-8 and name no encoding, and the encoding's name.

    None if no encoding is likely: a wrong one would spoil the text unseen.

    >>> decode_undeclared("Переправа откроется рано".encode("koi8-r"))
    ('Переправа откроется рано', 'koi8-u')
    >>> decode_undeclared("Ο πάγος, είπε ο δήμαρχος".encode("cp1253"))
    """
    if mended := _mostly_utf8(body, 1):
        return None if "\ufffd" in mended else (mended, "UTF-8 with stray bytes")
    name = _likely_encoding(body)
    text = _decode(body, name) if name else None
    if text is None or (name in _CYRILLIC and not _reads_as_cyrillic(text)):
        return None
    return text, name


def repair_twice_encoded(text: str) -> str:
    """Undo a double encoding: UTF-8 that was decoded as Windows-1252 and encoded once more.

    The text stays as it is unless all of it was encoded twice.

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
    """Return the encodings named by header and document, the more trustworthy first."""
    parameter = _CHARSET_PARAMETER.search(media_type)
    header = _codec(parameter["charset"]) if parameter else ""
    declaration = _DECLARED.match(body)
    declared = _codec(declaration["charset"].decode("ascii")) if declaration else ""
    # ISO 8859-1 is the default of many servers; then the document knows better.
    names = [declared, header] if header == "cp1252" else [header, declared]
    # UTF-16 has a byte order mark or begins with `<` and a zero, and both were looked for before.
    return [name for name in names if name and not name.startswith(("utf-16", "utf-32"))]


def _codec(name: str) -> str:
    """Return Python's name of the encoding, or empty if it is unknown or not for text."""
    try:
        codec = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    return "" if codec.replace("-", "_") in _NOT_FOR_TEXT else _MEANT.get(codec, codec)


def _decode(body: bytes, codec: str) -> str | None:
    """Return the text, or None if the bytes are not in this encoding."""
    try:
        return body.decode(codec)
    except (LookupError, ValueError):  # LookupError: a codec from bytes to bytes
        return None


def _guess(body: bytes, named: list[str]) -> str:
    """Decode bytes that are in no claimed encoding throughout.

    Mostly valid UTF-8 keeps its stray bytes as Windows-1252. Otherwise a claimed encoding counts if
    under a twentieth of its text is broken, and else the encoding that the bytes look like.
    """
    if text := _mostly_utf8(body, 1):
        return text
    for name in named[1:]:  # the first is UTF-8, which was tried above
        text = "" if name == "utf-8" else _replaced(body, name)
        if text and text.count("\ufffd") * 20 < len(text):
            return text
    return body.decode(_likely_encoding(body) or "cp1252", "replace")


def _mostly_utf8(body: bytes, share: int) -> str:
    """Return the text if for each stray byte more than `share` characters are UTF-8, else empty.

    A stray byte becomes its character in Windows-1252.
    """
    as_utf8 = body.decode("utf-8", "surrogateescape")
    valid = body.decode("utf-8", "ignore")
    broken = len(as_utf8) - len(valid)
    if len(valid) - len(valid.encode("ascii", "ignore")) <= share * broken:
        return ""
    return as_utf8.translate(_STRAY_ABROAD if _ABROAD.search(as_utf8) else _STRAY)


def _replaced(body: bytes, name: str) -> str:
    try:
        return body.decode(name, "replace")
    except (LookupError, ValueError):
        return ""


def _likely_encoding(body: bytes) -> str:
    """Return the encoding whose typical characters the bytes decode to, or empty.

    Bytes whose high ones stand alone are Windows-1252.
    """
    sample = body[:_SAMPLE_BYTES]
    runs = _HIGH_RUN.findall(sample)
    high = sum(map(len, runs))
    if not runs or high / len(runs) < 2.5:  # `déjà vu`: in Western text high bytes stand alone
        return "cp1252"
    for name, first, last, share in _SCRIPTS:
        text = sample.decode(name, "replace")
        beyond = [character for character in text if character > "\x7f"]
        typical = sum(1 for character in beyond if first <= character <= last)
        broken = text.count("\ufffd")
        if beyond and broken * 50 < len(beyond) and typical >= share * len(beyond):
            return name
    return ""


_CYRILLIC = frozenset({"cp1251", "koi8-u"})
_LEAST_VOWELS = 0.3
"""Share of vowels among the small letters: Russian and Ukrainian have over 0.4, Hebrew in
Windows-1255 read as Windows-1251 has 0.2.
"""
_CAPITAL_INSIDE = re.compile("[а-яё][А-ЯЁ]")
"""`вторнЯк`, `откроетсЯ`: Greek, and Cyrillic of the Macintosh, read as Windows-1251."""


def _reads_as_cyrillic(text: str) -> bool:
    """Return False for other scripts and encodings whose bytes are small Cyrillic letters too."""
    small = [character for character in text if "а" <= character <= "я"]
    vowels = sum(character in "аеиоуыэюя" for character in small)
    has_capital = any("А" <= character <= "Я" for character in text)
    is_mixed = len(_CAPITAL_INSIDE.findall(text)) * 100 > len(small)
    return has_capital and not is_mixed and vowels >= _LEAST_VOWELS * len(small)


_SCRIPTS = (
    ("cp932", "\u3041", "\u30fe", 0.3),
    ("euc_jp", "\u3041", "\u30fe", 0.3),
    ("cp1251", "а", "я", 0.6),
    ("koi8-u", "а", "я", 0.6),
    ("cp949", "가", "힣", 0.85),
    ("gb18030", "\u4e00", "\u9fa5", 0.7),
    ("big5hkscs", "\u4e00", "\u9fa5", 0.7),
)
"""Encoding, first and last of its typical characters, and their least share of a text in it.

Japanese comes first, since the encodings of Chinese and Korean decode most Japanese text too. Its
share is low because only kana count as typical, and much of a text is kanji.
"""
