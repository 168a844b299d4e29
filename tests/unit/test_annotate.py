"""Stages of annotation that use the results of other stages."""

import pytest

from worker.model import EntityLabel, NewsItem
from worker.parse import annotate


def dateline_of(body):
    return annotate(NewsItem(uri="urn:x", version="1", body_text=body)).dateline


def test_countries_that_the_text_names_settle_an_unsure_place():
    plain = dateline_of("VALENCIA, May 2 (Reuters) - The river rose again on Friday.")
    told = dateline_of(
        "VALENCIA, May 2 (Reuters) - Venezuela's oil ministry said Venezuela would rebuild the dam."
    )
    assert (plain.places[0].iso, told.places[0].iso) == ("ES", "VE")


def test_a_sure_place_stays_where_it_is():
    told = dateline_of("PARIS, May 2 (Reuters) - Texas farmers came from the United States.")
    assert told.places[0].iso == "FR"


@pytest.mark.parametrize(
    "byline", ["By HOLLY RAMER", "By Bo Lind and Holly Ramer, Associated Press"]
)
def test_a_family_name_is_that_of_the_author_in_the_byline(byline):
    text = "CONCORD, N.H. (AP) - The house fell. It is old, a neighbour told Mr. Ramer."
    parsed = annotate(NewsItem(uri="urn:x", version="1", body_text=text, byline=byline))
    people = [each.canonical for each in parsed.entities if each.label is EntityLabel.PERSON]
    assert people == ["Holly Ramer"]
