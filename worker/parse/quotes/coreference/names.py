"""Passes for names: `Ann Lee`, `Lee`, `the Lake Bank`, listed by the entity stage or not."""

from worker.model import EntityLabel
from worker.parse.entity_registry import Actor
from worker.parse.quotes.coreference.discourse import (
    UNRESOLVED,
    DiscourseModel,
    NamedMention,
    Resolution,
)
from worker.parse.quotes.coreference.indefinites import INDEFINITES
from worker.parse.quotes.lexicon.noun_classes import PARTY_MEMBERS, PERSON_NOUNS
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.syntax import CAPITAL, PUNCTUATION, MentionType

__all__ = ["resolve_listed_name", "resolve_unlisted_name"]

_PLURAL_ENDINGS = ("ans", "ats", "ives", "ists", "ese")
"""Endings of capital plurals that are no names: Republicans, Democrats, Conservatives."""


def resolve_listed_name(model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """`Ann Lee said`, `the Bank said`: resolve to the actor that is named, by its fullest name."""
    if mention.type is not MentionType.PROPER or _is_common_noun(model, mention):
        return None
    name = _name_at_end(model, mention)
    if name is not None:
        actor = model.actors[name.actor]
        if actor.label is EntityLabel.NORP:
            return _resolve_family_name(model, actor.canonical)
        if model.is_person(name.actor):
            # `Ann-Marie Lee`, of which the entity stage took `Marie Lee` here.
            printed = model.find_actor(Resolution(_printed_name(model, mention), 0.0))
            return model.resolution(name.actor if printed is None else printed, 0.95)
        return Resolution(_fullest_name(model, actor, mention), 0.95)
    # `Ann Lee Jones`, of which only `Ann Lee` is listed.
    inside = model.inside(mention)
    if inside and model.is_person(inside[-1].actor):
        return Resolution(_fullest_name(model, model.actors[inside[-1].actor], mention), 0.95)
    return None


def resolve_unlisted_name(model: DiscourseModel, mention: NounPhrase) -> Resolution | None:
    """Resolve a name that the entity stage missed: to a listed name with its end, or to itself."""
    if mention.type is not MentionType.PROPER or _is_common_noun(model, mention):
        return None
    start = _name_start(mention)
    name = _printed_name(model, mention)
    last = name.split()[-1]
    # `One said`
    if name.lower() in INDEFINITES:
        return UNRESOLVED
    # `Lee`, `Ann`: of an actor Ann Lee.
    for index in model.namesakes(last):
        words = model.actors[index].canonical.split()
        if words[-1:] == [last] or (len(words) > 1 and words[0] == name):
            return model.resolution(index, 0.8)
    return UNRESOLVED if _is_plural(mention, start, last) else Resolution(name, 0.6)


def _is_common_noun(model: DiscourseModel, mention: NounPhrase) -> bool:
    """Return True for a noun in capitals, which later passes read.

    `the Russian President`: nothing but the nationality is a name; `the Democrat`: a party member.
    """
    if mention.head not in PERSON_NOUNS:
        return False
    if mention.first_word == "the" and mention.head in PARTY_MEMBERS:
        return True
    sentence, last = mention.sentence, mention.end_token - 1
    names = model.between(sentence.starts[last], sentence.ends[last])
    return all(model.label(name) is EntityLabel.NORP for name in names)


def _name_at_end(model: DiscourseModel, mention: NounPhrase) -> NamedMention | None:
    """Return the first name that reaches the end of a phrase, a possessive's `s` apart."""
    end = mention.end
    return next((name for name in model.inside(mention) if name.end >= end - 1), None)


def _resolve_family_name(model: DiscourseModel, name: str) -> Resolution:
    """Return the person whose family name is also a nationality: German, French."""
    for index in model.namesakes(name.rpartition(" ")[2]):
        if model.is_person(index) and model.actors[index].canonical.endswith(f" {name}"):
            return model.resolution(index, 0.7)
    return UNRESOLVED


def _fullest_name(model: DiscourseModel, actor: Actor, mention: NounPhrase) -> str:
    """Return the name of an actor, or the only longer name of an organisation that contains it.

    `the Bank`, `Norland Steel`: Lake Bank, Norland Steel Works.
    """
    name = actor.canonical
    # `the Duma` may be tagged as a place.
    is_definite_word = mention.first_word == "the" and " " not in name
    if name.isupper() or (actor.label is not EntityLabel.ORG and not is_definite_word):
        return name
    longer = _longer_names(model, name)
    return longer.pop() if len(longer) == 1 else name


def _longer_names(model: DiscourseModel, name: str) -> set[str]:
    """Return the names of organisations that begin or end with a name."""
    words = name.split()
    namesakes = [*model.namesakes(words[0]), *model.namesakes(words[-1])] if words else []
    organisations = [
        model.actors[index].canonical
        for index in namesakes
        if model.actors[index].label is EntityLabel.ORG
    ]
    return {
        longer
        for longer in organisations
        if longer.endswith(f" {name}") or longer.startswith(f"{name} ")
    }


def _name_start(mention: NounPhrase) -> int:
    """Return the token at which the capital words at the end of a phrase begin."""
    sentence, start = mention.sentence, mention.end_token - 1
    while start > mention.start_token and (
        sentence.kinds[start - 1] is CAPITAL or sentence.words[start - 1] == "."
    ):
        start -= 1
    return start


def _printed_name(model: DiscourseModel, mention: NounPhrase) -> str:
    """Return the capital words at the end of a phrase."""
    return model.text.full[mention.sentence.starts[_name_start(mention)] : mention.end]


def _is_plural(mention: NounPhrase, start: int, last: str) -> bool:
    """Return True for a capital word that denotes many people: `Republicans said`."""
    if start != mention.start_token or mention.end_token - start != 1:
        return False
    # First in its clause any word has a capital: `Officials said`.
    is_first = start == 0 or mention.sentence.kinds[start - 1] is PUNCTUATION
    return last.endswith(_PLURAL_ENDINGS) or (is_first and last.endswith("s"))
