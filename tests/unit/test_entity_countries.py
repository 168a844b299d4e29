"""Countries of places that the lexicon lacks, by the gazetteer and the rest of the item."""

import pytest

from worker.model import EntityLabel
from worker.parse.dateline import find_dateline
from worker.parse.entities.countries import find_countries
from worker.parse.entities.lexicon import load_lexicon
from worker.parse.entities.name_grammar import NameMention
from worker.parse.text import WireText


def mention(name, label=EntityLabel.GPE):
    known = load_lexicon().entries.get(name)
    return NameMention(0, len(name), label, name, known)


def countries(*names, dateline=None):
    return find_countries("", [mention(name) for name in names], dateline)


@pytest.mark.parametrize(
    ("name", "iso"),
    [
        ("Gothenburg", "SE"),
        ("Zaragoza", "ES"),
        ("Yokohama", "JP"),
        ("Kursk Region", "RU"),
        ("Sao Paulo State", "BR"),
    ],
)
def test_a_known_place_needs_no_hint(name, iso):
    assert countries(name) == {name.casefold(): iso}


def test_the_words_for_the_kind_of_place_may_stand_after_the_name():
    codes = countries("Gothenburg Municipality", "Yokohama City District")
    assert codes == {"gothenburg municipality": "SE", "yokohama city district": "JP"}


def test_a_county_named_as_many_towns_are_is_in_the_country_that_the_item_names():
    assert countries("Cook County", "Illinois")["cook county"] == "US"


def test_a_place_of_two_countries_is_in_the_country_that_the_item_names():
    assert countries("Hamilton", "Canada")["hamilton"] == "CA"
    assert countries("Hamilton", "New Zealand")["hamilton"] == "NZ"


def test_a_people_is_a_hint_as_a_country_is():
    canadian = mention("Canadian", EntityLabel.NORP)
    assert find_countries("", [canadian, mention("Hamilton")], None)["hamilton"] == "CA"


def test_a_village_that_no_table_has_is_in_the_only_country_named():
    codes = find_countries(
        "", [mention("Ukrainian", EntityLabel.NORP), mention("Verkhny Xolm")], None
    )
    assert codes == {"verkhny xolm": "UA"}


def test_near_miss_two_countries_are_named():
    assert countries("Verkhny Xolm", "Ukraine", "Russia") == {"verkhny xolm": None}


def test_near_miss_no_country_is_named():
    assert countries("Verkhny Xolm") == {"verkhny xolm": None}


def test_a_large_city_is_where_it_is_whatever_else_is_named():
    assert countries("Yokohama", "Ukraine")["yokohama"] == "JP"


def test_places_that_the_lists_know_are_left_to_them():
    assert countries("Ukraine", "Kyiv") == {}


@pytest.mark.parametrize("label", [each for each in EntityLabel if each is not EntityLabel.GPE])
def test_only_governed_places_have_a_country(label):
    assert find_countries("", [NameMention(0, 10, label, "Gothenburg")], None) == {}


def test_the_datelines_place_lends_its_country_to_the_village():
    text = WireText("GOTHENBURG, Sweden, May 2 (Reuters) - The village of Xolmby is calm.")
    dateline = find_dateline(text, None)
    codes = countries("Xolmby", dateline=dateline)
    assert codes["gothenburg"] == "SE"
    assert codes["xolmby"] == "SE"


def test_a_name_and_its_capitals_are_the_same_place():
    assert set(countries("Gothenburg", "GOTHENBURG")) == {"gothenburg"}


def test_no_places_have_no_countries():
    assert find_countries("", [], None) == {}
