"""Whether the verbs around a Russian date say that it lies ahead.

In the examples: `суд в среду арестовал` the court on Wednesday arrested, `встретится` will meet,
`ожидается` is expected, `был назначен` was due, `до пятницы` until Friday, `сообщил` reported.
"""

import re
from collections.abc import Iterator, Sequence

from worker.parse.languages.russian.values.tokens import ValueToken, word_at
from worker.parse.values.tense import Direction

__all__ = ["side_of"]

_AHEAD = re.compile(
    r"""(?:
      буд(?:ет|ут) | предсто(?:ит|ят|ящ\w+) | долж(?:ен|на|но|ны) | намерен\w? | готовится
    | (?:за)?планиру\w+ | запланирован\w? | намечен\w?\b | назначен\w? | ожида(?:ет|ют)\w*
    | собира\w+тся | состо(?:ит|ят)ся
    | (?:прой|при[ей]|вый|вой|пой|подой|перей|произой|зай)д(?:ет|ут)
    | (?:при|отпра|у|вы|по|подъ|за|пере)ед(?:ет|ут) | прибуд(?:ет|ут) | посет(?:ит|ят)
    | встрет(?:ит|ят)(?:ся)? | обсуд(?:ит|ят) | начн(?:ет|ут)(?:ся)?
    | (?:от|за)кро(?:ет|ют)(?:ся)? | (?:за)?верш(?:ит|ат)(?:ся)? | завершит(?:ся)?
    | (?:прове|введ|подве|вруч|переве)(?:дет|дут|ет|ут|ит|ат) | рассмотр(?:ит|ят)
    | прим(?:ет|ут) | (?:вы|в|на|по)?ступ(?:ит|ят) | приступ(?:ит|ят) | оглас(?:ит|ят)
    | подпиш(?:ет|ут) | представ(?:ит|ят) | объяв(?:ит|ят) | опублику(?:ет|ют) | получ(?:ит|ат)
    | да(?:ст|дут) | смо(?:жет|гут) | стан(?:ет|ут) | остан(?:ет|ут)ся | продолж(?:ит|ат)(?:ся)?
    | проголосу(?:ет|ют) | собер(?:ет|ут)(?:ся)? | (?:на|от)прав(?:ит|ят)(?:ся)?
    | выл(?:етит|етят) | верн(?:ет|ут)(?:ся)? | появ(?:ит|ят)ся | (?:с|по)низ(?:ит|ят)(?:ся)?
    | повыс(?:ит|ят)(?:ся)? | вырас(?:тет|тут) | упад(?:ет|ут) | сыгра(?:ет|ют)
    | возглав(?:ит|ят) | реш(?:ит|ат) | пока(?:жет|жут) | выда(?:ст|дут) | введ(?:ет|ут)
    | отмен(?:ит|ят) | зарабо(?:тает|тают) | запуст(?:ит|ят) | постро(?:ит|ят) | выпуст(?:ит|ят)
    | выдел(?:ит|ят) | выплат(?:ит|ят) | предъяв(?:ит|ят) | избер(?:ет|ут) | выбер(?:ет|ут)
    | утверд(?:ит|ят) | заслуша(?:ет|ют) | сообщ(?:ит|ат) | назов(?:ет|ут) | обрат(?:ит|ят)ся
    | переда(?:ст|дут) | перенес(?:ет|ут) | возобнов(?:ит|ят)(?:ся)? | приостанов(?:ит|ят)
    | продл(?:ит|ят)ся | исте(?:чет|кут) | наступ(?:ит|ят) | состав(?:ит|ят) | достигн(?:ет|ут)
    | превыс(?:ит|ят) | подорожа(?:ет|ют) | подешеве(?:ет|ют) | увелич(?:ит|ат)(?:ся)?
    | сократ(?:ит|ят)(?:ся)? | созов(?:ет|ут) | усил(?:ит|ят)(?:ся)? | похолода(?:ет|ют)
    | потеплеет | прекрат(?:ит|ят)(?:ся)? | закуп(?:ит|ят) | постав(?:ит|ят) | отмет(?:ит|ят)
    )\Z""",
    re.VERBOSE,
)
_PAST = re.compile(
    r"(?:\w[аеиоуыюя]л(?:а|о|и)?"
    r"|\w(?:рос|нес|вез|мог|лег|шел|пал|бег|спас)л[аои]|\w*(?:шел|вырос|смог|принес))"
    r"(?:ся|сь)?\Z"
    r"|(?:арестован|задержан|убит|ранен|найден|уволен|принят|подписан|избран|опубликован|утвержден"
    r"|приговорен|освобожден|зафиксирован|зарегистрирован|обнаружен|открыт|закрыт|отменен)[аоы]?\Z"
)
_NO_VERBS = frozenset(
    """дела дело тела тело сначала мало числа числе правила правило канал канала каналы канале
    журнал журнала генерал генерала генералы капитал капитала материал материала материалы финал
    финала финале финалы скандал скандала вокзал вокзала квартал квартала квартале потенциал сигнал
    сигнала трибунал трибунала портал портала зал зала зале школа села село сила силы сколько или
    если после около стула стол стола пол пола балла баллы металл металла персонал персонала
    футбола протокола протокол угла рубли цели недели модели доли роли земли филиал филиала отдела
    отдел раздел раздела предел предела пределы арсенал арсенала""".split()
)
"""Nouns that end as the past tense does."""

_WAS = frozenset("был была было были".split())
_UP_TO = frozenset("до по".split())
_TOWARDS = frozenset("к ко".split())
_BEFORE_DUE = ("ноч", "состоян", "данн", "утро", "вечер")
_CLAUSE_END = frozenset(',;:.!?()«»"“”„')
_DASHES = frozenset("–—")
_REACH = 14


def side_of(tokens: Sequence[ValueToken], start: int, end: int) -> Direction:
    """Return the side of the reference day on which the date of some tokens lies.

    The prepositions `до` and `на` tell it first, then the nearest verb of the clause, then a verb
    of the clauses beside it, then the preposition `к`.

    >>> from worker.parse.languages.russian.values.tokens import find_value_tokens
    >>> side_of(find_value_tokens("Министр в среду встретится с послом"), 2, 3).name
    'AHEAD'
    >>> side_of(find_value_tokens("Визит состоится в среду, сообщил министр"), 3, 4).name
    'AHEAD'
    >>> side_of(find_value_tokens("Суд в среду арестовал министра"), 2, 3).name
    'BEHIND'
    """
    preposition, before = [word_at(tokens, start - back).word for back in (1, 2)]
    if preposition in _UP_TO:
        return Direction.AHEAD
    side = _side_of_verbs(tokens, start, end)
    # `перенесли на среду`; not `в ночь на среду` and `по состоянию на среду`
    is_due = preposition == "на" and not before.startswith(_BEFORE_DUE)
    if (is_due and side is not Direction.UNKNOWN) or (side is None and preposition in _TOWARDS):
        return Direction.AHEAD
    return Direction.UNKNOWN if side is None else side


def _side_of_verbs(tokens: Sequence[ValueToken], start: int, end: int) -> Direction | None:
    """Return the side that the nearest verb tells, first of the clause, then of those beside it."""
    verbs = [*_verbs(tokens, start, -1), *_verbs(tokens, end, 1)]
    for is_near in (True, False):
        own = [verb for verb in verbs if verb[2] is is_near]
        if own:
            return min(own)[1]
    return None


def _verbs(
    tokens: Sequence[ValueToken], at: int, step: int
) -> Iterator[tuple[int, Direction, bool]]:
    """Yield distance and side of each verb on one side of a date, and if it is of its clause."""
    number, clauses = at if step > 0 else at - 1, 0
    for distance in range(_REACH):
        token = word_at(tokens, number)
        if token.kind == "line" or (token.word in ".!?" and distance):
            return
        if token.word in _CLAUSE_END or token.word in _DASHES:
            clauses += 1
        side = _side_of_verb(tokens, number)
        if side is not None:
            yield distance, side, not clauses
        number += step


def _is_past(token: ValueToken) -> bool:
    if token.word in _NO_VERBS or token.text[:1].isupper():
        return False
    return bool(_PAST.search(token.word))


def _side_of_verb(tokens: Sequence[ValueToken], at: int) -> Direction | None:
    token = tokens[at]
    word = token.word
    if token.kind != "word" or len(word) < 3:
        return None
    if _AHEAD.match(word):
        # `был назначен на среду` may be of last Wednesday or of next.
        return Direction.UNKNOWN if word_at(tokens, at - 1).word in _WAS else Direction.AHEAD
    if word_at(tokens, at - 1).word == "как":  # `как стало известно`, `как сообщил мэр`
        return None
    if _is_past(token) and not (word in _WAS and _AHEAD.match(word_at(tokens, at + 1).word)):
        return Direction.BEHIND
    return None
