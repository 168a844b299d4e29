"""The seed corpus matches its own claims, and feeds files are read or refused by name."""

import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from worker.demo.corpus import FeedFormat, load_demo_feeds, load_seed_items
from worker.demo.feed_writer import MEDIA_TYPES, render_feed
from worker.demo.scale import scale_items
from worker.errors import SettingsError
from worker.feeds import read_feed
from worker.model import EntityLabel, Feed, Signal, content_digest, feed_id
from worker.polling.feeds_file import load_feeds_file, load_suggested_feeds
from worker.polling.toml_tables import named_by

SEEDS = {seed.name: seed for seed in load_seed_items()}
CASES_FILE = Path(__file__).parents[1] / "cases" / "seeds.toml"
CASES = {case["name"]: case for case in tomllib.loads(CASES_FILE.read_text("utf-8"))["item"]}

MARKS = {'"': '"', "“": "”", "«": "»", "``": "''"}
AGENCIES = {"TASS": 14, "AP": 3, "Reuters": 3, "AFP": 2, "Interfax": 2, "Xinhua": 2}
CONSTRUCTIONS = {
    *("rubric", "deck", "statement-headline", "headline-quote"),
    *("region-in-slashes", "two-places", "us-state", "hyphenated-place", "place-with-period"),
    *("no-date-dateline", "no-place", "no-dateline", "year-present", "date-ahead", "year-turn"),
    *("split-quote", "multi-paragraph-quote", "fragment-quote", "floating-quote"),
    *("pronoun-speaker", "common-noun-speaker", "organisation-speaker", "document-speaker"),
    *("anonymous-source", "according-to", "two-sources"),
    *("bracketed-gloss", "nested-single-marks", "curly-marks", "guillemets", "anpa-marks"),
    *("scare-quotes", "title-in-quotes", "no-quotes", "advisory-line", "sign-off", "cyrillic"),
    *("flash", "update", "correction", "kill", "same-guid-kill", "kill-without-id"),
    *("undated-item", "summary-only", "lead-marker", "false-friends"),
}


def quoted_runs(text):
    """Return the text after each opening mark, by paragraph; straight marks alternate."""
    runs = []
    for paragraph in text.split("\n\n"):
        closing = None
        for mark in re.finditer(r"[\"“”«»]|``|''", paragraph):
            if closing is None and mark[0] in MARKS:
                closing = MARKS[mark[0]]
                runs.append(paragraph[mark.end() :].lstrip())
            elif mark[0] == closing:
                closing = None
    return runs


def language_in(feed, seed):
    """RSS 2.0 and 1.0 have a single language for each feed."""
    own = feed.format in {FeedFormat.ATOM, FeedFormat.JSON_FEED}
    return seed.item.language if own else feed.language


def gold_words(case):
    return [
        *(quote["begins"] for quote in case["quotes"]),
        *case.get("not_quotes", []),
        *case.get("either_way", []),
    ]


def test_the_corpus_is_large_enough():
    agencies = [seed.agency for seed in SEEDS.values()]
    assert len(SEEDS) >= 36
    assert [name for name, least in AGENCIES.items() if agencies.count(name) < least] == []


def test_every_construction_is_shown_by_an_item():
    assert CONSTRUCTIONS - {tag for seed in SEEDS.values() for tag in seed.tags} == set()


def test_items_of_one_uri_are_versions_at_different_stages():
    seen = [(seed.item.uri, seed.stage) for seed in SEEDS.values()]
    assert len(seen) == len(set(seen))
    assert {seed.stage for seed in SEEDS.values()} == {1, 2}


@pytest.mark.parametrize("seed", SEEDS.values(), ids=SEEDS)
def test_an_item_is_well_formed(seed):
    item = seed.item
    assert item.headline
    assert item.version == content_digest(item.headline, item.deck, item.body_text)
    assert item.language in {"en", "ru", "fr"}
    assert (item.firstcreated is None) == ("undated-item" in seed.tags)
    assert (item.body_text == "") == ("summary-only" in seed.tags)
    assert len(item.text.split()) <= 450
    paragraphs = item.text.split("\n\n")
    assert all(part == part.strip() and "\n" not in part for part in paragraphs)
    assert [name for name in seed.people if not re.search(rf"\b{name}\b", item.text)] == []


@pytest.mark.parametrize("seed", SEEDS.values(), ids=SEEDS)
def test_an_item_is_in_exactly_one_feed(seed):
    assert sum(seed in feed.items for feed in load_demo_feeds()) == 1


def test_the_demo_has_feeds_in_every_format():
    feeds = load_demo_feeds()
    assert len(feeds) >= 5
    assert {feed.format for feed in feeds} == set(FeedFormat)
    assert len({feed.path for feed in feeds}) == len(feeds)


def test_the_page_of_an_item_begins_with_its_rubric():
    assert SEEDS["tass-ice-road"].page.startswith("Society & Culture\n\nYakutia's ice roads")


def test_every_item_has_a_case_and_every_case_an_item():
    assert CASES.keys() == SEEDS.keys()


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_case_names_words_of_its_text(case):
    text = SEEDS[case["name"]].item.text
    after_mark = [
        words
        for words in gold_words(case)
        if not re.search(r"[\"“«`']\s?" + re.escape(words), text)
    ]
    dateline = case.get("dateline", {})
    printed = [*dateline.get("places", []), *dateline.get("regions", [])]
    named = [entity for entity, _ in case["entities"]]
    assert after_mark == []
    assert [words for words in (*printed, *named) if words not in text] == []
    assert {label for _, label in case["entities"]} <= set(EntityLabel)
    assert case.get("signal", "created") in set(Signal)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_case_accounts_for_every_opening_mark(case):
    text = SEEDS[case["name"]].item.text
    gold = gold_words(case)
    unread = [run[:40] for run in quoted_runs(text) if not run.startswith(tuple(gold))]
    assert unread == []


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_quotes_of_a_case_are_in_text_order(case):
    text = SEEDS[case["name"]].item.text
    places = [text.index(quote["begins"]) for quote in case["quotes"]]
    assert places == sorted(set(places))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_speaker_is_named_in_the_text(case):
    """Russian speakers stand in the nominative, which the text may not have: by surname's stem."""
    seed = SEEDS[case["name"]]
    speakers = [quote["speaker"] for quote in case["quotes"] if "speaker" in quote]
    if seed.item.language == "ru":
        speakers = [speaker.rpartition(" ")[2] for speaker in speakers]
    assert [speaker for speaker in speakers if speaker not in seed.item.text] == []


def test_scaled_items_are_the_same_every_time_and_all_different():
    items = [seed.item for seed in scale_items(500)]
    assert items == [seed.item for seed in scale_items(500)]
    assert len({item.uri for item in items}) == 500
    assert len({item.version for item in items}) == 500


def test_scaled_items_keep_their_layout():
    originals = [seed for seed in load_seed_items() if seed.stage == 1 and seed.people]
    for original, copy in zip(originals, scale_items(len(originals)), strict=True):
        assert copy.item.text != original.item.text
        assert not [name for name in original.people if re.search(rf"\b{name}\b", copy.item.text)]
        assert len(quoted_runs(copy.item.text)) == len(quoted_runs(original.item.text))


@pytest.mark.parametrize("stage", [1, 2])
@pytest.mark.parametrize("kind", FeedFormat)
@pytest.mark.parametrize("feed", load_demo_feeds(), ids=lambda feed: feed.path)
def test_every_format_gives_the_reader_the_same_texts_back(feed, kind, stage):
    served = replace(feed, format=kind)
    seeds = [seed for seed in feed.items if seed.stage == stage]
    as_told = Feed(id=feed_id("http://x" + feed.path), url="http://x" + feed.path)
    read = read_feed(render_feed(served, seeds, "http://x"), MEDIA_TYPES[kind], as_told)
    found = {(item.uri, item.text, item.language, item.byline) for item in read.items}
    assert read.problems == ()
    assert found == {
        (seed.item.uri, seed.item.text, language_in(served, seed), seed.item.byline)
        for seed in seeds
    }


def test_rendering_is_the_same_every_time():
    for feed in load_demo_feeds():
        assert render_feed(feed, feed.items, "http://x") == render_feed(
            feed, feed.items, "http://x"
        )


def test_the_suggested_feeds_can_be_read_and_each_names_its_terms():
    suggested = load_suggested_feeds()
    assert all(one.terms for one in suggested)
    feeds = [one.feed for one in suggested]
    assert "https://tass.com/rss/v2.xml" in {feed.url for feed in feeds}
    assert len({feed.name.casefold() for feed in feeds} | {"all"}) == len(feeds) + 1
    assert all(feed.agency and feed.language and feed.interval_s >= 300 for feed in feeds)


def test_a_feeds_file_gives_feeds_in_its_order(tmp_path):
    path = tmp_path / "feeds.toml"
    path.write_text(
        '[[feed]]\nurl = " http://a/1 "\n'
        '[[feed]]\nurl = "http://a/2"\nname = "B"\ninterval_s = 60\n'
    )
    assert load_feeds_file(path) == (
        Feed(id=feed_id("http://a/1"), url="http://a/1"),
        Feed(id=feed_id("http://a/2"), url="http://a/2", name="B", interval_s=60),
    )


def test_an_empty_feeds_file_has_no_feeds(tmp_path):
    path = tmp_path / "feeds.toml"
    path.write_text("# none yet\n")
    assert load_feeds_file(path) == ()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[feed]]\nname = 'A'", ", [[feed]] 1: object missing required field url"),
        (
            "[[feed]]\nurl = 'http://a'\n[[feed]]\nurl = 'b'",
            ', [[feed]] 2: url: "b" is not an http or https address',
        ),
        (
            "[[feed]]\nurl = 'http://['",
            ', [[feed]] 1: url: "http://[" is not an http or https address',
        ),
        (
            "[[feed]]\nurl = 'ftp://a'",
            ', [[feed]] 1: url: "ftp://a" is not an http or https address',
        ),
        (
            "[[feed]]\nurl = 'http://a'\n[[feed]]\nurl = 'http://a'",
            ", [[feed]] 2: url: http://a is already in row 1",
        ),
        (
            "[[feed]]\nurl = 'http://a'\ninterval_s = 0",
            ", [[feed]] 1: interval_s: expected int >= 1",
        ),
        (
            "[[feed]]\nurl = 'http://a'\ninterval_s = 'x'",
            ", [[feed]] 1: interval_s: expected int, got str",
        ),
        (
            "[[feed]]\nurl = 'http://a'\ninterval = 9",
            ", [[feed]] 1: object contains unknown field interval; did you mean `interval_s`?",
        ),
        (
            "[[feed]]\nurl = 'http://a'\nagnecy = 'TASS'",
            ", [[feed]] 1: object contains unknown field agnecy; did you mean `agency`?",
        ),
        (
            "[[feed]]\nurl = 'http://a'\ncolour = 'red'",
            ", [[feed]] 1: object contains unknown field colour",
        ),
        (
            "[[feeds]]\nurl = 'http://a'",
            ': "feeds" is not known here; each row begins with [[feed]]',
        ),
        ("[feed]\nurl = 'http://a'", ": [feed] is one table; each row begins with [[feed]]"),
    ],
)
def test_a_wrong_feeds_file_is_refused_by_file_row_and_field(tmp_path, text, complaint):
    path = tmp_path / "feeds.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as refused:
        load_feeds_file(path)
    assert str(refused.value) == f"{path}{complaint}"


def test_a_feeds_file_that_is_not_toml_is_named(tmp_path):
    path = tmp_path / "feeds.toml"
    path.write_text("[[feed")
    with pytest.raises(SettingsError, match=r"feeds\.toml: is not TOML: ."):
        load_feeds_file(path)


def test_a_feeds_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"none\.toml: cannot be read: No such file"):
        load_feeds_file(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none.toml", "cannot be read: No such file or directory; COPYTASTER_FEEDS names it"),
        ("feeds.toml", "is not UTF-8 text"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_variable(tmp_path, name, reason):
    (tmp_path / "feeds.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError) as caught, named_by("COPYTASTER_FEEDS"):
        load_feeds_file(tmp_path / name)
    assert str(caught.value) == f"{tmp_path / name}: {reason}"


def test_a_feeds_file_that_is_not_text_is_named(tmp_path):
    path = tmp_path / "feeds.toml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"feeds\.toml: is not UTF-8 text"):
        load_feeds_file(path)


def test_a_feeds_file_asks_for_full_text(tmp_path):
    path = tmp_path / "feeds.toml"
    path.write_text('[[feed]]\nurl = "https://wire.example/rss"\nfull_text = true\n', "utf-8")
    assert [feed.full_text for feed in load_feeds_file(path)] == [True]
