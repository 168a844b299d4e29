"""Markers: words at the head of a line that tell editors how to handle an item.

    KILL KILL KILL           EMBARGOED UNTIL 0600 GMT
    CORRECTED-Talks resume   UPDATE 2-Talks resume
    URGENT                   (Adds quotes, background)

The punctuation behind a marker distinguishes it from the same word in running text: `FLASH:` is a
marker, `FLASH FLOODS` is news.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from worker.parse.editorial.embargo import has_instant
from worker.parse.editorial.header_lines import HeaderLine, field_line
from worker.parse.editorial.marker_rules import (
    CLOSED,
    GLUED,
    TITLED,
    Marker,
    MarkerRule,
    marker_rule,
)
from worker.parse.editorial.russian_markers import END_MARKER, END_MARKERS, RUSSIAN_RULES

__all__ = [
    "KILL_WORDS",
    "priority_of",
    "read_markers",
    "read_slug_markers",
    "strip_markers",
]


FLASH, BULLETIN, URGENT = 1, 2, 3
"""Urgencies on IPTC's scale. Source: AP's priorities flash, bulletin and urgent."""

_PRIORITIES = {
    **dict.fromkeys(("FLASH", "NEWSFLASH", "BLITZ", "МОЛНИЯ"), FLASH),
    **dict.fromkeys(
        (
            *("BULLETIN", "NEWSALERT", "NEWS ALERT", "APNEWSALERT", "SNAP"),
            *("ALERT", "ALERTE", "ALERTA", "ЭКСПРЕСС"),
        ),
        BULLETIN,
    ),
    **dict.fromkeys(
        ("URGENT", "URGENTE", "EIL", "EILMELDUNG", "BREAKING", "BREAKING NEWS", "СРОЧНО"), URGENT
    ),
}

_ANPA_PRIORITY = re.compile(r"[a-z]\d{4}\s+(?P<letter>[fbu])\s")
_PRIORITY_LETTERS = {"f": FLASH, "b": BULLETIN, "u": URGENT}
"""Source: AP's Filewire guide, priority letters."""

_MOST_STACKED = 3
"""Markers read at the head of a line: `URGENT CORRECTED-UPDATE 2-Talks resume`."""

_LONGEST_SLUG = 200


KILL_WORDS = (
    "KILL|KILLED|WITHDRAWN|WITHDRAWAL|RETRACTED|RETRACTION|CANCEL|CANCELED|CANCELLED|ANNUL"
    "|ANNULATION|ANNULE|ANULACIÓN|ANULACION|ANULADO|ANULADA|ANNULLAMENTO|ANNULLATA|ANNULLATO"
    "|ANULAÇÃO|WIDERRUF|ZURÜCKGEZOGEN|STORNO|АННУЛИРОВАНО|АННУЛИРУЕТСЯ|АННУЛИРОВАТЬ"
    "|АННУЛИРОВАНИЕ|ОТМЕНЕНО|СНЯТО"
)
_STORY = r"(?:story|item|dispatch|advisory|version|report|article|take|alert|headline|graphic)"
_NAMED = r"(?:headlined|headed|slugged|titled|entitled|numbered|sent|moved|with the headline|about)"
_WITHDRAWN = r"(?:withdrawn|killed|retracted|cancell?ed)"

_KILLS = (
    # `KILL KILL KILL`, `KILL`, `BULLETIN KILL`, `WITHDRAWN -`, `АННУЛИРОВАНО`
    marker_rule(
        Marker.KILL,
        KILL_WORDS.casefold().replace("|", " ") + " bulletin urgent mandatory story item advisory",
        r"(?:(?:BULLETIN|URGENT|MANDATORY)\s+)?KILL(?:[\s.!,-]+KILL\b)+",
        rf"(?:(?:BULLETIN|URGENT|MANDATORY|STORY|ITEM|ADVISORY)\s+)?(?:{KILL_WORDS}){CLOSED}",
        rf"\((?:{KILL_WORDS})\)",
        r"KILL(?:\s(?:NOTICE|NOTE|ADVISORY)\b|(?=,?\s(?:BC|AM|PM)-))",
        rf"(?:Mandatory\s+[Kk]ill|(?:Story|Item)\s+[Ww]ithdrawn|Withdrawn|Kill){TITLED}",
        r"(?:Mandatory\s+[Kk]ill|(?:Story|Item)\s+[Ww]ithdrawn)(?=\.)",
    ),
    # `Editors, kill BC-...`, `Eds: please disregard the story ...`, `Please kill our item 0042`
    marker_rule(
        Marker.KILL,
        "please editors editor eds ed attention attn kill disregard",
        r"(?:(?:ATTN|ATTENTION|Attention|Eds?|Editors?|EDITORS?)\b[\s:,.-]{1,4})?"
        r"(?:[Pp]lease\s+)?(?:[Kk]ill|KILL|[Dd]isregard|[Ww]ithdraw|[Dd]o not use)\s+"
        rf"(?:our|all|both|(?:the|this)\s+(?:\w+\s+){{0,2}}{_STORY}|item|story|BC-|AM-|PM-|[Nn]o)",
    ),
    # `This story has been withdrawn.`, `A story headlined "..." is withdrawn`
    marker_rule(
        Marker.KILL,
        "this the a our story",
        rf"This\s+{_STORY}\s+(?:has been|is|was)\s+{_WITHDRAWN}\b",
        rf"(?:The|A|Our)\s+{_STORY}\s+{_NAMED}\b[^\n]{{0,250}}?\b"
        rf"(?:has been|is|was|is being)\s+{_WITHDRAWN}\b",
    ),
)

_HOLDS = (
    # `HOLD HOLD HOLD`, `HOLD:`, `Editors: please hold BC-...`, `Please hold our item 0042`; but
    # `HOLD FOR RELEASE` is an embargo
    marker_rule(
        Marker.HOLD,
        "hold editors editor eds please",
        r"HOLD(?:[\s.!-]+HOLD\b)+",
        r"HOLD(?=\s*(?:[:!–—]|$))",
        r"(?:EDITORS?|Editors?|Eds?)[\s:,]{1,3}(?:please\s+)?(?:HOLD|hold)\b(?!\s+(?:FOR|for)\b)",
        r"Please\s+(?:with)?hold\s+(?:our|the|this|item|story)\b",
    ),
)

_CORRECTION_WORDS = (
    "CORRECTED|CORRECTION|CORRECTIVE|CORRECTS|REFILED|REFILE|CLARIFICATION|RECTIFICATIF|CORRECTIF"
    "|RECTIFICATION|CORRECCIÓN|CORRECCION|RECTIFICACIÓN|RECTIFICACION|CORRIGE|BERICHTIGUNG"
    "|BERICHTIGT|KORREKTUR|RICHTIGSTELLUNG|RETTIFICA|CORREZIONE|ERRATA CORRIGE|ERRATUM|ERRATA"
    "|CORREÇÃO|ИСПРАВЛЕНИЕ|ИСПРАВЛЕНО|УТОЧНЕНИЕ|ПОПРАВКА"
)
_CORRECTION_TITLES = (
    "Corrected(?: version)?|Correction|Clarification|Refiled?|Rectificatif|Correctif|Corrección"
    "|Rectificación|Berichtigung|Korrektur|Rettifica|Correzione|Errata(?: corrige)?|Erratum"
    "|Исправление|Исправлено|Уточнение|Поправка"
)
_CORRECTING = (
    "CORRECTS|Corrects|CORRECTING|Correcting|REFILES|Refiles|FIXES|Fixes|Rectifie|RECTIFIE|Corrige"
    "|CORRIGE|Corrigé|Rectifica|Korrigiert|Berichtigt|Corregge|Rettifica|Исправляет|Исправлено"
    "|Уточняет|Уточнено"
)
_TO_EDITORS = r"(?:ATTN|ATTENTION|Eds?|EDS?|EDITORS?|Editors?|Note)\b\s*[:–—-]\s*"
_ADVISED = rf"(?:\((?:{_TO_EDITORS})?|{_TO_EDITORS})"
_ADVISING = "attn attention ed eds editor editors note "

_CORRECTIONS = (
    # `CORRECTED-Talks resume`, `CORRECTION 2-...`, `(CORRECTION)`, `Correction: ...`, `(Corrected)`
    marker_rule(
        Marker.CORRECTION,
        _CORRECTION_WORDS.casefold().replace("|", " ") + " corrected corr",
        rf"(?:{_CORRECTION_WORDS})(?:\s*\d{{1,2}})?{GLUED}",
        rf"\((?:{_CORRECTION_WORDS}|CORR)\.?(?:\s+(?:VERSION|COPY))?\)",
        rf"(?:{_CORRECTION_TITLES}){TITLED}",
        rf"\((?:{_CORRECTION_TITLES})\)",
    ),
    # `(Corrects spelling in paragraph 2)`, `Eds: Corrects spelling`
    marker_rule(
        Marker.CORRECTION,
        _ADVISING + _CORRECTING.casefold().replace("|", " "),
        rf"{_ADVISED}(?:{_CORRECTING})(?=[\s,;:.)])",
        is_note=True,
    ),
    # `(This story has been corrected to ...)`, `(This May 3 story corrects ...)`
    marker_rule(
        Marker.CORRECTION,
        "this",
        rf"\(?This\s+(?:[A-Z][a-z]{{2,8}}\.?\s+\d{{1,2}}\s+)?{_STORY}(?:\s+of\s+the\s+story)?\s+"
        r"(?:(?:has been|was|is)\s+)?(?:corrected|corrects|CORRECTS|refiled|refiles|clarifies)\b",
    ),
)

_ORDINAL = r"(?:\d{1,2}(?:st|nd|rd|th|ST|ND|RD|TH)|FIRST|SECOND|THIRD|FOURTH)"
_UPDATING = (
    "ADDS|Adds|UPDATES|Updates|UPDATING|Updating|RECASTS|Recasts|REWRITES|Rewrites|CHANGES|Changes"
    "|REPEATS|Repeats|RELEADS|Releads|NEW THROUGHOUT|New throughout|Ajoute|AJOUTE|Actualise"
    "|Actualisé|ACTUALISE|Complète|COMPLETE|Actualiza|ACTUALIZA|Amplía|Añade|Aktualisiert|Ergänzt"
    "|Neu|Aggiorna|Aggiunge|Дополняет|Дополнено|Обновлено|Обновляет|Добавлены|Добавляет"
)
_UPDATE_WORDS = (
    "UPDATED|UPDATE|REPEAT|REPEATING|RPT|RPTD|ACTUALIZACIÓN|ACTUALIZA|ACTUALISATION|AGGIORNAMENTO"
    "|AKTUALISIERT|AKTUALISIERUNG|ОБНОВЛЕНО|ОБНОВЛЕНИЕ|ДОПОЛНЕНИЕ|ДОПОЛНЕНО|ПОВТОР"
)

_UPDATES = (
    # `UPDATE 2-Talks resume`, `REPEAT: ...`, `RPT-...`, `(2nd LEAD)`, `(UPDATE 1)`,
    # `1st Ld-Writethru`, `Update: ...`
    marker_rule(
        Marker.UPDATE,
        _UPDATE_WORDS.casefold().replace("|", " ") + " wrapup lead ld recap urgent 0 first second "
        "third fourth updated update",
        r"(?:UPDATE|WRAPUP|ACTUALIZA|ACTUALIZACIÓN)\s?\d{1,2}\s?[-–—:(]",
        rf"(?:{_UPDATE_WORDS}){CLOSED}",
        r"(?:RPT|REPEAT|UPDATED|UPDATE)-(?=[A-ZÀ-Þ])",
        rf"\((?:(?:{_ORDINAL}|URGENT)\s)?(?:LEAD|LD)(?:-Writethru)?\)",
        rf"\((?:UPDATED?|{_UPDATE_WORDS})\s?\d{{0,2}}\)",
        rf"{_ORDINAL}\s(?:LEAD|LD|Ld)(?:-?\s?[Ww][Rr][Ii][Tt][Ee][Tt][Hh][Rr][Uu])?(?:{CLOSED}|(?=.*=$))",
        rf"(?:Updated?|Repeat){TITLED}",
    ),
    # `(Adds quotes)`, `Eds: Adds quotes`
    marker_rule(
        Marker.UPDATE,
        _ADVISING + " ".join(word.split()[0] for word in _UPDATING.casefold().split("|")),
        rf"{_ADVISED}(?:{_UPDATING})(?=[\s,;:.)])",
        is_note=True,
    ),
)

# `FLASH`, `URGENT:`, `BULLETIN --`, `(URGENT)`, `МОЛНИЯ`
_PRIORITY_WORDS = "|".join(sorted((*_PRIORITIES, "APNewsAlert"), key=len, reverse=True))
_PRIORITY_RULES = (
    marker_rule(
        Marker.PRIORITY,
        " ".join(word.split()[0] for word in _PRIORITY_WORDS.casefold().split("|")),
        rf"(?:{_PRIORITY_WORDS})(?:{CLOSED}|(?=\s\d{{1,2}}\s*$))",
        rf"\((?:{_PRIORITY_WORDS})\)",
        rf"/(?:{_PRIORITY_WORDS})/",
    ),
)

_UNTIL = (
    r"(?:until|till|UNTIL|TILL|for|FOR|before|BEFORE|not\ before|NOT\ BEFORE|jusqu|JUSQU|hasta"
    r"|HASTA|fino|FINO|até|ATÉ|bis|BIS|до|ДО)"
)
_EMBARGOES = (
    # `EMBARGOED`, `EMBARGOED FOR RELEASE`: with or without an instant
    marker_rule(
        Marker.EMBARGO,
        "embargoed strictly under hold not",
        rf"\(?(?:STRICTLY\s+)?EMBARGOED{CLOSED}",
        r"\(?(?:STRICTLY\s+)?EMBARGOED\s+FOR\s+(?:RELEASE|PUBLICATION|USE)\b",
        r"\(?HOLD\s+FOR\s+RELEASE\b",
        r"\(?NOT\s+FOR\s+(?:PUBLICATION|RELEASE|USE|BROADCAST)\s+(?:BEFORE|UNTIL)\b",
    ),
)

# Words behind which an instant must follow: `Embargo: 3 May, 0600 GMT`, `Sperrfrist: ...`.
_DATED_EMBARGOES = (
    marker_rule(
        Marker.EMBARGO,
        "embargo embargoed embargado embargada sperrfrist sous bajo under эмбарго strictly for "
        "not hold",
        r"\(?(?:EMBARGO|Embargo|ЭМБАРГО|Эмбарго|SPERRFRIST|Sperrfrist)\s*(?:[:–—-]|\Z)",
        rf"\(?(?:(?:[Ss]ous|SOUS|[Bb]ajo|BAJO|[Uu]nder|UNDER|[Ss]trictly|STRICTLY)\s+)?"
        rf"(?:EMBARGO(?:ED)?|[Ee]mbargo(?:ed)?|EMBARGAD[OA]|[Ee]mbargad[oa]|ЭМБАРГО|Эмбарго"
        rf"|SPERRFRIST|Sperrfrist)\s+(?:{_UNTIL}|(?:TO|to)\s+(?=\d)|(?=\d))",
        r"\(?(?:FOR RELEASE|For release|Not for (?:publication|release|use) (?:before|until))\b",
        is_dated=True,
    ),
)

_SLUG_MARKERS = (
    # `BC-EU--Summit, KILL`, `AM-Storm-Kill`: the word ends the slug.
    (Marker.KILL, re.compile(r"(?:^|[\s,_/-])(?P<mark>KILL|Kill|WITHDRAWAL|WITHDRAWN)\s*$")),
    # `BC-EU--Oslo Talks, CORRECTIVE`, `... (CORRECTED)`
    (
        Marker.CORRECTION,
        re.compile(
            r"[\s,_/(-](?P<mark>CORRECTIVE|Corrective|CORRECTION|Correction|CORRECTED)\)?\s*$"
        ),
    ),
    # `BC-EU--Oslo Talks, 1st Ld-Writethru`
    (
        Marker.UPDATE,
        re.compile(
            r"(?P<mark>\b\d{1,2}(?:st|nd|rd|th)\s?Ld\b(?:-?\s?Writethru)?|\bWritethru\b"
            r"|\(UPDATE \d{1,2}\))",
            re.IGNORECASE,
        ),
    ),
    # `Oslo Talks-URGENT`
    (Marker.PRIORITY, re.compile(r"(?:[\s,_/(-])(?P<mark>URGENT|BULLETIN|FLASH)\)?\s*$")),
)

_OPENING = re.compile(r"[\W_]{0,6}(?P<word>[^\W_]{1,24})")
# Marks behind a marker, but not the sign of a figure: `KILL: -5 in Oslo`.
_AFTER_MARK = re.compile(r"(?:[\s:.!)*]|[-–—+](?!\d)|(?<!\s)[-–—+]){0,8}")


@cache
def _rules() -> Mapping[str, Sequence[MarkerRule]]:
    """Return the rules by the first word of a line, casefolded; "0" stands for any figure."""
    by_word: dict[str, list[MarkerRule]] = defaultdict(list)
    all_rules = (*_KILLS, *_HOLDS, *_EMBARGOES, *_CORRECTIONS, *_UPDATES, *_PRIORITY_RULES)
    for rule in (*all_rules, *RUSSIAN_RULES, *_DATED_EMBARGOES):
        for word in dict.fromkeys(rule.first_words.split()):
            by_word[word.strip(":")].append(rule)
    return dict(by_word)


def read_markers(line: HeaderLine) -> Iterator[tuple[Marker, str]]:
    """Yield the markers of a line, with their words: `CORRECTED-UPDATE 2-Talks resume`.

    They begin the line; a word in brackets may end it: `Переговоры возобновлены (обновлено)`.
    """
    for marker, words, _ in _scan(line):
        yield marker, words
    if line.words[-1:] == ")" and (end := END_MARKER.search(line.words)):
        yield END_MARKERS[end["word"].lower()], end[0].rstrip()


def strip_markers(words: str) -> tuple[str, tuple[tuple[Marker, str], ...]]:
    """Return a headline without the markers that begin it, and those markers.

    >>> rest, markers = strip_markers("CORRECTED-UPDATE 2-Talks resume in Oslo")
    >>> rest, [words for _, words in markers]
    ('Talks resume in Oslo', ['CORRECTED', 'UPDATE 2-'])
    """
    line = field_line(words)
    markers = tuple(_scan(line))
    end = max((stop for *_, stop in markers), default=0)
    rest = _AFTER_MARK.match(line.words, end).end() if end else 0  # type: ignore[union-attr]  # matches ""
    return line.words[rest:], tuple((marker, words) for marker, words, _ in markers)


def _scan(line: HeaderLine) -> Iterator[tuple[Marker, str, int]]:
    """Yield the markers at the beginning of a line: kind, words and end offset."""
    at = 0
    for _ in range(_MOST_STACKED):
        opening = _OPENING.match(line.words, at)
        if opening is None:
            return
        word = opening["word"].casefold().rstrip("0123456789") or "0"
        rules = _rules().get("0" if word[0].isdigit() else word)
        if not rules:
            return
        stop = at
        for rule in rules:
            # `(URGENT)`: with the bracket or without it
            for begin in dict.fromkeys((at, opening.start("word"))):
                if match := _match(rule, line, begin):
                    yield rule.marker, _as_written(rule, line, begin, match), match.end()
                    stop = max(stop, match.end())
                    break
        if stop == at:
            return
        at = _AFTER_MARK.match(line.words, stop).end()  # type: ignore[union-attr]  # matches ""


def _match(rule: MarkerRule, line: HeaderLine, begin: int) -> re.Match[str] | None:
    match = rule.pattern.match(line.words, begin)
    if match and rule.is_dated and not has_instant(line.words[match.end() :]):
        return None
    return match


def _as_written(rule: MarkerRule, line: HeaderLine, begin: int, match: re.Match[str]) -> str:
    """Return the words of a marker: of a note all of it, of an embargo the rest of the line."""
    if rule.marker is Marker.EMBARGO:
        return line.words[begin:].strip()
    if not rule.is_note and not (line.is_end and rule.marker is Marker.CORRECTION):
        return match[0].strip()
    close = line.words.find(")", begin)
    return line.words[begin : close + 1] if close > 0 else line.words[begin:]


def read_slug_markers(slug: str) -> Iterator[tuple[Marker, str]]:
    """Yield the markers that end a slug: `BC-EU--Oslo Talks, 1st Ld-Writethru`."""
    for marker, pattern in _SLUG_MARKERS:
        if match := pattern.search(slug[:_LONGEST_SLUG]):
            yield marker, match["mark"]


def priority_of(words: str, lines: Sequence[HeaderLine]) -> int | None:
    """Return the urgency of a priority marker, else that of AP's priority letter in the header."""
    if words:
        return _PRIORITIES[words.strip("()/").upper()]
    header = _ANPA_PRIORITY.match(lines[0].words) if lines and lines[0].is_slug else None
    return _PRIORITY_LETTERS[header["letter"]] if header else None
