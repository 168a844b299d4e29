"""Numbers and currencies of Russian copy: in figures, in words, in every case; and near misses."""

from decimal import Decimal

import pytest

from worker.parse.languages.russian.values.currency_words import (
    coin_of,
    is_coin_of,
    read_currency,
)
from worker.parse.languages.russian.values.numerals import read_numeral
from worker.parse.languages.russian.values.tokens import find_value_tokens


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("5,3 млрд", "5300000000"),
        ("120 тыс.", "120000"),
        ("1 250 000", "1250000"),
        ("1\u00a0250\u202f000,5", "1250000.5"),
        ("12.500", "12500"),
        ("4.125", "4.125"),
        ("двумя миллионами", "2000000"),
        ("пятьюдесятью пятью", "55"),
        ("двухсот тысяч", "200000"),
        ("пять тысяч триста", "5300"),
        ("1 млрд 200 млн", "1200000000"),
        ("полутора миллионов", "1500000"),
        ("два с половиной миллиона", "2500000"),
        ("полмиллиона", "500000"),
        ("четверти миллиона", "250000"),
        ("миллиард", "1000000000"),
        ("две десятых", "0.2"),
        ("три целых и пять сотых", "3.05"),
        ("5-миллиардный", "5000000000"),
    ],
)
def test_a_number_is_read_whole(words, number):
    tokens = find_value_tokens(words)
    numeral = read_numeral(tokens, 0)
    assert (numeral.value, numeral.end) == (Decimal(number), len(tokens))


@pytest.mark.parametrize("words", ["несколько миллионов", "десятки тысяч", "миллионы", "сотнями"])
def test_some_words_tell_no_number(words):
    tokens = find_value_tokens(words)
    numeral = read_numeral(tokens, 0)
    assert (numeral.value, numeral.end) == (None, len(tokens))


@pytest.mark.parametrize("words", ["12.01.2026", "1,2,3", "рубль", "", "9" * 30])
def test_what_is_no_number(words):
    assert read_numeral(find_value_tokens(words), 0) is None


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("рублями", "RUB"),
        ("руб.", "RUB"),
        ("₽", "RUB"),
        ("РУБЛЕЙ", "RUB"),
        ("белорусских рублей", "BYN"),
        ("долларов США", "USD"),
        ("австралийских долларов", "AUD"),
        ("юаней", "CNY"),
        ("шведскими кронами", "SEK"),
        ("фунтов стерлингов", "GBP"),
        ("дирхамов ОАЭ", "AED"),
        ("USD", "USD"),
    ],
)
def test_a_currency_is_read_whole(words, code):
    tokens = find_value_tokens(words)
    found = read_currency(tokens, 0, None)
    assert (found.code, found.end) == (code, len(tokens))


@pytest.mark.parametrize("words", ["Реал", "Р", "рублевый", "российских войск", "США", "%"])
def test_what_is_no_currency(words):
    assert read_currency(find_value_tokens(words), 0, None) is None


def test_a_coin_has_its_currency():
    assert coin_of(find_value_tokens("5-рублевая монета"), 1).code == "RUB"
    assert coin_of(find_value_tokens("5 - рублевая монета"), 1) is None
    assert is_coin_of("rubles", "kopecks")
    assert not is_coin_of("rubles", "cents")
