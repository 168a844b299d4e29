"""Annotation of a batch in which an item that breaks the parser costs no other item."""

from collections.abc import Sequence

import structlog

from worker.model import NewsItem, ParsedItem
from worker.parse import annotate, annotate_all

__all__ = ["annotate_each"]

log = structlog.get_logger(__name__)


def annotate_each(items: Sequence[NewsItem]) -> list[ParsedItem | Exception]:
    """Annotate items together; if that fails, annotate each alone to find the item at fault.

    Returns:
        The annotated item or the error of each, in order.
    """
    try:
        return list(annotate_all(items))
    except Exception:  # noqa: BLE001  # the item at fault is found below
        log.warning("batch_broken", entries=len(items))
    results: list[ParsedItem | Exception] = []
    for item in items:
        try:
            results.append(annotate(item))
        except Exception as error:  # noqa: BLE001  # a fault of ours costs a single item
            results.append(error)
    return results
