"""Quotations of the same speech share a chain number; another speech has another number."""

import pytest

from worker.model import NewsItem
from worker.parse import annotate


@pytest.mark.parametrize(
    ("body", "chains"),
    [
        ('"It is done," Ann Lee said, "and it was hard."', [0, 0]),
        ('"It is done," Ann Lee said. "It was hard work for us."', [0, 0]),
        ('Ann Lee said: "It is done, all of it.\n\n"It was hard work for us."', [0, 0]),
        ('"It is done," Ann Lee said. "It was hard," Bo Kim replied.', [0, 1]),
        ('"It is done," Ann Lee said.\n\nLater, Ann Lee added: "It was hard work."', [0, 1]),
    ],
    ids=["split", "next sentence", "over paragraphs", "another speaker", "another time"],
)
def test_one_speech_is_one_chain(body, chains):
    quotes = annotate(NewsItem(uri="urn:x", version="1", body_text=body)).quotes

    assert [quote.chain for quote in quotes] == chains
