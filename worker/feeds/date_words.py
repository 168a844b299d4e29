"""Words in dates: months in the languages of feeds, time zones, and East Asian forms."""

import re

__all__ = ["MONTHS", "NATIVE", "ZONES"]

_NAMES = (
    # English first, then the abbreviations of German, French, Spanish, Italian, Portuguese, Dutch,
    # the Nordic languages and others. A name is looked up whole, then by its first four and first
    # three letters: `jui` would be both `juin` and `juillet`.
    "jan ene gen enero janvier ιαν янв січ янва січн led styczeń oca",
    "feb fev fév februari février φεβ фев лют февр лют лютн úno luty şub",
    "mar mär mrt mär mars märz μάρ μαρ мар бер март бере bře marzec марта",
    "apr abr avr abril απρ апр кві апре квіт dub kwiecień nis",
    "may mai mei mag maj mayo μάι μαϊ μαι май мая тра трав kvě",
    "jun jún juin giu junio juni ιούν ιουν июн чер июнь июня черв čvn haz",
    "jul júl juil lug julio juli ιούλ ιολ ιουλ июл лип июль июля липн čvc tem",
    "aug ago aoû aou août aout αύγ αυγ авг сер авгу серп srp ağu",
    "sep set sept σεπ сен вер сент вере zář eyl",
    "oct okt out ott οκτ окт жов октя жовт říj eki",
    "nov noé νοέ νοε ноя лис нояб лист lis kas",
    "dec dez dic déc des δεκ дек гру дека груд pro ara",
)
MONTHS = {name: month for month, names in enumerate(_NAMES, 1) for name in names.split()}

_HOURS = {
    "UT": 0, "UTC": 0, "GMT": 0, "Z": 0, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7,
    "MDT": -6, "PST": -8, "PDT": -7, "MSK": 3, "MSD": 4, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2,
    "MET": 1, "MEST": 2, "EET": 2, "EEST": 3, "WET": 0, "WEST": 1, "BST": 1, "JST": 9, "KST": 9,
    "HKT": 8, "SGT": 8, "PKT": 5, "TRT": 3, "AKST": -9, "AKDT": -8, "HST": -10, "AEST": 10,
    "AEDT": 11, "AWST": 8, "NZST": 12, "NZDT": 13, "AST": -4, "ADT": -3, "BRT": -3, "ART": -3,
    "ET": -5, "AT": -4, "CT": -6, "MT": -7, "PT": -8, "SAST": 2, "WIB": 7, "ICT": 7,
    "PHT": 8, "GST": 4,
}  # fmt: skip
ZONES = {name: hours * 60 for name, hours in _HOURS.items()} | {
    "IST": 330, "NST": -210, "NDT": -150, "ACST": 570, "ACDT": 630, "NPT": 345,
}  # fmt: skip
"""Minutes ahead of UTC. An ambiguous name has a single reading here: CST is American and not
Chinese, IST Indian and not Israeli, BST British. Source: IANA tz, RFC 822.
"""

NATIVE = (
    # 2004년 05월 28일 01:31:15, in Seoul
    (re.compile(r"(\d{4})년 ?(\d{1,2})월 ?(\d{1,2})일 ?([\d:]{5,8})$"), r"\1-\2-\3 \4 KST"),
    # 2004년 05월 28일 오후 11:23:17
    (re.compile(r"(\d{4})년 ?(\d{1,2})월 ?(\d{1,2})일"), r"\1-\2-\3 "),
    # 2026年1月12日
    (re.compile(r"(\d{4})年 ?(\d{1,2})月 ?(\d{1,2})日"), r"\1-\2-\3 "),
    # a.m. and p.m. in Korean, so that the clock is Seoul's; the Chinese and Japanese words below
    # are used in several zones
    (re.compile(r"오전 ?([\d:]{4,8})"), r"\1 AM KST"),
    (re.compile(r"오후 ?([\d:]{4,8})"), r"\1 PM KST"),
    (re.compile(r"(?:上午|午前) ?([\d:]{4,8})"), r"\1 AM"),
    (re.compile(r"(?:下午|午後) ?([\d:]{4,8})"), r"\1 PM"),
)
"""Patterns that turn native forms into forms that `read_timestamp` reads."""
