"""Credits as datelines print them."""

from collections import Counter
from importlib import resources

import pytest

from worker.parse.dateline.agencies import Credit, bare_credit, read_credit


@pytest.mark.parametrize(
    ("inside", "credit"),
    [
        ("AP", Credit("AP", known=True)),
        ("Itar-Tass", Credit("ITAR-TASS", known=True)),
        ("РИА Новости", Credit("RIA Novosti", known=True)),
        ("TASS-DEFENSE", Credit("TASS", known=True)),
        ("tca/dpa", Credit("dpa", known=True)),
        ("ats afp", Credit("SDA", known=True)),
        ("NNN-XINHUA", Credit("Xinhua", known=True)),
        ("PARIS AFP", Credit("AFP", known=True)),
        ("ACAN - EFE", Credit("ACAN-EFE", known=True)),
        ("Корр. ТАСС Иван Мокеев", Credit("TASS", known=True, correspondent="Иван Мокеев")),
        ("TASS Correspondent Ivan Moe", Credit("TASS", known=True, correspondent="Ivan Moe")),
        ("Корр. БЕЛТА", Credit("BelTA", known=True)),
        ("RADIO MOE NETWORK", Credit("RADIO MOE NETWORK", known=False)),
        ("Moetimes.com", Credit("Moetimes.com", known=False)),
        ("RIA Novosti, Ivan Moe", Credit("RIA Novosti", known=True, correspondent="Ivan Moe")),
        ("Joint Press Corps-Yonhap", Credit("Yonhap", known=True)),
        ("Moe Daily/Moe Times", Credit("Moe Daily/Moe Times", known=False)),
    ],
)
def test_a_credit_names_an_agency(inside, credit):
    assert read_credit(inside) == credit


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "A",
        "AP Photo/Jane Moe",
        "Reporting by Jane Moe",
        "LEAD",
        "Adds quotes",
        "the capital",
        "16 points",
        "A" * 61,
        "corr. Moe",
        "D-Ohio",
        "R-N.C.",
        "AFP/Getty Images",
        "One Two Three Four Five Six Seven Eight",
    ],
)
def test_other_words_in_brackets_are_no_credit(inside):
    assert read_credit(inside) is None


def test_without_brackets_a_credit_is_spelt_as_in_the_lexicon():
    assert bare_credit("KYODO") == Credit("Kyodo", known=True)
    assert bare_credit("PA") == Credit("PA", known=True)
    assert bare_credit("Pa.") is None
    assert bare_credit("Moe News") is None


def test_the_lexicon_holds_over_150_agencies_and_gives_no_spelling_to_two():
    file = resources.files("worker.parse") / "data" / "agencies.tsv"
    rows = [row for row in file.read_text("utf-8").splitlines() if not row.startswith("#")]
    assert len(rows) > 150
    spellings = [
        {name.casefold() for name in row.replace("\t", "|").split("|") if name} for row in rows
    ]
    owners = Counter(name for names in spellings for name in names)
    assert [name for name, number in owners.items() if number > 1] == []
