"""The speaker of the lead, to whom a quotation belongs that nothing else attributes."""

import pytest

from worker.model import Entity, EntityLabel, Span
from worker.parse.entity_registry import Actor, Gender, Registry
from worker.parse.quotes.coreference.discourse import UNRESOLVED, DiscourseModel
from worker.parse.quotes.coreference.resolver import SpeakerResolver
from worker.parse.quotes.text_sentences import TextSentences
from worker.parse.text import WireText

ROE, MOE = "Kim Roe", "Pat Moe"
"""People whose names do not tell their gender."""


def discourse(copy):
    text = WireText(copy)
    actors = tuple(actor(copy, name) for name in (ROE, MOE) if name in copy)
    return DiscourseModel(text, Registry(actors=actors), TextSentences(text).runs, None, {})


def actor(copy, name):
    start = copy.index(name)
    mention = Entity(span=Span(start, start + len(name)), label=EntityLabel.PERSON, canonical=name)
    return Actor(canonical=name, label=EntityLabel.PERSON, mentions=(mention,))


@pytest.mark.parametrize(
    "after",
    [
        "Pat Moe was at the port. He said it would not.",
        "Pat Moe was at the port.\n\nShe said it would not.",
        "According to Pat Moe, it would not. He told reporters that it was thin.",
    ],
)
def test_sources_after_the_speaker_of_the_lead_are_not_resolved(after):
    """`He said` would tell Moe's gender, and so count for every mention of Moe before."""
    model = discourse(f'{ROE} said the ice would hold. {after}\n\n"It holds trucks."')

    speaker = SpeakerResolver(model).lead_speaker(is_alone=True)

    assert (speaker.name, model.gender(1)) == (ROE, Gender.UNKNOWN)


@pytest.mark.parametrize(
    ("before", "gender"),
    [
        ("Kim Roe was at the port. He said it would open.", Gender.MALE),
        ("Kim Roe was at the port. She said it would open.", Gender.FEMALE),
    ],
)
def test_sources_up_to_the_speaker_of_the_lead_are_resolved(before, gender):
    model = discourse(f'{before} {MOE} said the ice would hold.\n\n"It holds trucks."')

    SpeakerResolver(model).lead_speaker(is_alone=True)

    assert model.gender(0) is gender


@pytest.mark.parametrize(
    "lead",
    ["The port is closed.", "Officials said the ice would hold.", "Kim Roe was at the port."],
)
def test_a_lead_in_which_nobody_speaks_has_no_speaker(lead):
    model = discourse(f'{lead}\n\n"It holds trucks."')

    assert SpeakerResolver(model).lead_speaker(is_alone=True) == UNRESOLVED
