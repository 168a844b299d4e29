r"""IPTC 7901: stories between control characters, as agencies send them by FTP.

    <SOH>WPA0123 3 I 214 Talks-Varna<CR><LF>     source, number, priority, category, words, keyword
    <STX>Talks resume in Varna<CR><LF>           the headline, and the text
    <ETX><CR><LF>121030 GMT JAN 26<EOT>          day, hour and minute, zone, month and year

Source: IPTC 7901, "The IPTC recommended message format", 1995.
"""

import re

from worker.feeds.entry import Channel, FeedEntry, Format
from worker.feeds.wire_text import WireStory, find_header, read_channel, sent_at

__all__ = ["IPTC_7901"]

_HEADER = re.compile(
    r"""
    (?P<source>[A-Za-z]{2,6})\s?(?P<number>\d{1,6})   # WPA0123
    \s+(?P<priority>[1-8])                            # 3; 1 is the highest
    \s+(?P<category>[A-Za-z]{1,4})                    # I
    \s+(?P<words>\d{1,6})                             # 214
    (?:\s+(?P<keyword>[^\r\n]{1,200}))?               # Talks-Varna
    """,
    re.VERBOSE,
)
_SENT = re.compile(
    r"""
    (?P<day>\d{2})(?P<clock>\d{4})          # 121030
    \s{0,4}(?P<zone>[A-Za-z]{1,5})?         # GMT
    \s{1,4}(?P<month>[A-Za-z]{3})           # JAN
    \s{1,4}(?P<year>\d{4}|\d{2})\b          # 26
    """,
    re.VERBOSE,
)


def _is_like(head: str) -> bool:
    return find_header(head, _HEADER)


def _read(text: str) -> Channel:
    return read_channel(text, "IPTC 7901", _HEADER, _entry)


def _entry(header: re.Match[str], story: WireStory) -> FeedEntry:
    moment: tuple[str, ...] = ()
    number = f"{header['source'].upper()}{header['number']}"
    sent = _SENT.search(story.trailer[:500])
    if sent is None:  # numbers begin again each day, so that one without a day names no story
        entry_id = ""
    else:
        entry_id = f"{number}-{sent['day']}{sent['month'].upper()}{sent['year'][-2:]}"
        moment = (
            sent_at(
                day=sent["day"],
                month=sent["month"],
                year=sent["year"],
                clock=sent["clock"],
                zone=sent["zone"] or "",
            ),
        )
    return FeedEntry(
        id=entry_id,
        headline=story.headline,
        content=story.body,
        slugline=(header["keyword"] or "").strip(" /"),
        urgency=header["priority"],
        published=moment,
        updated=moment,
        publisher=header["source"].upper(),
    )


IPTC_7901 = Format(
    name="IPTC 7901",
    media_types=frozenset({"application/x-iptc7901", "text/x-iptc7901"}),
    is_like=_is_like,
    read=_read,
)
