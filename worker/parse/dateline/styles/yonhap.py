"""Yonhap: `SEOUL, Nov. 24 (Yonhap) --`, after `(LEAD)` and `(ATTN: ...)` lines.

Source: en.yna.co.kr.
"""

from worker.parse.dateline.style import DASHES, Style
from worker.parse.dates import DateOrder

__all__ = ["YONHAP"]

YONHAP = Style(
    name="yonhap",
    agencies=frozenset({"Yonhap"}),
    orders=frozenset({DateOrder.NONE, DateOrder.MONTH_DAY}),
    closings=DASHES | {""},
)
