"""Text to annotations: pure, total, deterministic.

`annotate` reads one item, `annotate_all` several; the stages are written out in `stages`, in order.
Each stage takes any text at all and answers with annotations whose spans lie inside it; none
raises, sleeps, reads a clock or touches a file after its tables are loaded.

The two functions are imported when they are first asked for: `layout` and `life`, which every
process needs, can be imported without the tagger and its tables.
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
