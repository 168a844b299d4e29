"""Statements: what people and organisations say, in direct, mixed and indirect speech.

`find_statements` leads a text through these steps:

1. `models` finds the words that attribute, and where the content of each begins and ends;
2. `sources` chooses the noun phrase that each content is attributed to, and `continuation` adds
   sentences that carry on a report;
3. `grouping` joins the quotations of a cue and decides which are part of a mixed statement;
4. the resolver of the quote stage resolves each source to the name of a speaker.
"""

from collections.abc import Iterator, Sequence

from worker.model import Dateline, Quote, Span, Statement, StatementKind
from worker.parse.entity_registry import Registry
from worker.parse.quotes.coreference.discourse import UNRESOLVED, DiscourseModel, Resolution
from worker.parse.quotes.coreference.indefinites import is_unnamed_source
from worker.parse.quotes.coreference.resolver import SpeakerResolver
from worker.parse.quotes.quotation_marks import QuotedRun
from worker.parse.quotes.syntax import MentionType
from worker.parse.quotes.text_sentences import TextSentences
from worker.parse.statements.drafts import Draft
from worker.parse.statements.grouping import Passage, group_passages
from worker.parse.statements.reading import find_drafts
from worker.parse.text import WireText

__all__ = ["find_all_statements", "find_statements"]


def find_statements(
    text: WireText, registry: Registry, dateline: Dateline | None, quotes: Sequence[Quote]
) -> tuple[Statement, ...]:
    """Return the statements of a text in order; `quotes` are its quotations.

    >>> text = WireText("The plan is safe, Ann Lee said.")
    >>> [statement] = find_statements(text, Registry(), None, ())
    >>> str(statement.kind), statement.contents[0].of(text.full), statement.speaker
    ('indirect', 'The plan is safe', 'Ann Lee')
    """
    return find_all_statements([TextSentences(text)], [registry], [dateline], [quotes])[0]


def find_all_statements(
    texts: Sequence[TextSentences],
    registries: Sequence[Registry],
    datelines: Sequence[Dateline | None],
    quotes: Sequence[Sequence[Quote]],
) -> list[tuple[Statement, ...]]:
    """Return the statements of each text; the models read the sentences of all together."""
    drafts = find_drafts(texts, datelines)
    return [
        tuple(_resolve_speakers(sentences, registry, dateline, group_passages(own, marked)))
        for sentences, registry, dateline, own, marked in zip(
            texts, registries, datelines, drafts, quotes, strict=True
        )
    ]


def _resolve_speakers(
    sentences: TextSentences,
    registry: Registry,
    dateline: Dateline | None,
    passages: Sequence[Passage],
) -> Iterator[Statement]:
    """Yield the statements of a text in order, each with its speaker.

    A speaker is recorded in the discourse model before the next statement is read.
    """
    # Quotations have their speakers already: without a report no discourse model is needed.
    if all(passage.draft is None for passage in passages):
        yield from (_direct_statement(passage.quotes) for passage in passages)
        return
    text = sentences.text
    paragraphs = {index: sentences.paragraph(index) for index in range(len(text.paragraphs))}
    model = DiscourseModel(
        text,
        registry,
        sentences.runs,
        dateline,
        paragraphs,
        descriptions=sentences.descriptions,
    )
    resolver = SpeakerResolver(model, weighs_all=False)
    known = {quote.source: quote for passage in passages for quote in passage.quotes}
    names: dict[str, Resolution] = {}
    for passage in passages:
        if passage.draft is None:
            first = passage.quotes[0]
            resolution = Resolution(first.speaker, first.confidence)
            yield _direct_statement(passage.quotes)
        else:
            quote = known.get(passage.draft.source.span) if passage.draft.source else None
            resolution = _resolve(resolver, passage.draft, quote, names)
            yield _reported_statement(text.full, passage, resolution)
        _record(model, passage, resolution)


def _resolve(
    resolver: SpeakerResolver, draft: Draft, quote: Quote | None, names: dict[str, Resolution]
) -> Resolution:
    """Return the speaker of a draft; `quote` is a quotation with the same source.

    `names` keeps the resolutions of names, which mean the same wherever they stand.
    """
    source = draft.source
    if quote is not None and quote.speaker:
        return Resolution(quote.speaker, quote.confidence)
    if source is None:
        return UNRESOLVED
    if source.type is not MentionType.PROPER:
        return resolver.resolve(source)
    name = " ".join(source.words)
    if name not in names:
        names[name] = resolver.resolve(source)
    return names[name]


def _record(model: DiscourseModel, passage: Passage, speaker: Resolution) -> None:
    start = passage.start
    run = QuotedRun(start, start, model.text.paragraph_index(start), 0)
    mention = passage.draft.source if passage.draft else None
    model.record_speaker(speaker, run, is_unnamed=is_unnamed_source(mention, speaker))


def _direct_statement(quotes: Sequence[Quote]) -> Statement:
    first = quotes[0]
    return Statement(
        kind=StatementKind.DIRECT,
        contents=tuple(quote.contents for quote in quotes),
        cue=first.cue,
        source=first.source,
        speaker=first.speaker,
        confidence=first.confidence,
    )


def _reported_statement(full: str, passage: Passage, speaker: Resolution) -> Statement:
    draft = passage.draft
    assert draft is not None
    confidence = speaker.confidence * draft.likelihood if speaker.name else 0.0
    return Statement(
        kind=StatementKind.MIXED if passage.quotes else StatementKind.INDIRECT,
        contents=tuple(_with_sign(full, content) for content in draft.contents),
        cue=draft.cue,
        source=draft.source.span if draft.source else None,
        speaker=speaker.name,
        confidence=round(confidence, 3),
    )


def _with_sign(full: str, content: Span) -> Span:
    """`Trade grew by 4%, the ministry said`: return a content with its sign, which is no token."""
    end = content.end
    return Span(content.start, end + 1) if full[end : end + 1] == "%" else content
