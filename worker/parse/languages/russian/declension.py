"""The forms of a regular noun, for the small lists of nouns that the reading of speech needs."""

from collections.abc import Iterator

__all__ = ["forms_of"]

_HUSHING = "гкхжшщч"
_HUSHING_OR_TS = "жшщчц"
_INDECLINABLE = ("ше", "ке", "ью", "ье")
"""`атташе`, `коммюнике`, `интервью`, `досье`."""
_FEMININE_SOFT = frozenset({"запись", "модель", "повесть"})

_CASES = ("n1", "g1", "d1", "a1", "i1", "p1", "n2", "g2", "d2", "a2", "i2", "p2")
"""Nominative, genitive, dative, accusative, instrumental, prepositional; singular, then plural."""

_ENDINGS = {
    "consonant": " а у а ом е ы ов ам ов ами ах",
    "soft": "ь я ю я ем е и ей ям ей ями ях",
    "feminine soft": "ь и и ь ью и и ей ям и ями ях",
    "adjective": "ый ого ому ого ым ом ые ых ым ых ыми ых",
    "feminine adjective": "ая ой ой ую ой ой ые ых ым ых ыми ых",
    "ий": "ий ия ию ий ием ии ии иев иям ии иями иях",
    "а": "а ы е у ой е ы  ам  ами ах",
    "ия": "ия ии ии ию ией ии ии ий иям ии иями иях",
    "о": "о а у о ом е а  ам а ами ах",
    "ие": "ие ия ию ие ием ии ия ий иям ия иями иях",
    "янин": "ин ина ину ина ином ине е  ам  ами ах",
}
"""The endings in the order of the cases, parted by single spaces."""

_IRREGULAR = {
    "мать": "мать матери матери мать матерью матери матери матерей матерям матерей матерями х",
    "дочь": "дочь дочери дочери дочь дочерью дочери дочери дочерей дочерям дочерей дочерьми х",
    "судья": "судья судьи судье судью судьей судье судьи судей судьям судей судьями судьях",
    "друг": "друг друга другу друга другом друге друзья друзей друзьям друзей друзьями друзьях",
    "брат": "брат брата брату брата братом брате братья братьев братьям братьев братьями братьях",
    "сосед": "сосед соседа соседу соседа соседом соседе соседи соседей соседям соседей соседями х",
    "партия": "партия партии партии партию партией партии партии партий партиям партии партиями х",
}


def forms_of(noun: str) -> Iterator[tuple[str, str]]:
    """Yield each form of a noun in lower case, without "ё", with its case and number.

    >>> [form for form, case in forms_of("эксперт") if case in ("g1", "n2")]
    ['эксперта', 'эксперты']
    >>> dict((case, form) for form, case in forms_of("ведомство"))["p1"]
    'ведомстве'
    """
    if noun in _IRREGULAR:
        yield from zip(_IRREGULAR[noun].split(), _CASES, strict=True)
        return
    if noun.endswith(_INDECLINABLE):
        yield from [(noun, case) for case in _CASES]
        return
    stem, pattern = _stem_and_pattern(noun)
    for ending, case in zip(_ENDINGS[pattern].split(" "), _CASES, strict=True):
        yield from [(form, case) for form in _join(noun, stem, ending, pattern)]


def _stem_and_pattern(noun: str) -> tuple[str, str]:
    """Return the part of a noun that stays, and the name of its endings."""
    for ending, pattern in (
        ("анин", "янин"),
        ("янин", "янин"),
        ("арий", "ий"),
        ("ый", "adjective"),
        ("ий", "adjective"),
        ("ой", "adjective"),
        ("ая", "feminine adjective"),
        ("ия", "ия"),
        ("ие", "ие"),
    ):
        if noun.endswith(ending):
            return noun[: -len("ин" if pattern == "янин" else "ий")], pattern
    if noun in _FEMININE_SOFT:
        return noun[:-1], "feminine soft"
    if noun[-1] in "аяоь":
        return noun[:-1], {"ь": "soft", "о": "о"}.get(noun[-1], "а")
    return noun, "consonant"


def _join(noun: str, stem: str, ending: str, pattern: str) -> Iterator[str]:
    """Yield the form with an ending as it is spelt after the stem: `врачи`, `бойца`."""
    if not ending and pattern == "а" and stem.endswith("к"):
        # `студенток`, `девушек` (of students, of girls)
        yield stem[:-1] + ("е" if stem[-2] in "жшчй" else "о") + "к"
        return
    # `отца` of `отец` (father), `бойца` of `боец` (fighter)
    if pattern == "consonant" and ending and noun.endswith("ец"):
        stem = noun[:-2] + ("йц" if noun[-3] in "аеоуыия" else "ц")
    yield from _stressed_forms(noun, stem, ending, pattern)
    yield stem + _spelt_ending(stem, ending, pattern)


def _stressed_forms(noun: str, stem: str, ending: str, pattern: str) -> Iterator[str]:
    """Yield the forms that stress, which is not printed, allows beside the regular one."""
    is_hushing = stem[-1:] in _HUSHING_OR_TS
    # `бойцов` (of fighters) beside `китайцев` (of Chinese)
    if ending == "ов" and pattern == "consonant" and stem[-1] == "ц":
        yield stem + ending
    # `товарищем` (comrade) beside `врачом` (doctor)
    if ending in {"ом", "ой"} and is_hushing and pattern in {"consonant", "а"}:
        yield stem + "е" + ending[1:]
    # `директора` (directors) beside `лидеры` (leaders)
    if ending == "ы" and noun.endswith(("ор", "ер")):
        yield stem + "а"


def _spelt_ending(stem: str, ending: str, pattern: str) -> str:
    """Return an ending as it is spelt after a stem: `врачи`, `врачей`, `китайцев`."""
    if ending[:1] == "ы" and stem[-1:] in _HUSHING:
        return "и" + ending[1:]
    if ending == "ов" and pattern == "consonant" and stem[-1] in _HUSHING_OR_TS:
        return "ев" if stem[-1] == "ц" else "ей"
    return ending
