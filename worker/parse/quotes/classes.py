"""Common nouns that stand for a speaker: what a person, a body or a document may be called."""

from importlib.resources import files

__all__ = ["ANY_BODY", "BODIES", "CLASSES", "DOCUMENTS"]


def _load_classes() -> dict[str, tuple[str, ...]]:
    table = files("worker.parse").joinpath("data/speaker_classes.tsv").read_text("utf-8")
    classes: dict[str, tuple[str, ...]] = {}
    for line in table.splitlines():
        if line.startswith("#"):
            continue
        noun, _, words = line.partition("\t")
        allowed = dict.fromkeys((noun,))
        for word in words.split():
            allowed |= dict.fromkeys(classes[word[1:]] if word.startswith("+") else (word,))
        classes[noun] = tuple(allowed)
    return classes


CLASSES = _load_classes()
"""A noun for a person -> the words of a description that it may stand for, likeliest first."""

PEOPLE = frozenset(
    "man woman boy girl teenager father mother son daughter resident witness".split()
)
"""Nouns for a person that no description backs."""

BODIES = frozenset(
    "ministry company corporation firm bank agency service office department council "
    "committee commission court tribunal government cabinet parliament senate duma party "
    "union association federation organization organisation institute university group "
    "bloc alliance watchdog regulator embassy consulate mission administration authority "
    "police army military center centre foundation fund newspaper paper magazine channel "
    "outlet broadcaster network publication site website club airline operator "
    "manufacturer holding kremlin campaign headquarters press-service inspectorate".split()
)
"""Head nouns of bodies that speak."""

ANY_BODY = frozenset(
    "company corporation firm organization organisation group body agency regulator "
    "watchdog bloc alliance authority outlet newspaper paper channel broadcaster "
    "campaign manufacturer operator".split()
)
"""Head nouns that any body may be called by, whatever its name."""

DOCUMENTS = frozenset(
    "statement report document release letter communique communiqué resolution decree "
    "bill law act text message post tweet study survey poll article editorial memo note "
    "order ruling indictment declaration agreement treaty invitation petition plan "
    "website page email filing complaint".split()
)
"""Head nouns of documents that speak."""
