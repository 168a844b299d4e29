"""Learn which actor a mention refers to, and write worker/parse/data/speaker_antecedents.tsv.

    python training/quotes/learn_antecedents.py

The mentions that speak in the items of `copy` and `measure` teach, and with less worth the other
pronouns and common nouns of `copy`'s chains. The answer of the rules is a feature: the prior trusts
it, and the items say where not to. An earlier mention is resolved by the table that stands, so a
table is learnt twice to follow a change of features.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from training.quotes.items import (
    COPY,
    HELD_OUT,
    MEASURE,
    Item,
    Json,
    is_speaker,
    overlap,
    read_items,
    span_of,
)
from training.quotes.learn_ranking import write_table
from training.quotes.loglinear import Group, Weights, fit
from worker.parse.quotes.attribution.contexts import QuoteContext
from worker.parse.quotes.attribution.ranking import best_source, rank_sources
from worker.parse.quotes.coreference.discourse import UNRESOLVED, DiscourseModel, Resolution
from worker.parse.quotes.coreference.ranking import Antecedent
from worker.parse.quotes.coreference.resolver import SpeakerResolver
from worker.parse.quotes.noun_phrases import NounPhrase
from worker.parse.quotes.quotation_marks import QuotedRun
from worker.parse.quotes.syntax import MentionType
from worker.parse.quotes.text_sentences import TextSentences

TABLE = Path(__file__).parents[2] / "worker" / "parse" / "data" / "speaker_antecedents.tsv"
HEAD = """\
# Weights of the ranking of antecedents (worker/parse/quotes/coreference/ranking.py): feature,
# weight. Source: learnt on training/quotes/copy and training/quotes/measure, written for this
# project. Built by training/quotes/learn_antecedents.py.
# Licence: as this project.
"""
KINDS = "he she it they name person noun organisation document people".split()
PRIOR = {f"{kind} {rule}": 2.0 for kind in KINDS for rule in ("rule", "nil rule", "own")}
PRIOR |= {f"document nil rule {opening}": 3.0 for opening in ("the", "the new")}

MEASURE_WORTH = 1.0
"""The rules were written with the errors on `measure` in sight, so it praises them too much."""
CHAIN_WORTH = 0.3
"""Of a mention that does not speak."""
CLEAR_SCORE = 1.5
"""Where the gold has no mention, the likeliest source is taken from this score."""


def read_speaking(item: Item) -> Iterator[Group]:
    """The mentions of an item that speak; the speakers before them are those of the gold."""
    sentences, gold = item.sentences(), item.gold()
    contexts = item.contexts(sentences)
    resolver = _resolver(item, sentences)
    for context in contexts:
        quote = item.gold_of(context, gold)
        if quote is None:
            continue
        mention = _find_mention(context, quote, sentences.text.full)
        if mention is not None:
            candidates, _ = resolver.find_antecedents(mention)
            worth = 1.0 if "mention" in quote else MEASURE_WORTH
            yield from _group(resolver, candidates, quote, worth)
            resolver.settle(mention, _answer(resolver.model, quote))
        _record(resolver, context.run, quote)


def read_chains(item: Item) -> Iterator[Group]:
    """The pronouns and common nouns of an item's chains."""
    sentences, gold = item.sentences(), item.gold()
    resolver = _resolver(item, sentences)
    events: list[tuple[int, NounPhrase | QuotedRun, Json]] = [
        (context.run.start, context.run, quote)
        for context in item.contexts(sentences)
        if (quote := item.gold_of(context, gold))
    ]
    events += [(phrase.start, phrase, chain) for phrase, chain in _find_chained(item, sentences)]
    for _, part, row in sorted(events, key=lambda event: event[0]):
        if isinstance(part, QuotedRun):
            _record(resolver, part, row)
        else:
            candidates, _ = resolver.find_antecedents(part)
            yield from _group(resolver, candidates, row, CHAIN_WORTH)
            resolver.settle(part, _answer(resolver.model, row))


def _find_chained(item: Item, sentences: TextSentences) -> Iterator[tuple[NounPhrase, Json]]:
    """Yield the phrases that are a mention of a chain and no name, each with its chain's name."""
    ends = {one["end"]: chain for chain in item.chains for one in chain["mentions"]}
    seen: set[int] = set()
    for index in range(len(sentences.text.paragraphs)):
        paragraph = sentences.paragraph(index)
        for number in range(len(paragraph.sentences)):
            for phrase in paragraph.phrases(number):
                end = phrase.sentence.ends[phrase.end_token - 1]
                chain = ends.get(end) or ends.get(phrase.span.end)
                is_name = phrase.type in (MentionType.PROPER, MentionType.I_OR_YOU)
                if chain and not is_name and phrase.start not in seen:
                    seen.add(phrase.start)
                    speaker = None if chain["label"] == "other" else chain["name"]
                    yield phrase, {"speaker": speaker}


def _resolver(item: Item, sentences: TextSentences) -> SpeakerResolver:
    """The resolver of an item, with no speakers so far."""
    paragraphs = {index: sentences.paragraph(index) for index in range(len(item.text.paragraphs))}
    return SpeakerResolver(
        DiscourseModel(item.text, item.registry, sentences.runs, item.dateline, paragraphs)
    )


def _find_mention(context: QuoteContext, quote: Json, full: str) -> NounPhrase | None:
    """The phrase of the gold's mention; without that, the likeliest source of a clear score."""
    if "mention" in quote:
        mention = span_of(quote["mention"])
        nearby = [context.phrases, *context.earlier_phrases]
        phrases = (phrase for group in nearby for phrase in group)
        return next((p for p in phrases if overlap((p.span.start, p.span.end), mention)), None)
    best = best_source(rank_sources(full, context))
    is_name = best.phrase is not None and best.phrase.type is MentionType.PROPER
    if best.score < CLEAR_SCORE or quote["kind"] == "none" or (quote["kind"] == "name") > is_name:
        return None
    return best.phrase


def _group(
    resolver: SpeakerResolver, candidates: list[Antecedent], quote: Json, worth: float
) -> Iterator[Group]:
    """Yield an example where one of the candidates is the speaker."""
    model = resolver.model
    right = [
        is_speaker(model.full_name(one.actor) if one.actor is not None else one.name, quote)
        for one in candidates
    ]
    if any(right):
        yield Group([one.features for one in candidates], right, worth)


def _answer(model: DiscourseModel, quote: Json) -> Resolution:
    """The gold speaker as the resolver would give it."""
    if not quote["speaker"]:
        return UNRESOLVED
    for index in range(len(model.actors)):
        if is_speaker(model.full_name(index), quote):
            return model.resolution(index, 1.0)
    return Resolution(quote["speaker"], 1.0)


def _record(resolver: SpeakerResolver, run: QuotedRun, quote: Json) -> None:
    answer = _answer(resolver.model, quote)
    resolver.model.record_speaker(answer, run, is_unnamed=not quote["speaker"])


def learn(items: list[Item], teaches: Callable[[Item], bool]) -> Weights:
    """The weights that the items that teach give."""
    taught = [item for item in items if teaches(item)]
    groups = [group for item in taught for group in read_speaking(item)]
    groups += [group for item in taught for group in read_chains(item)]
    return fit(groups, prior=PRIOR)


def main() -> None:
    """Write the table."""
    items = [*read_items("copy", COPY), *read_items("measure", MEASURE)]
    write_table(TABLE, HEAD, learn(items, lambda item: item.fold != HELD_OUT))


if __name__ == "__main__":
    main()
