r"""ANPA 1312: stories between control characters, as American agencies send them.

    <SYN><SYN><SOH>a1234<US>                       service level and number
    r i BC-Talks-Varna 01-12 0214<CR><LF>          priority, category, keyword, day and words
    <STX>^Talks resume in Varna<<CR><LF>           the headline, and the text
    <ETX>01-12-26 1030EST<CR><LF><EOT>             day and time

Source: ANPA 1312, later NAA 89-3, "Wire service transmission guidelines".
"""

import calendar
import re

from worker.feeds.entry import Channel, FeedEntry, Format
from worker.feeds.wire_text import WireStory, find_header, read_channel, sent_at

__all__ = ["ANPA_1312"]

_HEADER = re.compile(
    r"""
    (?P<service>[A-Za-z])(?P<number>\d{4})              # a1234
    [\s\x1c-\x1f\x11-\x14-]{0,20}
    (?:(?P<priority>[fbudrsw])[ ]                       # r: flash, bulletin, urgent, ... regular
    (?P<category>[a-z])[ ]                              # i
    (?:\d{1,4}[ ])?(?P<keyword>[^\s\x1c-\x1f]{1,80}))?  # BC-Talks-Varna
    """,
    re.VERBOSE,
)
_SENT = re.compile(
    r"""
    (?P<month>\d{2})-(?P<day>\d{2})-(?P<year>\d{4}|\d{2})   # 01-12-26
    \s{1,4}(?P<clock>\d{4})                                 # 1030
    \s{0,2}(?P<zone>[A-Z]{3,4})?                            # EST
    """,
    re.VERBOSE,
)
_URGENCY = {"f": "1", "b": "2", "u": "3", "d": "4", "r": "5", "s": "6", "w": "7"}
"""IPTC's urgency by ANPA's priority: flash, bulletin, urgent, deferred, regular, standing, weekend.
"""


def _is_like(head: str) -> bool:
    return find_header(head, _HEADER)


def _read(text: str) -> Channel:
    return read_channel(text, "ANPA 1312", _HEADER, _entry)


def _entry(header: re.Match[str], story: WireStory) -> FeedEntry:
    moment: tuple[str, ...] = ()
    sent = _SENT.search(story.trailer[:500])
    # Numbers begin again each day, so that one without a day names no story.
    number = ""
    if sent is not None and 1 <= int(sent["month"]) <= 12:
        number = f"{header['service']}{header['number']}-{sent['year'][-2:]}{sent['month']}"
        number += sent["day"]
        moment = (
            sent_at(
                day=sent["day"],
                month=calendar.month_abbr[int(sent["month"])],
                year=sent["year"],
                clock=sent["clock"],
                zone=sent["zone"] or "",
            ),
        )
    return FeedEntry(
        id=number,
        headline=story.headline,
        content=story.body,
        slugline=header["keyword"] or "",
        urgency=_URGENCY.get(header["priority"] or "", ""),
        published=moment,
        updated=moment,
    )


ANPA_1312 = Format(
    name="ANPA 1312",
    media_types=frozenset({"application/x-anpa1312", "text/x-anpa1312"}),
    is_like=_is_like,
    read=_read,
)
