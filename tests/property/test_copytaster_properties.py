"""Properties of the Python package, for any string."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from copytaster import parse_text, parse_texts

WORDS = st.sampled_from(
    [
        "KIEV, January 12. /TASS/.",
        "By ANNA MOE",
        "Mayor Pavel Sedov",
        "he",
        "said",
        '"We are [nearly] ready,"',
        "“Curly.”",
        "KILL",
        "URGENT",
        ".",
        "\n\n",
        "\n",
    ]
)
ANY_STRING = st.text(st.characters(), max_size=60)
"""Lone surrogates included, which no file in UTF-8 holds and a Python string may."""

TEXTS = ANY_STRING | st.lists(WORDS | st.text(st.characters(), max_size=8)).map(" ".join)


@settings(deadline=None)  # the first call loads the tables
@given(TEXTS, st.none() | st.dates() | st.datetimes())
def test_any_string_gives_an_article_whose_results_know_their_words(text, published):
    article = parse_text(text, published=published)

    results = [*article.quotes, *article.entities, *filter(None, [article.dateline])]
    assert [article.text[result.start : result.end] for result in results] == [
        result.text for result in results
    ]
    assert all(result.text for result in results)


@settings(deadline=None)  # the first call loads the tables
@given(TEXTS)
def test_any_article_can_be_shown_and_written_as_json(text):
    article = parse_text(text)

    written = article.to_dict()

    assert json.loads(json.dumps(written)) == written
    assert "\n" not in repr([article, *article.quotes, *article.entities, article.dateline])
    assert article._repr_html_().startswith("<iframe ")


@settings(deadline=None)  # the first call loads the tables
@given(st.lists(TEXTS, max_size=5), st.integers(1, 4))
def test_a_batch_changes_nothing(texts, batch_size):
    assert list(parse_texts(texts, batch_size=batch_size)) == [parse_text(text) for text in texts]


@settings(deadline=None)  # the first call loads the tables
@given(st.text(st.characters(), max_size=30) | st.dates().map(str) | st.datetimes().map(str))
def test_published_is_read_or_refused_in_one_line(published):
    reason = ""
    try:
        parse_text("calm", published=published)
    except ValueError as error:
        reason = str(error)

    assert len(reason.splitlines()) <= 1
