"""Whether copy is English."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.demo.corpus import load_seed_items
from worker.parse.language import is_english

SEEDS = load_seed_items()


@pytest.mark.parametrize("seed", SEEDS, ids=[seed.name for seed in SEEDS])
def test_the_words_of_every_sample_item_tell_its_language(seed):
    assert is_english(seed.item.text) == (seed.item.language == "en")


@pytest.mark.parametrize(
    "text",
    [
        "De burgemeester zei dat de haven in de stad open is, en dat hij er over een week was.",
        "Der Hafen ist nach Angaben der Stadt wieder offen, teilte die Verwaltung am Montag mit.",
        "El puerto está abierto y los barcos entran desde el lunes, dijo el alcalde a la prensa.",
        "Il porto è aperto e le navi entrano da lunedì, ha detto il sindaco ai giornalisti.",
        "O porto está aberto e os navios entram desde segunda-feira, disse o prefeito aos jornais.",
        "Port jest otwarty i statki wchodzą od poniedziałku, powiedział burmistrz w radiu.",
        "Havnen er åpen, og skipene har kommet inn siden mandag, sa ordføreren til avisen i dag.",
        "Порт открыт",
        "港口已经开放",
    ],
)
def test_other_languages_are_told(text):
    assert not is_english(text)
    assert not is_english(text, "en")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "URGENT: PORT OPENS",
        "Rovers 2, United 1\nCity 0, Albion 0\nTown 3, Wanderers 3\n" * 5,
        "ST. PETERSBURG - 1. Bo Lind, Norway, 12:01.4; 2. Ole Moe, Norway, 12:02.0",
    ],
)
def test_words_that_say_too_little_are_english_unless_their_tag_says_otherwise(text):
    assert is_english(text)
    assert is_english(text, "en-GB")
    assert not is_english(text, "fr")


@given(st.text(), st.text(max_size=5))
def test_any_text_has_an_answer(text, tag):
    assert is_english(text, tag) in (True, False)
