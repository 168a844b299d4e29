"""Placeholder, replaced below."""

import datetime

from worker.model import Dateline
from worker.parse.text import WireText


def find_dateline(text: WireText, published: datetime.date | None = None) -> Dateline | None:
    return None
