"""The Russian tagger: names of the case file, its features, and its weights."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from worker.parse.entities.tagger.features import LETTERS, SHAPES, letters_of
from worker.parse.entities.tagger.kernel import load_kernel
from worker.parse.entities.tagger.network import STATES, Network, Window
from worker.parse.entities.tagger.tokens import find_tokens
from worker.parse.languages.russian import tagger_features as features
from worker.parse.languages.russian.tagger import load_russian_weights, tag_russian
from worker.parse.text import WireText

CASES = tomllib.loads(
    (Path(__file__).parents[1] / "cases" / "russian-tagger.toml").read_text("utf-8")
)["case"]
TRAINING = Path(__file__).parents[2] / "training"
CORPUS = TRAINING / "corpus" / "ru"
FIRST_RUNS = sorted((TRAINING / "russian").glob("first_run*.txt"))
FILE = files("worker.parse") / "data" / "tagger-ru.npz"


def names_of(full):
    """Return the names of a text as the case file has them: label and words."""
    spans = tag_russian([WireText(full)])[0]
    return [f"{label.value} {full[start:end]}" for start, end, label in spans]


@pytest.mark.parametrize("case", [x for x in CASES if "fails" not in x], ids=lambda x: x["why"])
def test_names(case):
    assert names_of(case["text"]) == case["names"]


@pytest.mark.parametrize("case", [x for x in CASES if "fails" in x], ids=lambda x: x["why"])
def test_known_failures(case):
    """A case that has come right loses its `fails`."""
    assert names_of(case["text"]) != case["names"]


def plain(paths):
    """Return the text of marked files without its marks."""
    marked = "\n".join(path.read_text("utf-8") for path in paths)
    return re.sub(r"\[[A-Z]+ ([^\[\]]*)\]", r"\1", marked)


def test_no_case_stands_in_the_corpus():
    corpus = plain(CORPUS.glob("*.txt"))
    assert [case["why"] for case in CASES if case["text"] in corpus] == []


def test_no_sentence_of_the_first_run_is_taught():
    corpus = plain(CORPUS.glob("*.txt"))
    sentences = re.split(r"(?<=[.!?]) |\n+", plain(FIRST_RUNS))
    long = [sentence for sentence in sentences if len(sentence.split()) > 5]
    assert len(long) > 250
    assert [sentence for sentence in long if sentence in corpus] == []


def words_with(bit, full):
    """Return the words of a text that have a bit of the token."""
    tokens = find_tokens(WireText(full), features.ABBREVIATIONS)
    bits = features.russian_token_bits(tokens)
    return [word for word, own in zip(tokens.words, bits, strict=True) if bit in own]


def test_every_form_of_a_surname_that_stands_behind_a_given_name():
    full = "Дмитрий Песков ответил. Пескову и Москве задали вопрос. Песков молчал."
    assert words_with(features._NAMED_ELSEWHERE, full) == ["Песков", "Пескову", "Песков"]


@pytest.mark.parametrize(
    ("full", "quoted"),
    [
        ('Партия "Единая Россия" и «Яблоко» спорят.', ["Единая", "Россия", "Яблоко"]),
        ('"Он пришел в тот же день и сразу ушел обратно", - сказал он.', []),
        ('ООО "Завод "Луч" работает', ["Луч"]),  # the second straight mark opens anew
        ('Длина 5" и 7", не больше', []),
        ('"', []),
        ("» и «", []),
    ],
)
def test_short_runs_between_marks(full, quoted):
    assert words_with(features._IN_MARKS, full) == quoted


def test_a_row_of_a_table():
    full = "Итоги:\n\nЗенит 12 7 3\n\nЗенит проиграл 2:1 дома."
    assert words_with(features._IN_ROW, full) == ["Зенит", "12", "7", "3"]


@pytest.mark.parametrize(
    ("kind", "full", "headed"),
    [
        ("nature", "Река Волга вышла из берегов. Мост через Волгу закрыт.", ["Волга", "Волгу"]),
        ("nature", "Воды реки Оки и Волги поднялись.", ["Оки"]),
        ("nature", "Ока вышла из берегов.", []),
        ("nature", "Вдоль реки. Волга поднялась.", []),  # a sentence ends in between
        ("building", 'На стадионе "Новый труд" пусто.', ["Новый", "труд"]),
        ("building", "Открыт аэропорт Кольцово, «Кольцово» ждет.", ["Кольцово", "Кольцово"]),
        ("building", 'На стадионе играл "Труд".', []),
        ("body", 'Клуб "Заря" проиграл. Болельщики «Зари» ушли.', ["Заря", "Зари"]),
        ("product", "Сняли фильм «Тихий берег».", ["Тихий", "берег"]),
        ("law", 'Принят закон "О рекламе".', ["О", "рекламе"]),
        ("event", "Начался форум «Вода».", ["Вода"]),
        ("settlement", "Жил в селе Ивановка, из Ивановки уехал.", ["Ивановка", "Ивановки"]),
    ],
)
def test_names_behind_their_class_words(kind, full, headed):
    assert words_with(features._HEADED + features.HEAD_KINDS.index(kind), full) == headed


def test_an_abbreviation_ends_no_sentence():
    tokens = find_tokens(
        WireText("Жил на ул. Ленина и в пос. Мирный. Уехал."), features.ABBREVIATIONS
    )
    opening = [word for word, opens in zip(tokens.words, tokens.opens, strict=True) if opens]
    assert opening == ["Жил", "Уехал"]


@pytest.mark.parametrize(
    ("form", "other"),
    [
        ("Песков", "Пескову"),
        ("Королёва", "Королевым"),
        ("Марией", "Мария"),
        ("Андреем", "Андрей"),
        ("российскому", "российские"),
        ("МОСКВЫ", "Москвой"),
    ],
)
def test_forms_that_share_their_stem(form, other):
    assert features.stem_of(form) == features.stem_of(other)


@pytest.mark.parametrize("word", ["я", "в", "Й", "ё", "12", "-", "", "a"])
def test_a_short_word_is_its_own_stem(word):
    assert features.stem_of(word) == word.lower().replace("ё", "е")


def test_a_surname_is_no_form_of_a_given_name():
    words = features.russian_words()
    given = features._LISTS.index("given")
    assert words.bits("Ивана")[given]
    assert not words.bits("Иванова")[given]
    assert not words.bits("иван")[given]


def test_the_weights_fit_the_features():
    weights = load_russian_weights()
    _, hidden, gates = weights.recurrent.shape
    width = weights.vectors.shape[1] + len(weights.filter_bias) + weights.shapes.shape[1]
    assert weights.inputs.shape == (2, width + features.WORD_BITS, gates)
    assert weights.bits.shape == (2, features.TOKEN_BITS, gates)
    assert weights.scores.shape == (2, hidden, STATES)
    assert len(weights.shapes) == SHAPES
    assert len(weights.rows) == len(weights.vectors) == len(weights.scales)


def test_cyrillic_letters_have_codes():
    codes = letters_of("абвгдежзийклмнопрстуфхцчшщъыьэюя"[:LETTERS])
    assert len(set(codes)) == LETTERS
    assert max(codes) < len(load_russian_weights().letters)


def test_the_file_is_small_and_holds_no_pickled_objects():
    assert len(FILE.read_bytes()) <= 8 * 2**20
    with FILE.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        assert {stored[name].dtype.kind for name in stored.files} <= set("iuf")


def test_the_compiled_part_finds_the_states_that_numpy_finds(server_type):
    kernel = load_kernel()
    if kernel is None:
        server_type.absent("no compiled part: install a C compiler, then `make clean test`")
    weights, words = load_russian_weights(), features.russian_words()
    tokens = [find_tokens(WireText(case["text"]), features.ABBREVIATIONS) for case in CASES]
    windows = [
        Window(text.words[start:end], features.russian_token_bits(text)[start:end])
        for text in tokens
        for start, end in text.windows
    ]
    compiled = Network(weights, words, kernel).read(windows)
    assert compiled == Network(weights, words).read(windows)
