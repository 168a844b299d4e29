"""Plain text from HTML or plain text: paragraphs separated by a blank line. Linear, total.

The scanner is our own because the standard library's parser takes quadratic time on unclosed
comments and declarations in some of the Python versions that we support, and feeds are untrusted.
"""

import re
from html import unescape
from itertools import pairwise

from worker.feeds.encoding import repair_twice_encoded

__all__ = ["is_html", "plain_line", "plain_text", "shorten"]

_PARAGRAPH_TAGS = frozenset(
    "address article aside blockquote body center dd details dialog div dl dt fieldset figcaption"
    " figure footer form h1 h2 h3 h4 h5 h6 header hr legend li main menu nav ol option p pre"
    " section summary table tbody tfoot thead tr ul".split()
)
_CELL_TAGS = frozenset({"td", "th"})
_SILENT_TAGS = frozenset(
    "applet audio canvas embed head iframe math noembed noframes noscript object script select"
    " style svg template textarea title video xmp".split()
)
"""Elements whose content is not text for readers."""
_INLINE_TAGS = frozenset(
    "a abbr acronym b bdi bdo big br cite code del dfn em font i img input ins kbd label link mark"
    " meta nobr q s samp small source span strike strong sub sup time tt u var wbr html"
    " basefont blink frame frameset marquee rb rp rt ruby".split()
)
_TAGS = _PARAGRAPH_TAGS | _CELL_TAGS | _SILENT_TAGS | _INLINE_TAGS

_TAG_OPENING = re.compile(r"</?(?P<name>[A-Za-z][A-Za-z0-9:-]{0,40})(?=[\s/>])")
"""`<p `, `</div`, `<o:p`, but neither an instrument code (`<GAZP.MM>`) nor `a < b`."""
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
"""With its semicolon, without which `AT&T` would be markup."""

_INVISIBLE = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"  # controls; tab, line ends, U+0085 are space
    "\u202a-\u202e\u2066-\u2069"  # bidirectional embeddings and isolates, which can hide text
    "\ufffe\uffff"
)
_CONTROLS = re.compile(f"[{_INVISIBLE}]")
_DROPPED = re.compile(f"[{_INVISIBLE}\xad\u200b\u2060\ufeff]")
"""Also the soft hyphen, the zero-width space, the word joiner and the byte order mark."""
_PLAIN_ASCII = re.compile(r"[ !-%'-;=-~\t\n]*+")
"""ASCII without markup: most headlines, ids and links."""
_CONTROL_C1 = re.compile("[\x80-\x84\x86-\x9f]")
_WINDOWS = {
    code: bytes([code]).decode("cp1252")
    for code in range(0x80, 0xA0)
    if code not in {0x81, 0x85, 0x8D, 0x8F, 0x90, 0x9D}
}
"""`&#146;`: Windows' apostrophe, written as the control character of the same number."""
_HUGE_REFERENCE = re.compile(r"&#\d{8,};?")
"""`html.unescape` raises ValueError on references of over 4,300 digits."""
_SPACE = re.compile(r"\s+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n|[\r\x85\u2028\v\f]")
_BLANK_LINES = re.compile(r"\n{2,}")
_LONG_GAP = 1000
"""The most characters between a `>` inside a quoted attribute and the end of its tag."""


def is_html(text: str) -> bool:
    """True when the text contains an HTML tag or a character entity.

    >>> is_html("Rates rise 1.5%<br>"), is_html("Shares <GAZP.MM> fell; a < b & c")
    (True, False)
    """
    if "<" in text and any(tag["name"].lower() in _TAGS for tag in _TAG_OPENING.finditer(text)):
        return True
    return "&" in text and _ENTITY.search(text) is not None


def plain_text(text: str, *, html: bool | None = None, verbatim: bool = False) -> str:
    r"""Return the text as a reader sees it, paragraphs separated by a blank line.

    Args:
        text: Any string at all.
        html: True for markup, False for plain text; None decides by the text itself (`is_html`).
        verbatim: Keep invisible characters that are no controls (soft hyphens, zero-width spaces)
            and text that was encoded twice.

    >>> plain_text("<p>A&amp;B said:</p><p>&laquo;Yes&raquo;</p>")
    'A&B said:\n\n«Yes»'
    """
    if not text:
        return ""
    text = _clean(text, verbatim=verbatim)
    if html if html is not None else is_html(text):
        return _tidy(_clean(_Scanner(text).read(), verbatim=verbatim))
    return _tidy(text, wrapped=True)


def plain_line(text: str, *, html: bool | None = None, verbatim: bool = False) -> str:
    r"""Return `plain_text` on a single line, for headlines, names and ids.

    >>> plain_line("Tanker &lt;b&gt;aground&lt;/b&gt;\n off Cape Ivory", html=False)
    'Tanker &lt;b&gt;aground&lt;/b&gt; off Cape Ivory'
    """
    if _PLAIN_ASCII.fullmatch(text):
        return " ".join(text.split())
    return " ".join(plain_text(text, html=html, verbatim=verbatim).split())


def shorten(text: str, limit_bytes: int) -> str:
    """Cut the text to at most `limit_bytes` bytes of UTF-8, between characters.

    >>> shorten("Москва", 5)
    'Мо'
    """
    if len(text) * 4 <= limit_bytes:
        return text
    return text.encode("utf-8", "replace")[:limit_bytes].decode("utf-8", "ignore")


def _clean(text: str, *, verbatim: bool) -> str:
    """Repair the text until nothing is left to repair: some feeds encode it three times."""
    while True:
        once = text if verbatim else repair_twice_encoded(text)
        repaired = _repair(once, verbatim=verbatim)
        if repaired == text:
            return text
        text = repaired


def _repair(text: str, *, verbatim: bool) -> str:
    """Join or replace halves of surrogate pairs, and drop invisible characters."""
    # Nearly all texts: these searches would take longer than all the rest.
    if text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable():
        return text
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if _CONTROL_C1.search(text):
        text = text.translate(_WINDOWS)
    dropped = _CONTROLS if verbatim else _DROPPED
    return dropped.sub("", _LINE_END.sub("\n", text.replace("\u2029", "\n\n")))


def _tidy(text: str, *, wrapped: bool = False) -> str:
    """Reduce space to single spaces, none at line ends, and a blank line between paragraphs."""
    if "\n" not in text:
        return " ".join(text.split())
    lines = "\n".join(" ".join(line.split()) for line in text.split("\n"))
    text = _BLANK_LINES.sub("\n\n", lines).strip("\n")
    if wrapped and "\n" in text:
        return "\n\n".join(_unwrap(paragraph) for paragraph in text.split("\n\n"))
    return text


def _unwrap(paragraph: str) -> str:
    """Join the lines of a paragraph that a typewriter or a mailer broke to a fixed width.

    Lines were broken to a width if the first word of the next never fitted on the line before.
    """
    lines = paragraph.split("\n")
    width = max(len(line) for line in lines)
    # Typewriters and mailers break at 60 to 80 columns; narrower lines are a table or a list.
    if len(lines) < 2 or not 40 <= width <= 100:
        return paragraph
    # `The talks failed.` over `Both sides left.`: two sentences, a line each.
    if len(lines) == 2 and lines[0][-1:] in '.!?:;"\u201d':
        return paragraph
    for line, follower in pairwise(lines):
        if len(line) + 1 + len(follower.split(" ", 1)[0]) <= width:
            return paragraph
    return " ".join(lines)


class _Scanner:
    """A single pass over markup. Searches go forward and are remembered, so none is repeated."""

    def __init__(self, text: str) -> None:
        # Some publishers escape a whole CDATA section, marks included.
        self._text = text.replace("<![CDATA[", "").replace("]]>", "")
        self._offsets: dict[str, int] = {}
        self._out: list[str] = []

    def read(self) -> str:
        """Return the text with line ends where elements end, and entities unescaped."""
        at = 0
        while (opening := self._text.find("<", at)) >= 0:
            self._add_text(self._text[at:opening])
            at = self._read_tag(opening)
        self._add_text(self._text[at:])
        return "".join(self._out)

    def _add_text(self, run: str) -> None:
        if not run:
            return
        if "&" in run:
            run = unescape(_HUGE_REFERENCE.sub("\ufffd", run))
        # `_tidy` joins blanks; only space that is a line end, or becomes one, must go here.
        self._out.append(run if run.isprintable() else _SPACE.sub(" ", run))

    def _read_tag(self, opening: int) -> int:
        """Read the `<` at `opening`; return the offset at which reading goes on."""
        text = self._text
        if text.startswith(("<!", "<?"), opening):
            return self._skip_aside(opening)
        tag = _TAG_OPENING.match(text, opening)
        end = self._tag_end(opening) if tag else -1
        if tag is None or end < 0:  # `a < b`
            self._out.append("<")
            return opening + 1
        name, is_closing = tag["name"].lower(), text[opening + 1] == "/"
        self._break(name, closing=is_closing)
        if is_closing or text[end - 1] == "/":
            return end + 1
        return self._skip_silent(name, end + 1)

    def _skip_aside(self, opening: int) -> int:
        """Return the offset behind a comment, declaration or processing instruction.

        A comment that never ends is taken as a declaration, which ends at the first `>`.
        """
        text = self._text
        if text.startswith("<!--", opening) and (end := self._next("-->", opening + 4)) >= 0:
            return end + 3
        end = self._next(">", opening)
        return end + 1 if end >= 0 else len(text)

    def _tag_end(self, opening: int) -> int:
        """Return the offset of the tag's `>`, or -1; a `>` in a quoted attribute is not it."""
        end = self._next(">", opening)
        if end >= 0 and self._text.count('"', opening, end) % 2:
            quote = self._text.find('"', end, end + _LONG_GAP)
            beyond = self._text.find(">", quote, quote + _LONG_GAP) if quote >= 0 else -1
            return beyond if beyond >= 0 else end
        return end

    def _break(self, name: str, *, closing: bool) -> None:
        if name in _PARAGRAPH_TAGS:
            self._out.append("\n\n")
        elif name == "br":
            self._out.append("\n")
        elif name in _CELL_TAGS:
            self._out.append(" ")
        elif name == "q":
            self._out.append("\u201d" if closing else "\u201c")

    def _skip_silent(self, name: str, at: int) -> int:
        """Return the offset behind a silent element's content.

        Without an end tag, a script or style sheet extends to the end; other content is text.
        """
        if name not in _SILENT_TAGS or self._offsets.get(name) == -1:
            return at
        end = re.compile(f"</{name}", re.IGNORECASE).search(self._text, at)
        self._offsets[name] = end.start() if end else -1
        if end is None:
            return len(self._text) if name in {"script", "style"} else at
        return end.start()

    def _next(self, mark: str, at: int) -> int:
        """Return the next offset of `mark`, or -1; a result is used again while it lies ahead."""
        last = self._offsets.get(mark, -2)
        if last == -1 or last >= at:
            return last
        self._offsets[mark] = self._text.find(mark, at)
        return self._offsets[mark]
