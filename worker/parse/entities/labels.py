"""Labels of an item's names: what the whole item says of a name outvotes a single mention.

The passes, in order: each name gets the label that it has most often; a full name that speaks is a
person; a family name that stands alone is that person's, and lends its label to the full name; two
family names side by side are two people; the first word of a company's name is the company.
"""

import re
from collections import Counter
from collections.abc import Sequence

from worker.model import EntityLabel
from worker.parse.entities.lexicon import Lexicon
from worker.parse.entities.name_grammar import NameMention
from worker.parse.entities.sport import is_sport_report

__all__ = ["settle_labels"]

# Python 3.11 looks an enum's attribute up slowly, and these are read for every name.
_PERSON, _ORG, _GPE = EntityLabel.PERSON, EntityLabel.ORG, EntityLabel.GPE

_MISTAKEN_FAMILY_NAMES = frozenset(
    {EntityLabel.ORG, EntityLabel.GPE, EntityLabel.FAC, EntityLabel.LOC, EntityLabel.PRODUCT}
)
"""Labels under which a family name that stands alone is mistaken for another thing."""

_MISTAKEN_COMPANIES = frozenset({EntityLabel.PERSON, EntityLabel.GPE, EntityLabel.LOC})
_COMPANY = re.compile(
    r"\w [\w& -]*(?:Airlines|Airways|Automotive|Bank|Beverages|Capital|Chemicals|Co|Company|Corp"
    r"|Energy|Engineering|Entertainment|Financial|Foods|Gold|Group|Holdings?|Inc|Industries|Insurance"
    r"|Laboratories|Ltd|Markets|Media|Metals|Minerals|Mining|Motors?|Oil|Partners|Petroleum"
    r"|Pharma|Pharmaceuticals|Plc|Power|Rail|Resources|Securities|Shipping|Software|Steel|Stores"
    r"|Systems|Technologies|Telecom|Textiles|Trust)\b"
)
"""A company's name by its last words, which later mentions leave out."""

_VERB_AFTER = re.compile(r",?[ ](?P<word>[a-z]+)\b")

_TOWN_OR_FIRM = frozenset({EntityLabel.GPE, EntityLabel.ORG})

_OF_A_FIRM = re.compile(
    r"""
    ['’]s? [ ] (?: [a-z-]+ [ ] )?                       # Cordoba's pre-tax profit
      (?: board | chief[ ]executive | directors | earnings | profits? | shares | shareholders
        | turnover ) \b
    | [ ] [(<] [A-Z0-9]{1,5} [.] [A-Z]{1,3} [>)]         # Cordoba (CRD.L)
    | [ ] (?: plc | Plc ) \b
    | [ ] (?: posted | reported ) [ ] a [ ] (?: loss | profit ) \b
    """,
    re.VERBOSE,
)
"""Behind the name of a company."""

_IN_PLACE = re.compile(r"(?<![Ss]hares )(?<![Ss]take )\b(?:in|near|outside|at|around)[ ]\Z")
"""Before the name of a place: `a plant in Cordoba`, but `shares in Cordoba`."""

_PERSONAL_VERBS = frozenset(
    "coughed divorced frowned giggled grinned joked laughed married nodded quipped resigned retired"
    " shrugged sighed smiled testified wept winced".split()
)
"""Verbs whose subject is a person, not a place that stands for its government."""

_WORD = re.compile(r"\w+")

_LISTED_VOTES, _UNLISTED_VOTES = 3, 2
"""Votes of a mention for its label: two listed mentions count as much as three others."""


def settle_labels(
    full: str, mentions: Sequence[NameMention], lexicon: Lexicon
) -> list[NameMention]:
    """Return the mentions with the labels that the item as a whole gives them, in text order."""
    unified = _relabel_speakers(full, _unify_labels(full, mentions), lexicon)
    named = _relabel_full_names(_relabel_family_names(unified, lexicon))
    people = _split_family_names(named)
    return _relabel_short_company_names(people)


def _unify_labels(full: str, mentions: Sequence[NameMention]) -> list[NameMention]:
    """Return the mentions, each name under the label that it has most often.

    A town and the team or the company that is named for it keep their own mentions.
    """
    votes: dict[str, Counter[EntityLabel]] = {}
    for mention in mentions:
        weight = _LISTED_VOTES if mention.entry else _UNLISTED_VOTES
        votes.setdefault(mention.name, Counter())[mention.label] += weight
    disputed = {name for name, counts in votes.items() if len(counts) > 1}
    is_sport = bool(disputed) and is_sport_report(_WORD.findall(full))
    firms = _firms_named_for_places(full, mentions)
    unified = []
    for mention in mentions:
        name, label = mention.name, mention.label
        # `Boston Scientific` and `Boston`: each mention is read by the words around it.
        if name in firms and label in _TOWN_OR_FIRM:
            label = _town_or_firm(full, mention)
        # In sport `Leeds` is the team and the town; both stand.
        elif name in disputed and not (is_sport and votes[name].keys() <= _TOWN_OR_FIRM):
            label = votes[name].most_common(1)[0][0]
        unified.append(mention if label is mention.label else mention._replace(label=label))
    return unified


def _firms_named_for_places(full: str, mentions: Sequence[NameMention]) -> set[str]:
    """Return the names of places that the item uses of a company: `Cordoba's shareholders`."""
    return {
        mention.name
        for mention in mentions
        if mention.label is _GPE and not mention.entry and _OF_A_FIRM.match(full, mention.end)
    }


def _town_or_firm(full: str, mention: NameMention) -> EntityLabel:
    """Return the label of a mention of a company that bears a place's name."""
    if mention.label is _GPE and _IN_PLACE.search(full, max(0, mention.start - 9), mention.start):
        return _GPE
    return _ORG


def _relabel_family_names(mentions: Sequence[NameMention], lexicon: Lexicon) -> list[NameMention]:
    """Return the mentions; a single word that is a person's family name in the item is that person.

    `Anna Forest ... Forest said`: no place.
    """
    families = {
        mention.name.rpartition(" ")[2]
        for mention in mentions
        if mention.label is _PERSON and " " in mention.name
    }
    return [
        mention._replace(label=_PERSON, entry=None)
        if mention.name in families
        and mention.label in _MISTAKEN_FAMILY_NAMES
        and mention.name not in lexicon.entries
        else mention
        for mention in mentions
    ]


def _relabel_full_names(mentions: Sequence[NameMention]) -> list[NameMention]:
    """Return the mentions; an unknown name of two words is a person if its last word is one alone.

    `Quill Ostby keeps bees. ... Ostby laughed.`: no body, but `Bellmere Foods` stays what it is.
    """
    alone = {
        mention.name for mention in mentions if mention.label is _PERSON and " " not in mention.name
    }
    return [
        mention._replace(label=_PERSON)
        if mention.label is _ORG
        and not mention.entry
        and mention.name.istitle()
        and mention.name.count(" ") == 1
        and mention.name.partition(" ")[2] in alone
        and not _COMPANY.fullmatch(mention.name)
        else mention
        for mention in mentions
    ]


def _relabel_speakers(
    full: str, mentions: Sequence[NameMention], lexicon: Lexicon
) -> list[NameMention]:
    """Return the mentions; a place does not speak by a full name, nor resign or marry.

    `Brazil's envoy for Haiti, Paulo Neves, told reporters`: the tagger reads a list of places.
    `Halifax resigned in May.`: a family name that is also a town's.
    `The unit is safe, Marlow added.`: a body that speaks is named more than once.
    """
    times = Counter([mention.name for mention in mentions])
    people = {
        mention.name
        for mention in mentions
        if times[mention.name] == 1 and _is_lone_speaker(full, mention, lexicon)
    }
    people |= {
        mention.name
        for mention in mentions
        if mention.label is _GPE
        and not mention.entry
        and (verb := _VERB_AFTER.match(full, mention.end))
        and (
            verb["word"] in _PERSONAL_VERBS
            or (verb["word"] in lexicon.speech and _is_full_name(mention.name, lexicon))
        )
    }
    return [
        mention._replace(label=_PERSON) if mention.name in people else mention
        for mention in mentions
    ]


def _is_lone_speaker(full: str, mention: NameMention, lexicon: Lexicon) -> bool:
    """True for an unknown word read as an organisation that closes a sentence as its speaker."""
    name = mention.name
    if mention.label is not _ORG or mention.entry or not name.isalpha():
        return False
    verb = _VERB_AFTER.match(full, mention.end)
    return (
        name.istitle()
        and full.endswith(", ", 0, mention.start)
        and verb is not None
        and verb["word"] in lexicon.speech
        and full.startswith(".", verb.end())
    )


def _is_full_name(name: str, lexicon: Lexicon) -> bool:
    return " " in name and name.partition(" ")[0] in lexicon.given


def _split_family_names(mentions: Sequence[NameMention]) -> list[NameMention]:
    """Return the mentions; two family names side by side are two people.

    `After the call with Lula Macron said`: the item has named Luiz Lula and Emmanuel Macron.
    """
    names = {mention.name for mention in mentions if mention.label is _PERSON}
    families = Counter([name.rpartition(" ")[2] for name in names if " " in name])
    split: list[NameMention] = []
    for mention in mentions:
        first, _, second = mention.name.partition(" ")
        # The pair itself ends in the second name.
        is_pair = (
            mention.label is _PERSON
            and bool(families[first])
            and families[second] > 1
            and mention.end - mention.start == len(mention.name)
        )
        if is_pair:
            middle = mention.start + len(first)
            split.append(mention._replace(end=middle, name=first))
            split.append(mention._replace(start=middle + 1, name=second))
        else:
            split.append(mention)
    return split


def _relabel_short_company_names(mentions: Sequence[NameMention]) -> list[NameMention]:
    """Return the mentions; the first word of a company's name is the company: `Bellmere Foods`.

    A word that is also a person's family name, or that a list knows, stays what it is.
    """
    companies = {
        mention.name.partition(" ")[0]
        for mention in mentions
        if mention.label is _ORG and _COMPANY.search(mention.name)
    } - {mention.name.rpartition(" ")[2] for mention in mentions if " " in mention.name}
    return [
        mention._replace(label=_ORG)
        if mention.name in companies and mention.label in _MISTAKEN_COMPANIES and not mention.entry
        else mention
        for mention in mentions
    ]
