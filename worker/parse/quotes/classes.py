"""Common nouns that stand for a speaker: what a person, a body or a document may be called."""

from importlib.resources import files

__all__ = ["BODIES", "CLASSES", "DOCUMENTS", "PEOPLE"]


def _load_classes() -> dict[str, frozenset[str]]:
    table = files("worker.parse").joinpath("data/speaker_classes.tsv").read_text("utf-8")
    classes: dict[str, frozenset[str]] = {}
    for line in table.splitlines():
        if line.startswith("#"):
            continue
        noun, _, words = line.partition("\t")
        allowed: set[str] = {noun}
        for word in words.split():
            allowed |= classes[word[1:]] if word.startswith("+") else {word}
        classes[noun] = frozenset(allowed)
    return classes


CLASSES = _load_classes()
"""A noun for a person -> the words of a description that it may stand for, itself among them."""

PEOPLE = frozenset(
    "man woman boy girl teenager father mother son daughter resident witness".split()
)
"""Nouns for a person that no description backs."""

BODIES = frozenset(
    "ministry company corporation firm bank agency service office department council committee commission "
    "court tribunal government cabinet parliament senate duma party union association federation "
    "organization organisation institute university group bloc alliance watchdog regulator embassy "
    "consulate mission administration authority police army military center centre foundation fund "
    "newspaper paper magazine channel outlet broadcaster network publication site website club "
    "airline operator manufacturer holding kremlin campaign headquarters press-service inspectorate".split()
)
"""Head nouns of bodies that speak."""

DOCUMENTS = frozenset(
    "statement report document release letter communique communiqué resolution decree bill law act text "
    "message post tweet study survey poll article editorial memo note order ruling indictment "
    "declaration agreement treaty invitation petition plan website page email filing complaint".split()
)
"""Head nouns of documents that speak."""
