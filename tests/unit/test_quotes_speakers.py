"""Speakers of `find_quotes` with a registry: names, nouns, gender, chains and confidence."""

import pytest

from worker.model import Dateline, Entity, EntityLabel, Span
from worker.parse.entity_registry import Actor, Gender, Registry
from worker.parse.quotes import find_quotes
from worker.parse.quotes.lexicon.cues import CUES
from worker.parse.quotes.lexicon.noun_classes import PERSON_NOUNS
from worker.parse.text import WireText


def person(text, name, *mentions, gender=Gender.UNKNOWN, descriptors=()):
    return actor(text, name, EntityLabel.PERSON, mentions or (name,), gender, descriptors)


def organisation(text, name, *mentions):
    return actor(text, name, EntityLabel.ORG, mentions or (name,), Gender.UNKNOWN, ())


def actor(text, name, label, mentions, gender, descriptors):
    entities = []
    for mention in mentions:
        start = text.index(mention)
        entities.append(Entity(span=Span(start, start + len(mention)), label=label, canonical=name))
    return Actor(
        canonical=name,
        label=label,
        mentions=tuple(entities),
        gender=gender,
        descriptors=tuple(descriptors),
    )


def speakers(text, *actors, dateline=None):
    quotes = find_quotes(WireText(text), Registry(actors=actors), dateline)
    return [quote.speaker for quote in quotes]


def test_a_text_without_marks_has_no_quotes():
    assert find_quotes(WireText("Ann Lee said that it was so."), Registry(), None) == ()


def test_a_name_that_the_registry_missed_is_still_a_name():
    assert speakers('"It is so indeed," Ann Lee said.') == ["Ann Lee"]


def test_a_last_name_that_the_registry_missed_is_the_actor_with_that_last_name():
    text = 'Mayor Ann Lee rose. "It is so indeed," Lee said.'

    assert speakers(text, person(text, "Ann Lee")) == ["Ann Lee"]


def test_a_plural_of_people_has_no_name():
    assert speakers('"It is so indeed," Republicans said.') == [None]


def test_a_pronoun_takes_its_gender():
    text = 'Ann Lee met Bob Roe on Monday. "It is so indeed," she said. "It is not," he replied.'
    ann = person(text, "Ann Lee", gender=Gender.FEMALE)
    bob = person(text, "Bob Roe", gender=Gender.MALE)

    assert speakers(text, ann, bob) == ["Ann Lee", "Bob Roe"]


def test_a_person_named_only_inside_a_quotation_is_no_antecedent():
    text = 'Ann Lee rose. "Bob Roe promised it to us," she said. "He never kept it," she added.'

    assert speakers(text, person(text, "Ann Lee"), person(text, "Bob Roe")) == ["Ann Lee"] * 2


def test_an_office_that_is_part_of_the_name_describes_its_bearer():
    text = 'Pope Clement met Bob Roe on Monday.\n\n"It is so indeed," the pontiff said.'

    assert speakers(text, person(text, "Pope Clement"), person(text, "Bob Roe")) == ["Pope Clement"]


def test_a_gloss_stays_in_the_contents_and_is_left_out_of_unglossed():
    text = '"He [the mayor] knows it," Ann Lee said. "All of it is so."'
    quotes = find_quotes(WireText(text), Registry(actors=(person(text, "Ann Lee"),)), None)

    assert [(quote.contents.of(text), quote.unglossed) for quote in quotes] == [
        ('"He [the mayor] knows it,"', '"He knows it,"'),
        ('"All of it is so."', None),
    ]


def test_a_common_noun_is_resolved_by_descriptors():
    text = 'Ann Lee met Bob Roe on Monday.\n\n"It is so indeed," the researcher said.'
    ann = person(
        text, "Ann Lee", descriptors=["head of the institute", "head", "political analyst"]
    )

    assert speakers(text, ann, person(text, "Bob Roe", descriptors=["mayor"])) == ["Ann Lee"]


def test_a_common_noun_may_come_before_the_name():
    text = 'The lake is "far too low for ships," the mayor said\n\nAnn Lee spoke in the town hall.'

    assert speakers(text, person(text, "Ann Lee", descriptors=["mayor"])) == ["Ann Lee"]


def test_an_organisation_is_found_by_a_word_of_its_name():
    text = 'The Foreign Ministry of Norland met the Lake Bank.\n\n"It is so," the ministry said.'
    ministry = organisation(text, "Foreign Ministry of Norland")

    assert speakers(text, ministry, organisation(text, "Lake Bank")) == [
        "Foreign Ministry of Norland"
    ]


def test_it_is_not_the_agency_of_the_dateline():
    text = 'OSLO, May 4. /TASS/. Lake Bank will close. "It is so indeed," it said.'
    dateline = Dateline(span=Span(0, text.index("Lake") - 1), agency="TASS")

    assert speakers(
        text, organisation(text, "TASS"), organisation(text, "Lake Bank"), dateline=dateline
    ) == ["Lake Bank"]


def test_marks_inside_the_dateline_are_no_quotation():
    text = 'OSLO "LAKE," May 4. /TASS/. Ann Lee spoke.'
    dateline = Dateline(span=Span(0, text.index("Ann") - 1), agency="TASS")

    assert find_quotes(WireText(text), Registry(), dateline) == ()


def test_a_chain_has_one_number_and_one_speaker():
    text = '"It is so indeed.\n\n"It will be so," Ann Lee said.'

    quotes = find_quotes(WireText(text), Registry(actors=(person(text, "Ann Lee"),)), None)

    assert [(quote.chain, quote.speaker) for quote in quotes] == [(0, "Ann Lee"), (0, "Ann Lee")]


def test_cue_and_source_are_the_words_of_the_text():
    text = '"It is so," the mayor of Oslo said. It will be "so for ever," according to Ann Lee.'

    quotes = find_quotes(WireText(text), Registry(), None)

    assert [(quote.cue.of(text), quote.source.of(text)) for quote in quotes] == [
        ("said", "the mayor of Oslo"),
        ("according to", "Ann Lee"),
    ]


def test_a_named_speaker_has_a_probability_for_confidence():
    text = 'Ann Lee rose. "It is so," Lee said.\n\n"It is," she said.\n\n"It is," the woman said.'
    ann = person(text, "Ann Lee", "Ann Lee", gender=Gender.FEMALE)

    quotes = find_quotes(WireText(text), Registry(actors=(ann,)), None)

    assert [0.5 < quote.confidence < 1.0 for quote in quotes] == [True] * 3


@pytest.mark.parametrize("form", ["said", "says", "saying", "told", "noted", "underscored", "put"])
def test_the_cue_lexicon_has_the_forms_of_the_wire(form):
    assert 0.0 < CUES[form].weight <= 1.0


def test_every_person_noun_matches_itself_and_the_nouns_it_includes():
    assert PERSON_NOUNS["researcher"][0] == "researcher"
    assert "analyst" in PERSON_NOUNS["researcher"]
