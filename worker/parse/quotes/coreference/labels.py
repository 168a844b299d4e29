"""Labels: lines that name the speaker of the quotations below them, as lists of reactions have."""

import re

from worker.model import EntityLabel
from worker.parse.quotes.coreference.discourse import DiscourseModel, Resolution
from worker.parse.quotes.quotation_marks import QuotedRun

__all__ = ["resolve_label"]

_MAX_LABEL_CHARS = 130
_NAME = re.compile(
    r"(?:(?:SIR|DAME|LORD|LADY|DR|MR|MRS|MS)\.? )?(?P<name>[^\W\d_][\w.’' -]{3,60}?),"
)
"""The name at the head of a label in capitals: `ANN LEE, CHIEF ECONOMIST`."""


def _may_be_label(words: str) -> bool:
    return len(words) <= _MAX_LABEL_CHARS and words.isupper() and words[-1] not in '.!?:;”"'


def resolve_label(model: DiscourseModel, run: QuotedRun) -> Resolution | None:
    """`ANN LEE, CHIEF ECONOMIST` above a quotation: return its speaker; None without such a line.

    A label has no verb and no full stop; it names a person, or an organisation, at its head.
    """
    text = model.text
    index = run.paragraph
    if not index or run.start > text.paragraphs[index].start:
        return None
    label = text.paragraphs[index - 1]
    words = text.full[label.start : label.end]
    if not _may_be_label(words):
        return None
    for name in model.between(label.start, label.end):
        is_speaker = model.is_person(name.actor) or model.label(name) is EntityLabel.ORG
        # The name heads the label: `CHIEF ECONOMIST OF ANN LEE` is another's.
        if is_speaker and name.start - label.start <= len("SIR "):
            return model.resolution(name.actor, 0.7)
    printed = _NAME.match(words)
    return Resolution(printed["name"].title(), 0.5) if printed else None
