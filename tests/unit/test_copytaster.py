"""The Python package: `parse_text`, `parse_texts` and their results."""

import dataclasses
import datetime
import json
import pickle
import sys
from itertools import count, islice

import jsonschema
import msgspec
import pytest

import copytaster
from copytaster import EntityLabel, parse_text, parse_texts
from worker import __version__
from worker.inbox.messages import read_message
from worker.model import EntityGroup, EntityMention, QuoteEvent, StatementEvent
from worker.model.codec import dump, json_schema
from worker.parse import annotate

TEXT = """\
Ice road to open early

By ANNA MOE

YAKUTSK, January 12. /TASS/. The ice road will open, Mayor Pavel Sedov told reporters in Moscow.

"The ice holds trucks [of up to 20 metric tons]," he said. "We have measured it twice."
"""
KILL = "KILL KILL KILL: our item 0042, Ice road. The item is wrong."
DATE_EXPECTED = (
    "published must be a date (2026-01-12) or a date and time (2026-01-12T09:30:00Z), not {}"
)
UNATTRIBUTED = 'The banner in the square read "Peace, now and for ever" in red letters.'


@pytest.fixture(scope="module")
def article():
    return parse_text(TEXT, published="2026-01-12")


# one text


def test_quotes_know_their_words_their_speaker_and_the_attribution(article):
    assert [(quote.text, quote.speaker, quote.mention, quote.cue) for quote in article.quotes] == [
        ('"The ice holds trucks [of up to 20 metric tons],"', "Pavel Sedov", "he", "said"),
        ('"We have measured it twice."', "Pavel Sedov", "he", "said"),
    ]
    assert [quote.unglossed for quote in article.quotes] == ['"The ice holds trucks,"', None]


def test_entities_know_their_words_and_their_label(article):
    assert [(str(entity.label), entity.text) for entity in article.entities] == [
        ("GPE", "YAKUTSK"),
        ("DATE", "January 12"),
        ("ORG", "TASS"),
        ("PERSON", "Pavel Sedov"),
        ("GPE", "Moscow"),
    ]
    assert article.entities[3].label is EntityLabel.PERSON
    assert article.entities[3].role == "Mayor"


def test_entities_can_be_had_by_kind(article):
    assert [entity.text for entity in article.people] == ["Pavel Sedov"]
    assert [entity.text for entity in article.organizations] == ["TASS"]
    assert [entity.canonical for entity in article.places] == ["Yakutsk", "Moscow"]


def test_the_dateline_knows_its_words_its_day_and_its_places(article):
    dateline = article.dateline

    assert dateline.text == "YAKUTSK, January 12. /TASS/"
    assert (dateline.date, dateline.agency) == (datetime.date(2026, 1, 12), "TASS")
    assert [(place.name, place.iso) for place in dateline.places] == [("YAKUTSK", "RU")]


def test_an_article_knows_its_parts(article):
    assert (article.headline, article.deck, article.byline) == (
        "Ice road to open early",
        "",
        "By ANNA MOE",
    )
    assert article.body.startswith("YAKUTSK, January 12.")
    assert article.text == f"{article.headline}\n\n{article.body}"


def test_offsets_count_in_the_articles_text(article):
    results = [article.dateline, *article.quotes, *article.entities]

    assert [article.text[result.start : result.end] for result in results] == [
        result.text for result in results
    ]


def test_an_article_knows_its_editorial_status(article):
    kill = parse_text(KILL)

    assert (article.urgency, article.signal, article.pubstatus) == (5, "created", "usable")
    assert (kill.signal, kill.pubstatus) == ("withdrawn", "canceled")


def test_a_quote_of_an_unnamed_source_has_a_mention_and_no_speaker():
    [quote] = parse_text(UNATTRIBUTED).quotes

    assert (quote.speaker, quote.mention, quote.cue) == (None, "The banner", "read")
    assert repr(quote) == "<Quote '\"Peace, now and for ever\"' without a known speaker>"


def test_an_empty_text_is_an_article_without_results():
    article = parse_text("")

    assert (article.text, article.dateline, article.quotes, article.entities) == ("", None, (), ())
    assert repr(article) == "<Article '': 0 quotes, 0 entities>"


def test_a_text_is_read_as_the_service_reads_it():
    message = {"text": TEXT, "published": "2026-01-12", "language": "en", "source": "wire"}
    item = read_message({"message": json.dumps(message)}, limit_bytes=100_000)
    parsed = annotate(item)

    article = parse_text(TEXT, published="2026-01-12", language="en", source="wire")

    assert article.to_dict()["item"] == msgspec.to_builtins(item)
    assert [(quote.start, quote.end, quote.speaker) for quote in article.quotes] == [
        (quote.contents.start, quote.contents.end, quote.speaker) for quote in parsed.quotes
    ]
    assert len(article.entities) == len(parsed.entities)


def test_options_stay_with_the_article():
    article = parse_text("Calm.", uri="urn:a", language="en", source="notes.txt")

    assert (article.uri, article.language, article.source) == ("urn:a", "en", "notes.txt")
    assert article.published is None


def test_without_an_uri_equal_texts_have_the_same():
    same = parse_text("All is calm."), parse_text("All is calm.")
    other = parse_text("All is well.")

    assert same[0].uri == same[1].uri != other.uri
    assert other.uri.startswith("urn:copytaster:text:")


@pytest.mark.parametrize(
    "published",
    [
        "2026-01-12",
        "2026-01-12T00:00:00Z",
        datetime.date(2026, 1, 12),
        datetime.datetime(2026, 1, 12),  # noqa: DTZ001  # the case
        datetime.datetime(2026, 1, 12, tzinfo=datetime.UTC),
    ],
)
def test_published_may_be_a_day_or_a_moment_or_either_as_a_string(published):
    article = parse_text(TEXT, published=published)

    assert article.published == datetime.datetime(2026, 1, 12, tzinfo=datetime.UTC)
    assert article.dateline.date == datetime.date(2026, 1, 12)


# results


def test_results_are_frozen(article):
    for result in (article, article.dateline, article.quotes[0], article.entities[0]):
        with pytest.raises(dataclasses.FrozenInstanceError):
            result.text = "other"


def test_articles_can_be_compared_hashed_and_pickled(article):
    again = parse_text(TEXT, published="2026-01-12")

    assert again == article == pickle.loads(pickle.dumps(article))
    assert len({article, again, parse_text(TEXT)}) == 2


def test_a_repr_is_one_short_line(article):
    long = parse_text("The road is long. " * 40)

    assert repr(article) == "<Article 'Ice road to open early': 2 quotes, 5 entities>"
    assert repr(article.dateline) == "<Dateline 'YAKUTSK, January 12. /TASS/'>"
    assert repr(article.quotes[1]) == "<Quote '\"We have measured it twice.\"' by 'Pavel Sedov'>"
    assert repr(article.entities[3]) == "<Entity PERSON 'Pavel Sedov'>"
    assert len(repr(long)) < 100


def test_an_article_as_a_dict_is_json_in_the_published_fields(article):
    written = article.to_dict()

    assert json.loads(json.dumps(written)) == written
    assert list(written) == [
        "item",
        "text",
        "dateline",
        "quotes",
        "statements",
        "entities",
        "life",
    ]
    schema = json_schema("item")
    for name in ("item", "dateline", "life"):
        part = schema["$defs"]["ParsedItem"]["properties"][name]
        jsonschema.validate(written[name], {**part, "$defs": schema["$defs"]})
    assert written["item"] == json.loads(dump(annotate(article._parsed.item).item))


def test_quotes_and_entities_as_dicts_have_the_published_fields(article):
    written = article.to_dict()

    assert written["quotes"] == [quote.to_dict() for quote in article.quotes]
    assert set(written["quotes"][0]) <= set(QuoteEvent.__struct_fields__)
    assert set(written["statements"][0]) <= set(StatementEvent.__struct_fields__)
    mention = set(EntityMention.__struct_fields__)
    group = set(EntityGroup.__struct_fields__) - {"mentions"}
    assert set(written["entities"][0]) == mention | group


def test_a_notebook_shows_the_page_in_a_frame(article):
    shown = article._repr_html_()

    assert shown.startswith('<iframe srcdoc="&lt;!DOCTYPE html&gt;')
    assert "<script" not in shown
    assert "Pavel Sedov" in shown


def test_a_notebook_without_the_pages_libraries_shows_the_repr(article, monkeypatch):
    monkeypatch.setitem(sys.modules, "worker.render.html", None)

    assert article._repr_html_() is None


# many texts


def test_many_texts_are_read_as_each_alone():
    texts = [TEXT, "", KILL, UNATTRIBUTED, TEXT]
    options = {"published": "2026-01-12", "language": "en", "source": "wire"}

    actual = list(parse_texts(texts, **options, batch_size=2))

    assert actual == [parse_text(text, **options) for text in texts]


def test_many_texts_are_read_a_batch_at_a_time():
    taken = []
    endless = (taken.append(number) or f"Sedov left. {number}" for number in count())
    articles = parse_texts(endless, batch_size=3)

    assert taken == []
    assert [article.text for article in islice(articles, 2)] == ["Sedov left. 0", "Sedov left. 1"]
    assert taken == [0, 1, 2]


def test_no_texts_are_no_articles():
    assert list(parse_texts([])) == []


# wrong arguments


@pytest.mark.parametrize(
    ("text", "kind"), [(b"calm", "bytes"), (None, "None"), (["calm"], "list"), (1.5, "float")]
)
def test_a_text_that_is_no_string_is_a_type_error(text, kind):
    with pytest.raises(TypeError) as caught:
        parse_text(text)

    assert str(caught.value) == f"text must be a string, not {kind}"


@pytest.mark.parametrize(
    ("texts", "kind"), [("calm", "str"), (b"calm", "bytes"), (None, "None"), (7, "int")]
)
def test_one_string_for_many_texts_is_a_type_error_at_once(texts, kind):
    with pytest.raises(TypeError) as caught:
        parse_texts(texts)

    assert str(caught.value) == f"texts must be an iterable of strings, not {kind}"


def test_a_member_that_is_no_string_is_named_by_its_position():
    articles = parse_texts(["calm", None], batch_size=1)

    assert next(articles).text == "calm"
    with pytest.raises(TypeError, match=r"^texts\[1\] must be a string, not None$"):
        next(articles)


@pytest.mark.parametrize(
    ("options", "error", "reason"),
    [
        ({"language": None}, TypeError, "language must be a string, not None"),
        ({"source": b"wire"}, TypeError, "source must be a string, not bytes"),
        ({"published": 2026}, TypeError, "published must be a date or a string, not int"),
        (
            {"published": "soon"},
            ValueError,
            DATE_EXPECTED.format("'soon'"),
        ),
    ],
)
def test_a_wrong_option_is_named(options, error, reason):
    for call in (lambda: parse_text("calm", **options), lambda: parse_texts([], **options)):
        with pytest.raises(error) as caught:
            call()
        assert str(caught.value) == reason


@pytest.mark.parametrize(
    ("call", "error", "reason"),
    [
        (lambda: parse_text("calm", uri=7), TypeError, "uri must be a string, not int"),
        (
            lambda: parse_texts([], batch_size="9"),
            TypeError,
            "batch_size must be an integer, not str",
        ),
        (lambda: parse_texts([], batch_size=0), ValueError, "batch_size must be at least 1, not 0"),
    ],
)
def test_an_option_of_one_of_the_functions_is_named(call, error, reason):
    with pytest.raises(error) as caught:
        call()

    assert str(caught.value) == reason


def test_a_missing_time_of_pandas_is_a_value_error():
    pandas = pytest.importorskip("pandas")

    with pytest.raises(ValueError, match="not 'NaT'"):
        parse_text("calm", published=pandas.NaT)
    assert type(parse_text("calm", published=pandas.Timestamp("2026-01-12")).published) is (
        datetime.datetime
    )


# the package


def test_the_package_has_the_version_of_the_service():
    assert copytaster.__version__ == __version__
