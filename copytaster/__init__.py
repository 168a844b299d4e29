r"""Read news copy in Python: datelines, quotes, statements, speakers and named entities.

The package needs no broker, no settings and no network. `parse_text` reads one text, `parse_texts`
many; both return the words themselves beside their offsets.

>>> from copytaster import parse_text
>>> article = parse_text('PARIS, May 2. /TASS/. "We are close," envoy Ines Marceau said.')
>>> [(quote.speaker, quote.text) for quote in article.quotes]
[('Ines Marceau', '"We are close,"')]

The packages `worker` and `tasks` are the service that reads the wire with the same parser; their
contents may change from release to release, and this package keeps its names.
"""

from copytaster._article import Article, Dateline, Entity, Quote, Statement, StatementPart
from copytaster._parse import parse_text, parse_texts
from worker import __version__
from worker.model import EntityLabel, Place, PubStatus, Signal, StatementKind, Value

__all__ = [
    "Article",
    "Dateline",
    "Entity",
    "EntityLabel",
    "Place",
    "PubStatus",
    "Quote",
    "Signal",
    "Statement",
    "StatementKind",
    "StatementPart",
    "Value",
    "__version__",
    "parse_text",
    "parse_texts",
]
