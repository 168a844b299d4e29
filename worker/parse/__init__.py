"""Annotation of wire copy: pure, total and deterministic.

`annotate` reads an item, `annotate_all` a batch; `stages` shows the stages in order. Each stage
accepts any text and returns annotations whose spans lie inside it. No stage raises, sleeps, reads a
clock or touches a file after its tables are loaded.

The two functions are imported on first use, so that `layout` and `editorial`, which every process
needs, can be imported without the tagger and its tables.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worker.parse.stages import annotate, annotate_all

__all__ = ["annotate", "annotate_all"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from worker.parse import stages  # noqa: PLC0415  # see above

    return getattr(stages, name)
