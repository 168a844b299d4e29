"""Desks: the items that they take, and the events of these items."""

import datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.desks import (
    DEFAULT_DESKS,
    Check,
    Desk,
    Match,
    Shape,
    events_for,
    is_near,
    read_desks,
)
from worker.errors import SettingsError
from worker.model import (
    Dateline,
    EntitiesEvent,
    Entity,
    EntityGroup,
    EntityLabel,
    EntityMention,
    Life,
    NewsItem,
    ParsedItem,
    Place,
    PubStatus,
    Quote,
    QuoteEvent,
    Signal,
    Span,
    Target,
    event_id,
)
from worker.model.codec import load
from worker.parse import annotate

NOW = datetime.datetime(2026, 1, 12, 12, tzinfo=datetime.UTC)
BODY = 'KIEV, January 12. /TASS/. "All is calm," Ada Marlow said in Lviv.'
DATELINE = Dateline(
    span=Span(0, 25), places=(Place(name="KIEV", iso="UA"),), agency="TASS", style="tass"
)
QUOTE = Quote(
    contents=Span(26, 40), cue=Span(52, 56), source=Span(41, 51), speaker="Ada Marlow", chain=1
)
ITEM = NewsItem(
    uri="urn:x:1", version="1", body_text=BODY, language="en-GB", source="https://a.example/feed"
)
PARSED = ParsedItem(
    item=ITEM,
    dateline=DATELINE,
    quotes=(QUOTE,),
    entities=(
        Entity(span=Span(41, 51), label=EntityLabel.PERSON, canonical="Ada Marlow"),
        Entity(span=Span(60, 64), label=EntityLabel.GPE, canonical="Lviv", iso="UA"),
    ),
    life=Life(urgency=3),
)
BARE = ParsedItem(item=NewsItem(uri="urn:x:2", version="1", body_text="Nothing was read here."))


@pytest.mark.parametrize(
    ("match", "takes"),
    [
        (Match(), True),
        (Match(places=("ua",)), True),
        (Match(places=("Kiev",)), True),
        (Match(places=("UK",)), False),
        (Match(places=("Lviv",)), False),
        (Match(countries=("ua",)), True),
        (Match(countries=("GE", "UA")), True),
        (Match(countries=("GE",)), False),
        (Match(agencies=("tass",)), True),
        (Match(agencies=("TAS",)), False),
        (Match(speakers=("ada marlow",)), True),
        (Match(speakers=("Marlow",)), False),
        (Match(entities=("Lviv",)), True),
        (Match(languages=("en",)), True),
        (Match(languages=("en-gb",)), True),
        (Match(languages=("en-US",)), False),
        (Match(text=("ALL IS CALM",)), True),
        (Match(text=("storm", "calm")), True),
        (Match(text=("storm",)), False),
        (Match(text=("cal",)), False),
        (Match(text=("cal*",)), True),
        (Match(text=("alm",)), False),
        (Match(text=("alm*",)), False),
        (Match(text=("is  calm",)), True),
        (Match(text=("tass",)), True),
        (Match(pubstatus=("usable",)), True),
        (Match(pubstatus=("canceled",)), False),
        (Match(urgency_max=3), True),
        (Match(urgency_max=2), False),
        (Match(places=("UA",), agencies=("AP",)), False),
        (Match(places=("UA", "GE"), agencies=("AP", "TASS"), text=("calm",)), True),
    ],
)
def test_all_that_is_asked_must_hold_and_a_list_asks_for_any(match, takes):
    assert match.takes(PARSED) is takes


@pytest.mark.parametrize(
    "match",
    [
        Match(places=("UA",)),
        Match(countries=("UA",)),
        Match(agencies=("TASS",)),
        Match(speakers=("Ada Marlow",)),
        Match(entities=("Lviv",)),
        Match(languages=("en",)),
        Match(text=("calm",)),
        Match(urgency_max=4),
    ],
)
def test_an_item_in_which_nothing_was_read_matches_nothing_that_is_asked(match):
    assert not match.takes(BARE)


@pytest.mark.parametrize(
    ("text", "asked", "stands"),
    [
        ("The port\u00a0authority\nwaits.", "port authority", True),
        ("A report on airports.", "port", False),
        ("A report on the port.", "port", True),
        ("The harbour's master", "harbour", True),
        ("The harbour-master", "harbour", True),
        ("Порты открыты", "порт", False),
        ("Порты открыты", "порт*", True),
        ("東京都は雨", "東京", True),
        ("서울에서 회담", "서울", True),
        ("It costs 5000 now", "500", False),
        ("A C++ desk", "c++", True),
    ],
)
def test_text_is_asked_for_in_whole_words_where_a_script_has_them(text, asked, stands):
    parsed = ParsedItem(item=NewsItem(uri="urn:x", version="1", body_text=text))
    assert Match(text=(asked,)).takes(parsed) is stands


@pytest.mark.parametrize(
    ("match", "check"),
    [
        (
            Match(speakers=("Ines Marceau", "ada marlow")),
            Check(
                condition="speakers",
                asked=("Ines Marceau", "ada marlow"),
                found=("Ada Marlow",),
                matched="ada marlow",
                close=True,
            ),
        ),
        (
            Match(speakers=("Marlow",)),
            Check(condition="speakers", asked=("Marlow",), found=("Ada Marlow",), close=True),
        ),
        (
            Match(speakers=("Marcell",)),
            Check(condition="speakers", asked=("Marcell",), found=("Ada Marlow",)),
        ),
        (
            Match(languages=("en-US",)),
            Check(condition="languages", asked=("en-US",), found=("en", "en-GB"), close=True),
        ),
        (
            Match(languages=("de",)),
            Check(condition="languages", asked=("de",), found=("en", "en-GB")),
        ),
        (
            Match(places=("Lviv",)),
            Check(condition="places", asked=("Lviv",), found=("KIEV", "UA"), close=True),
        ),
        (
            Match(places=("UK",)),
            Check(condition="places", asked=("UK",), found=("KIEV", "UA")),
        ),
        (
            Match(urgency_max=2),
            Check(condition="urgency_max", asked=("2",), found=("3",), close=True),
        ),
        (Match(urgency_max=1), Check(condition="urgency_max", asked=("1",), found=("3",))),
        (
            Match(text=("storm", "alm")),
            Check(condition="text", asked=("storm", "alm"), found=("alm",), close=True),
        ),
        (Match(text=("storm",)), Check(condition="text", asked=("storm",), found=())),
    ],
)
def test_a_desk_can_say_why_and_why_not(match, check):
    assert match.explain(PARSED) == (check,)
    assert is_near([check]) is (check.matched is None and check.close)


@pytest.mark.parametrize(
    ("match", "near"),
    [
        (Match(), False),
        (Match(languages=("en",), agencies=("TASS",)), False),
        (Match(languages=("en",), text=("storm",)), False),
        (Match(languages=("en",), text=("alm",)), True),
        (Match(languages=("en",), agencies=("TASS",), text=("storm",)), True),
        (Match(languages=("en",), agencies=("AP",), text=("alm",)), False),
    ],
)
def test_a_near_miss_fails_in_one_thing_and_is_close_or_right_in_two_others(match, near):
    assert is_near(match.explain(PARSED)) is near


def test_conditions_are_explained_in_the_order_of_the_page():
    match = Match(urgency_max=9, text=("calm",), countries=("UA",), places=("UA",))
    checks = match.explain(PARSED)
    assert [check.condition for check in checks] == ["places", "countries", "text", "urgency_max"]
    assert all(check.matched for check in checks)


WORDS = st.lists(
    st.sampled_from(["UA", "ge", "TASS", "Ada Marlow", "en", "calm", "al*"]), max_size=2
)


@given(
    st.builds(
        Match,
        places=WORDS.map(tuple),
        countries=WORDS.map(tuple),
        agencies=WORDS.map(tuple),
        speakers=WORDS.map(tuple),
        entities=WORDS.map(tuple),
        languages=WORDS.map(tuple),
        text=WORDS.map(tuple),
        urgency_max=st.none() | st.integers(1, 9),
    ),
    st.sampled_from([PARSED, BARE]),
)
@settings(max_examples=200, deadline=None)
def test_what_is_explained_is_what_is_decided(match, parsed):
    checks = match.explain(parsed)
    assert match.takes(parsed) is all(check.matched is not None for check in checks)
    assert not (match.takes(parsed) and is_near(checks))


def test_an_agency_may_come_from_the_provider_instead_of_the_dateline():
    item = msgspec.structs.replace(BARE.item, infosource="Reuters")
    assert Match(agencies=("reuters",)).takes(ParsedItem(item=item))


def test_an_item_event_carries_the_whole_item():
    desk = Desk(name="items")
    [(to, event)] = events_for(PARSED, [desk], None, NOW)
    assert to is desk
    assert load(ParsedItem, bytes(event.data)) == PARSED
    assert (event.id, event.subject, event.source, event.time) == (
        event_id("urn:x:1", "1", "items"),
        "urn:x:1",
        "https://a.example/feed",
        NOW,
    )
    assert (event.type, event.dataschema) == (
        "copytaster.item.created",
        "urn:copytaster:schema:item:1",
    )


def test_a_quote_event_stands_alone():
    [(_, event)] = events_for(PARSED, [Desk(name="quotes", shape=Shape.QUOTES)], None, NOW)
    assert event.type == "copytaster.quote.created"
    assert load(QuoteEvent, bytes(event.data)) == QuoteEvent(
        text='"All is calm,"',
        start=26,
        end=40,
        speaker="Ada Marlow",
        mention="Ada Marlow",
        cue="said",
        chain=1,
        confidence=0.0,
        item_uri="urn:x:1",
        item_version="1",
        headline="",
        dateline=DATELINE,
    )


def test_an_entities_event_groups_the_mentions_of_one_name():
    body = "Marlow of Lviv met Ada Marlow, mayor, in Lviv."
    person = {"label": EntityLabel.PERSON, "canonical": "Ada Marlow"}
    lviv = {"label": EntityLabel.GPE, "canonical": "Lviv", "iso": "UA"}
    parsed = ParsedItem(
        item=NewsItem(uri="urn:x:1", version="1", headline="Met", body_text=body, link="l"),
        entities=(
            Entity(span=Span(5, 11), **person),
            Entity(span=Span(15, 19), **lviv),
            Entity(span=Span(24, 34), role="mayor", **person),
            Entity(span=Span(46, 50), **lviv),
        ),
    )
    [(_, event)] = events_for(parsed, [Desk(name="names", shape=Shape.ENTITIES)], "0", NOW)
    assert (event.id, event.type, event.dataschema) == (
        event_id("urn:x:1", "1", "names"),
        "copytaster.entities.updated",
        "urn:copytaster:schema:entities:1",
    )
    assert load(EntitiesEvent, bytes(event.data)) == EntitiesEvent(
        entities=(
            EntityGroup(
                canonical="Ada Marlow",
                label=EntityLabel.PERSON,
                role="mayor",
                iso=None,
                mentions=(
                    EntityMention(text="Marlow", start=5, end=11),
                    EntityMention(text="Ada Marlow", start=24, end=34),
                ),
            ),
            EntityGroup(
                canonical="Lviv",
                label=EntityLabel.GPE,
                role=None,
                iso="UA",
                mentions=(
                    EntityMention(text="Lviv", start=15, end=19),
                    EntityMention(text="Lviv", start=46, end=50),
                ),
            ),
        ),
        item_uri="urn:x:1",
        item_version="1",
        headline="Met",
        link="l",
    )


def test_one_name_under_two_labels_is_two_things():
    both = [
        Entity(span=Span(41, 51), label=label, canonical="Washington")
        for label in (EntityLabel.PERSON, EntityLabel.GPE)
    ]
    parsed = msgspec.structs.replace(PARSED, entities=tuple(both))
    [(_, event)] = events_for(parsed, [Desk(name="names", shape=Shape.ENTITIES)], None, NOW)
    assert [group.label for group in load(EntitiesEvent, bytes(event.data)).entities] == [
        EntityLabel.PERSON,
        EntityLabel.GPE,
    ]


def test_a_kill_says_no_names_and_an_item_without_names_says_so():
    killed = msgspec.structs.replace(PARSED, life=Life(signal=Signal.WITHDRAWN))
    for parsed, kind in ((killed, "withdrawn"), (BARE, "created")):
        [(_, event)] = events_for(parsed, [Desk(name="names", shape=Shape.ENTITIES)], None, NOW)
        assert event.type == f"copytaster.entities.{kind}"
        assert load(EntitiesEvent, bytes(event.data)).entities == ()


def test_a_kill_says_of_which_item_it_takes_the_names_back():
    parsed = msgspec.structs.replace(
        PARSED, life=Life(signal=Signal.WITHDRAWN), target=Target(uri="urn:x:0", is_certain=True)
    )
    [(_, event)] = events_for(parsed, [Desk(name="names", shape=Shape.ENTITIES)], None, NOW)
    assert (event.subject, load(EntitiesEvent, bytes(event.data)).item_uri) == ("urn:x:0",) * 2


def test_one_item_goes_to_every_desk_that_asks_in_the_shape_that_it_asks_for():
    desks = [
        Desk(name="all"),
        Desk(name="ukraine", match=Match(countries=("UA",))),
        Desk(name="georgia", match=Match(countries=("GE",))),
        Desk(name="names", shape=Shape.ENTITIES),
        Desk(name="said", shape=Shape.QUOTES),
        Desk(name="cms", shape=Shape.NINJS),
    ]
    made = events_for(PARSED, desks, None, NOW)
    assert [(desk.name, event.type) for desk, event in made] == [
        ("all", "copytaster.item.created"),
        ("ukraine", "copytaster.item.created"),
        ("names", "copytaster.entities.created"),
        ("said", "copytaster.quote.created"),
        ("cms", "copytaster.ninjs.created"),
    ]
    assert len({event.id for _, event in made}) == len(made)


def test_every_quote_has_an_id_of_its_own_that_never_changes():
    parsed = msgspec.structs.replace(PARSED, quotes=(QUOTE, QUOTE))
    desk = Desk(name="quotes", shape=Shape.QUOTES)
    first = [event.id for _, event in events_for(parsed, [desk], None, NOW)]
    again = [event.id for _, event in events_for(parsed, [desk], "0", NOW)]
    assert first == again == [event_id("urn:x:1", "1", "quotes", ordinal) for ordinal in (0, 1)]
    assert len(set(first)) == 2


def test_desks_that_do_not_take_the_item_get_no_event():
    assert [desk.name for desk, _ in events_for(PARSED, DEFAULT_DESKS, None, NOW)] == [
        "items",
        "quotes",
        "alerts",
    ]
    assert [desk.name for desk, _ in events_for(BARE, DEFAULT_DESKS, None, NOW)] == ["items"]


@pytest.mark.parametrize(
    ("said", "latest", "kind"),
    [
        (Signal.CREATED, None, "created"),
        (Signal.CREATED, "0", "updated"),
        (Signal.CREATED, "1", "created"),
        (Signal.UPDATED, None, "created"),
        (Signal.CORRECTED, None, "corrected"),
        (Signal.CORRECTED, "0", "corrected"),
        (Signal.WITHDRAWN, "0", "withdrawn"),
    ],
)
def test_the_type_says_what_the_version_does_to_the_one_before(said, latest, kind):
    life = Life(signal=said, pubstatus=PubStatus.USABLE)
    parsed = msgspec.structs.replace(PARSED, life=life)
    [(_, event)] = events_for(parsed, [Desk(name="items")], latest, NOW)
    assert event.type == f"copytaster.item.{kind}"


def test_an_item_from_nowhere_is_from_the_inbox():
    [(_, event)] = events_for(BARE, [Desk(name="items")], None, NOW)
    assert event.source == "urn:copytaster:inbox"


def test_a_desks_file_is_read_as_it_stands():
    text = """
        [[desk]]
        name = "ukraine"
        sink = "redis-stream"
        shape = "quotes"
        match = { places = ["UA"], urgency_max = 5 }

        [[desk]]
        name = "rest"
    """
    assert read_desks(text, subject="desks.toml") == (
        Desk(name="ukraine", shape=Shape.QUOTES, match=Match(places=("UA",), urgency_max=5)),
        Desk(name="rest"),
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("desk = 3", "Expected `array`, got `int` - at `$.desk`"),
        ("", "has no desk; each begins with [[desk]]"),
        ("# none yet\n", "has no desk; each begins with [[desk]]"),
        ("[[desk]]\nsink = 'archive'", "Object missing required field `name`"),
        ("[[desk]]\nname = 'a'\nnames = 'b'", "Object contains unknown field `names`"),
        ("[[desk]]\nname = 'A b'", "a name is 1 to 64 lower-case letters"),
        ('[[desk]]\nname = "a\\n"', "a name is 1 to 64 lower-case letters"),
        (
            "[[desk]]\nname = 'a'\nshape = 'ring'",
            "`$.desk[0].shape`; a shape is `item`, `quotes`, `statements`, `entities` or `ninjs`",
        ),
        (
            "[[desk]]\nname = 'a'\nmatch = { pubstatus = ['usable', 'killed'] }",
            "a pubstatus is `usable`, `withheld` or `canceled` - at `$.desk[0].match.pubstatus[",
        ),
        (
            "[[desk]]\nname = 'a'\nmatch = { languages = ['english'] }",
            "a language is its tag, such as `en` or `pt-BR`",
        ),
        ("[[desk]]\nname = 'a'\nmatch = { languages = ['en_GB'] }", "a language is its tag"),
        ("[[desk]]\nname = 'a'\nmatch = { languages = [''] }", "a language is its tag"),
        (
            "[[desk]]\nname = 'a'\nmatch = { place = ['UA'] }",
            "unknown field `place` - at `$.desk[0].match`; did you mean `places`?",
        ),
        ("[[desk]]\nname = 'a'\nmatch = { places = 'UA' }", "Expected `array`, got `str`"),
        ("[[desk]]\nname = 'a'\nmatch = { text = [''] }", "Expected `str` of length >= 1"),
        ("[[desk]]\nname = 'a'\nmatch = { text = ['*'] }", "a `*` may only stand at the end"),
        ("[[desk]]\nname = 'a'\nmatch = { text = ['*port'] }", "a `*` may only stand at the end"),
        (
            "[[desk]]\nname = 'a'\nmatch = { countries = ['Ukraine'] }",
            "a country is its code of two letters",
        ),
        ("[[desk]]\nname = 'a'\nmatch = { urgency_max = 0 }", "Expected `int` >= 1"),
        ("[[desk]]\nname = 'a'\n[[desk]]\nname = 'a'", "two desks are named 'a'"),
        ("[[desk]", "Expected ']]'"),
    ],
)
def test_a_wrong_desks_file_is_refused_by_name_and_field(text, reason):
    with pytest.raises(SettingsError) as error:
        read_desks(text, subject="desks.toml")
    assert str(error.value).startswith("desks.toml: ")
    assert reason in str(error.value)


@pytest.mark.parametrize("tag", ["en", "EN", "pt-BR", "zh-Hant-TW", "yue", "sr-Latn"])
def test_a_language_is_any_tag(tag):
    (desk,) = read_desks(
        f"[[desk]]\nname = 'a'\nmatch = {{ languages = ['{tag}'], pubstatus = ['Canceled'] }}",
        subject="desks.toml",
    )
    assert desk.match == Match(languages=(tag,), pubstatus=("Canceled",))


def test_a_desk_may_ask_for_a_day_or_a_sum_by_its_normal_form():
    item = NewsItem(uri="urn:x", version="1", body_text="It cost $1.2 billion in May 2024.")
    parsed = annotate(item)
    assert Match(entities=("2024-05",)).takes(parsed)
    assert Match(entities=("USD 1200000000",)).takes(parsed)
    assert not Match(entities=("2024",)).takes(parsed)


RUSSIAN = annotate(
    NewsItem(
        uri="urn:x:3",
        version="1",
        body_text='КИЕВ, 12 января. /ТАСС/. "Всё спокойно", - сказал мэр города Иван Орлов.',
    )
)


@pytest.mark.parametrize(
    ("match", "takes"),
    [
        (Match(speakers=("Иван Орлов",)), True),
        (Match(speakers=("Ivan Orlov",)), True),
        (Match(entities=("Ivan Orlov",)), True),
        (Match(speakers=("Kyiv",)), False),
        (Match(languages=("ru",)), True),
        (Match(languages=("en",)), False),
    ],
)
def test_a_desk_takes_russian_copy_by_either_form_of_a_name(match, takes):
    assert match.takes(RUSSIAN) == takes
