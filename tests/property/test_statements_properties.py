"""Any text has statements whose spans lie inside it, with parts in order."""

from hypothesis import given
from hypothesis import strategies as st

from worker.model import NewsItem
from worker.parse import annotate

WORDS = st.sampled_from(
    [
        *("said", "that", "told", "according", "to", "be", "believed", "called", "adding"),
        *("Ann", "Lee", "he", "the", "plan", "of", "and", "In", "addition", "reporters"),
        *(",", ".", '"', "“", "”", "''", ":", "(", ")", "—", "\n\n", "/TASS/.", "MOSCOW,"),
    ]
)
TEXTS = st.lists(WORDS, max_size=60).map(" ".join) | st.text(max_size=200)


@given(TEXTS)
def test_parts_are_in_order_and_inside_the_text(text):
    item = NewsItem(uri="urn:x", version="1", body_text=text)

    for statement in annotate(item).statements:
        edges = [edge for part in statement.contents for edge in (part.start, part.end)]
        assert edges == sorted(edges)
        spans = [*statement.contents, *filter(None, (statement.cue, statement.source))]
        assert all(0 <= span.start < span.end <= len(item.text) for span in spans)
        assert statement.speaker is not None or statement.confidence == 0
