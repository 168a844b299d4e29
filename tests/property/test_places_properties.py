"""What holds of the place table for any name at all."""

from hypothesis import given
from hypothesis import strategies as st

from worker.parse.places import country_of, is_place, resolve
from worker.parse.places.fold import fold_name


@given(st.text(), st.lists(st.text(), max_size=2), st.lists(st.text(max_size=2), max_size=2))
def test_resolve_takes_any_text_and_keeps_the_name_as_written(name, qualifiers, hints):
    place = resolve(name, qualifiers=qualifiers, hints=hints)
    assert place == resolve(name, qualifiers=qualifiers, hints=hints)
    assert place is None or (place.name == name and 0 <= place.confidence <= 1)


@given(st.text())
def test_country_and_is_place_take_any_text(name):
    assert country_of(name) is None or len(country_of(name)) == 2
    assert is_place(name) in (True, False)


@given(st.text())
def test_folding_twice_is_folding_once(name):
    once = fold_name(name)
    assert fold_name(fold_name(once)) == fold_name(once)
