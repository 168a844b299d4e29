"""Stages of annotation that use the results of other stages."""

from worker.model import NewsItem
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
