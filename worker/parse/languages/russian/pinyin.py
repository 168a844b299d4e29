"""Chinese names from the Russian spelling of Palladius to Pinyin: `Си Цзиньпин` is Xi Jinping."""

import re
from collections.abc import Mapping

__all__ = ["is_chinese_name", "pinyin"]

_INITIALS: Mapping[str, str] = {
    "чж": "zh", "цз": "z", "б": "b", "п": "p", "м": "m", "ф": "f", "д": "d", "т": "t", "н": "n",
    "л": "l", "г": "g", "к": "k", "х": "h", "ч": "ch", "ш": "sh", "ж": "r", "ц": "c", "с": "s",
    "в": "w",
}  # fmt: skip
_PALATAL: Mapping[str, str] = {"z": "j", "c": "q", "s": "x"}
"""The initials before a soft final: `цзи` is `ji`, `цзы` is `zi`."""

_FINALS: Mapping[str, str] = {
    "а": "a", "ай": "ai", "ань": "an", "ан": "ang", "ао": "ao", "э": "e", "е": "ie", "эй": "ei",
    "энь": "en", "эн": "eng", "ын": "eng", "и": "i", "ы": "i", "инь": "in", "ин": "ing", "о": "o",
    "оу": "ou", "у": "u", "ун": "ong", "унь": "un", "уа": "ua", "уай": "uai", "уань": "uan",
    "уан": "uang", "уй": "ui", "уэй": "ui", "уо": "uo", "ю": "iu", "юй": "u", "я": "ia",
    "ян": "iang", "янь": "ian", "яо": "iao", "юэ": "ue", "юань": "uan", "юнь": "un", "юн": "iong",
}  # fmt: skip
_ALONE: Mapping[str, str] = {
    "и": "yi", "инь": "yin", "ин": "ying", "у": "wu", "ю": "you", "юй": "yu", "я": "ya",
    "ян": "yang", "янь": "yan", "яо": "yao", "е": "ye", "юэ": "yue", "юань": "yuan",
    "юнь": "yun", "юн": "yong", "эр": "er", "ай": "ai", "ань": "an", "оу": "ou",
}  # fmt: skip
_SOFT = "ияюе"
_SYLLABLE = re.compile(
    r"(?:чж|цз|[бпмфдтнлгкхчшжцсв])?(?:эр|уань|уай|уан|уэй|уо|уа|уй|унь|ун|юань|юань|юэ|юй|юнь|юн"
    r"|янь|ян|яо|ань|ан|ай|ао|энь|эн|эй|инь|ин|оу|ын|[аэеиыоуюя])"
)
_SURNAMES = frozenset(
    """си ван чжан лю чэнь ян хуан чжао у чжоу сюй сунь ма чжу ху го хэ гао линь ло лян сун тан хань
    фэн дэн цао пэн цзэн сяо тянь дун пань цзян цай вэй сюэ лэй дай ся чжун тань ляо чжэн цинь лай
    мэн ли е ду яо лу цуй жэнь шэнь фань ши бай цуй цянь мао""".split()
)


def is_chinese_name(folded: str) -> bool:
    """Return True for a family name of China before a name of Chinese syllables."""
    words = folded.split()
    return (
        len(words) == 2
        and words[0] in _SURNAMES
        and all(pinyin_of_word(word) is not None for word in words)
    )


def pinyin(folded: str) -> str:
    """Return a Chinese name in Pinyin.

    >>> pinyin("ван и"), pinyin("ли цян"), pinyin("чжао лэцзи")
    ('Wang Yi', 'Li Qiang', 'Zhao Leji')
    """
    words = [pinyin_of_word(word) or word for word in folded.split()]
    return " ".join(word.capitalize() for word in words)


def pinyin_of_word(word: str) -> str | None:
    """Return the syllables of a word in Pinyin, None if it has others."""
    parts: list[str] = []
    at = 0
    while at < len(word):
        # `Цзинъюй`: the hard sign parts two syllables.
        at += word.startswith("ъ", at) and at > 0
        match = _SYLLABLE.match(word, at)
        latin = _syllable(match[0]) if match else None
        if match is None or latin is None:
            return None
        parts.append(latin)
        at = match.end()
    return "".join(parts)


def _syllable(syllable: str) -> str | None:
    if syllable in _ALONE:
        return _ALONE[syllable]
    size = next((size for size in (2, 1) if syllable[:size] in _INITIALS), 0)
    final = _FINALS.get(syllable[size:])
    if not size or final is None:
        return None
    initial = _INITIALS[syllable[:size]]
    if syllable[size] in _SOFT and initial in _PALATAL:
        initial = _PALATAL[initial]
    if final == "o" and initial not in {"b", "p", "m", "f", "w"}:
        # `Го` is Guo, `Жо` is Ruo.
        final = "uo"
    return initial + final
