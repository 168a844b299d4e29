"""Wikinews texts as slovnet marks them: people, bodies and places, many of them foreign.

The texts are those of NEREL's training part (Wikinews, CC BY 2.5), without NEREL's marks; the
tagger that marks them is slovnet's, as the wheel of natasha packs it (MIT). Where its marks may
differ from the rules of this project, they are left open.
"""

import re
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from corpora import NONE, OTHERS, PLACES, Document, Labels, Marked
from navec import Navec
from slovnet import NER

from worker.parse.languages.russian.tagger_features import russian_words

__all__ = ["read_silver"]

_VECTORS = "natasha/data/emb/navec_news_v1_1B_250K_300d_100q.tar"
_TAGGER = "natasha/data/model/slovnet_ner_news_v1.tar"
_LABELS = {"PER": frozenset({"PERSON"}), "ORG": frozenset({"ORG"}), "LOC": PLACES}
_BODY = 2
"""Bit of a word: a form of `министерство` and the like."""

_NO_NAMES = frozenset("СМИ ДТП АЭС ВВП СВО ВИЧ ДНК".split())
"""Common nouns in capitals, which slovnet sometimes marks."""

_SMALL_WORDS_BEFORE = re.compile(r"(?:[а-яё-]+ )+\Z")


def read_silver(wheel: Path, folder: Path) -> Iterator[Document]:
    """The texts of a folder, marked by slovnet."""
    with tempfile.TemporaryDirectory() as unpacked, zipfile.ZipFile(wheel) as packed:
        tagger = NER.load(packed.extract(_TAGGER, unpacked))
        tagger.navec(Navec.load(packed.extract(_VECTORS, unpacked)))
    for path in sorted(folder.glob("*.txt")):
        with path.open(encoding="utf-8", newline="") as file:
            text = file.read()
        spans = [(x.start, x.stop, x.type) for x in tagger(text).spans]
        yield Document("silver", path.stem, text, tuple(_marks(text, spans)), OTHERS)


def _marks(text: str, spans: list[tuple[int, int, str]]) -> Iterator[Marked]:
    at = 0
    starts = {start for start, _, _ in spans} | {-1}
    ends = {end for _, end, _ in spans}
    for start, end, kind in spans:
        if text[start:end] in _NO_NAMES:
            continue
        first = max(at, _body_before(text, start))
        has_neighbour = end + 1 in starts or start - 1 in ends
        is_sure = first == start and _is_plain(text[start:end], kind)
        if kind == "ORG":
            is_sure = is_sure and not has_neighbour and not _goes_on(text, end)
        yield Marked(first, end, _known(kind) if is_sure else NONE)
        at = end


def _known(kind: str) -> Labels:
    return _LABELS[kind]


def _is_plain(name: str, kind: str) -> bool:
    """`Саутер (Souter)` and names in marks are left open, people in small letters too."""
    if re.search('["«»“”()\n]', name) or not name[0].isupper():
        return False
    return kind != "PER" or all(word[0].isupper() for word in name.split())


def _goes_on(text: str, end: int) -> bool:
    """True for `Верховный суд` before a name, which may be its genitive."""
    return bool(re.match(r" [А-ЯЁA-Z]", text[end : end + 2]))


def _body_before(text: str, start: int) -> int:
    """Where `министерство обороны` before `РФ` begins; `start` if no body stands there."""
    small = _SMALL_WORDS_BEFORE.search(text, max(0, start - 60), start)
    if small:
        for word in re.finditer(r"[а-яё-]+", small.group()):
            if russian_words().bits(word.group())[_BODY]:
                return small.start() + word.start()
    return start
