"""Shingles, sketches and furniture hold on any text."""

from hypothesis import given
from hypothesis import strategies as st

from worker.model import Dateline, NewsItem, ParsedItem, Span
from worker.model.publishing import DuplicateCandidate
from worker.story.boilerplate import body_words
from worker.story.fingerprint import find_original, make_signature
from worker.story.minhash import (
    BANDS,
    SKETCH,
    bands_of,
    containment,
    distinct_hashes,
    shingle,
    shingle_all,
    sketch_of,
)

TEXTS = st.text(max_size=400)
WORDS = st.lists(st.text(st.characters(), max_size=6), max_size=300)
NUMBERED = st.integers(min_value=30, max_value=600).map(lambda n: [f"w{i}" for i in range(n)])


def item(body, uri="urn:x", **said):
    return NewsItem(uri=uri, version="1", body_text=body, **said)


@given(TEXTS, TEXTS, st.integers(0, 900), st.integers(0, 900))
def test_any_item_has_words_or_none(headline, body, start, end):
    dateline = Dateline(span=Span(min(start, end), max(start, end)))
    one = item(body, headline=headline)
    assert body_words(one, dateline) == body_words(one, dateline)
    signature = make_signature(ParsedItem(item=one, dateline=dateline))
    assert signature is None or len(signature.bands) == BANDS


@given(WORDS)
def test_a_set_is_in_itself_whole_and_its_numbers_are_always_the_same(words):
    hashes = distinct_hashes(shingle(words))
    assert list(hashes) == sorted(set(hashes))
    sketch = sketch_of(hashes)
    assert len(sketch) == 4 * min(len(hashes), SKETCH)
    assert containment(sketch, sketch) == (1.0 if len(hashes) else 0.0)
    assert bands_of(hashes) == bands_of(distinct_hashes(shingle(list(words))))
    assert len(bands_of(hashes)) == (BANDS if len(hashes) else 0)


@given(st.lists(st.lists(st.sampled_from("the talks in Oslo have failed".split()), max_size=9)))
def test_texts_that_are_shingled_together_have_the_shingles_of_each(texts):
    together = [hashes.tolist() for hashes in shingle_all(texts)]
    assert together == [shingle(words).tolist() for words in texts]


@given(WORDS, WORDS)
def test_a_part_is_a_part_and_what_is_joined_holds_both(one, other):
    left, right = (sketch_of(distinct_hashes(shingle(words))) for words in (one, other))
    assert 0.0 <= containment(left, right) <= 1.0
    both = sketch_of(distinct_hashes(shingle([*one, *other])))
    assert containment(left, both) in {0.0, 1.0}


@given(NUMBERED, st.floats(min_value=0.3, max_value=1.0))
def test_what_is_cut_from_a_text_is_a_copy_of_it(words, part):
    whole = make_signature(ParsedItem(item=item(" ".join(words))))
    cut = make_signature(
        ParsedItem(item=item(" ".join(words[: int(part * len(words))]), uri="urn:y"))
    )
    if cut is not None:
        first = DuplicateCandidate(likeness=whole.likeness)
        assert find_original(cut, [first]) == first


@given(TEXTS)
def test_case_marks_and_lines_make_no_difference(body):
    wrapped = body.replace("\n", " ").replace(" ", "\n").strip("\n")
    once = body_words(item(" ".join(wrapped.split()).replace("'", "’")))
    again = body_words(item("\n".join(wrapped.split()).replace("’", "'")))
    assert once == again
