"""Copies of forty invented items as other feeds carry them, and near misses."""

import textwrap
import tomllib
from pathlib import Path

import pytest

from worker.model import Life, NewsItem, ParsedItem, Signal
from worker.model.publishing import DuplicateCandidate
from worker.parse import annotate_all
from worker.story.boilerplate import body_words
from worker.story.fingerprint import find_original, make_signature

CASES = Path(__file__).parents[1] / "cases" / "duplicates.toml"
ITEMS = tomllib.loads(CASES.read_text(encoding="utf-8"))["item"]
AGENCY = "https://agency.example/rss"
PAPER = "https://paper.example/rss"


def rewritten(case, body):
    for old, new in case["rewrites"]:
        body = body.replace(old, new)
    return body


def cut(body, part):
    """The first paragraphs, up to about this part of the words."""
    paragraphs = body.split("\n\n")
    words = len(body.split())
    kept = []
    for paragraph in paragraphs:
        kept.append(paragraph)
        if len(" ".join(kept).split()) >= part * words:
            break
    return "\n\n".join(kept)


def set_in_type(body):
    marks = iter("“”" * 50)
    return "".join(next(marks) if letter == '"' else letter for letter in body).replace("'", "’")


def credited(body):
    return (
        f"By Jo Berg, Staff Writer\n\n{body}\n\n(Reporting by Ina Holm; Editing by Jo Berg)\n\n"
        "This story was originally published by our partner.\n\n"
        "© 2026 The Paper. All rights reserved."
    )


def wrapped(body):
    return "\n\n".join(textwrap.fill(one, 48) for one in body.split("\n\n")) + "\n\n-0-"


COPIES = {
    "same words": lambda case, body: body,
    "cut to two thirds": lambda case, body: cut(body, 0.66),
    "cut to a third": lambda case, body: cut(body, 0.33),
    "credited": lambda case, body: credited(body),
    "rewritten": rewritten,
    "wrapped": lambda case, body: wrapped(body),
    "set in type": lambda case, body: set_in_type(body),
    "without its dateline": lambda case, body: body.partition(" - ")[2] or body,
    "all but cut": lambda case, body: credited(wrapped(set_in_type(rewritten(case, body)))),
    "cut and rewritten": lambda case, body: credited(cut(rewritten(case, body), 0.66)),
}


def item(uri, headline, body, **said):
    return NewsItem(uri=uri, version="1", headline=headline, body_text=body.strip(), **said)


def original(number, case):
    said = {"source": AGENCY, "slugline": case.get("slug", "")}
    return item(f"urn:first:{number}", case["headline"], case["body"], **said)


def near_miss(number, case):
    body, near = case["body"].strip(), case["near"].strip()
    if case["kind"] == "follow-up":
        near = "\n\n".join([near, *body.split("\n\n")[-case["background"] :]])
    if case["kind"] == "update":
        old = body.split("\n\n", 1)[1]
        near = f"{near}\n\n{old}"
    said = {"source": AGENCY if case["kind"] == "update" else PAPER}
    said["slugline"] = case.get("slug", "")
    return item(f"urn:near:{number}", case["headline"], near, **said)


@pytest.fixture(scope="module")
def signed():
    """Signatures by name: first, near and the names of copies."""
    texts = [(("first", n), original(n, case)) for n, case in enumerate(ITEMS)]
    texts += [(("near", n), near_miss(n, case)) for n, case in enumerate(ITEMS)]
    for name, make in COPIES.items():
        for number, case in enumerate(ITEMS):
            body = make(case, case["body"].strip())
            texts.append(((name, number), item(f"urn:{name}:{number}", "Else", body, source=PAPER)))
    parsed = annotate_all([one for _, one in texts])
    return {key: make_signature(one) for (key, _), one in zip(texts, parsed, strict=True)}


def firsts_of(signed, later):
    """What the item is taken for, among all forty that share a band with it."""
    firsts = [signed["first", number] for number in range(len(ITEMS))]
    met = [
        DuplicateCandidate(likeness=first.likeness)
        for first in firsts
        if not set(first.bands).isdisjoint(later.bands)
    ]
    found = find_original(later, met)
    return found and int(found.likeness.uri.rpartition(":")[2])


NOT_FOUND = {("cut to a third", 11), ("cut and rewritten", 33)}
"""What is left of them shares no band with the whole."""


def test_copies_are_found_and_near_misses_are_none(signed):
    """Precision 1.0 and recall 0.995 on these pairs; docs/data-model.md says so."""
    missed = {
        (name, number)
        for name in COPIES
        for number in range(len(ITEMS))
        if firsts_of(signed, signed[name, number]) != number
    }
    wrong = [
        case["headline"]
        for number, case in enumerate(ITEMS)
        if firsts_of(signed, signed["near", number]) is not None
    ]
    assert (missed, wrong, len(COPIES) * len(ITEMS)) == (NOT_FOUND, [], 400)


def test_no_first_is_taken_for_a_copy_of_another(signed):
    found = []
    for number in range(len(ITEMS)):
        own = signed["first", number]
        others = [
            DuplicateCandidate(likeness=signed["first", other].likeness)
            for other in range(len(ITEMS))
            if other != number
        ]
        found.append(find_original(own, others))
    assert set(found) == {None}


def test_a_whole_text_after_a_cut_one_is_a_first(signed):
    for number in range(len(ITEMS)):
        cut_first = DuplicateCandidate(likeness=signed["cut to a third", number].likeness)
        assert find_original(signed["first", number], [cut_first]) is None


# one agency's next telling


def told(body, **said):
    of_life = [name for name in ("slug", "item_number", "signal") if name in said]
    life = Life(**{name: said.pop(name) for name in of_life})
    agency = said.pop("agency", "AP")
    uri = said.pop("uri", "urn:x")
    one = NewsItem(uri=uri, version="1", body_text=body, infosource=agency, **said)
    return make_signature(ParsedItem(item=one, life=life))


def is_copy(later, first):
    return find_original(later, [DuplicateCandidate(likeness=first.likeness)]) is not None


WORDS = [f"w{number}" for number in range(200)]
WHOLE = " ".join(WORDS)
GROWN = " ".join([*WORDS, *(f"n{number}" for number in range(20))])
CHANGED = " ".join([*WORDS[:180], *(f"n{number}" for number in range(20))])
SAME_SLUG = {"slug": "EU--Ferry"}


@pytest.mark.parametrize(
    ("first", "later", "said", "copied"),
    [
        (WHOLE, WHOLE, {}, True),
        (WHOLE, GROWN, {}, True),
        (WHOLE, CHANGED, {}, True),
        (WHOLE, GROWN, SAME_SLUG, False),
        (WHOLE, CHANGED, SAME_SLUG, True),
        (GROWN, WHOLE, SAME_SLUG, True),
    ],
)
def test_a_running_story_is_told_by_its_slug_and_its_growth(first, later, said, copied):
    one = told(first, source="a", **said)
    assert is_copy(told(later, source="b", uri="urn:y", **said), one) is copied


@pytest.mark.parametrize(
    ("later", "said", "copied"),
    [
        (WHOLE, {"source": "a"}, True),
        (CHANGED, {"source": "a"}, False),
        (GROWN, {"source": "a"}, False),
        (CHANGED, {"source": "a", "agency": "AFP"}, True),
        (WHOLE, {"source": "b", "item_number": "a0002"}, True),
        (CHANGED, {"source": "b", "item_number": "a0002"}, False),
        (CHANGED, {"source": "b", "item_number": "a0001"}, True),
        (CHANGED, {"source": "b"}, True),
    ],
)
def test_what_one_sender_sends_again_is_a_copy_only_where_nothing_is_new(later, said, copied):
    first = told(WHOLE, source="a", item_number="a0001")
    assert is_copy(told(later, uri="urn:y", **said), first) is copied


def test_messages_that_name_no_sender_are_not_one_sender_s():
    assert is_copy(told(CHANGED, uri="urn:y", agency=""), told(WHOLE, agency=""))


def test_a_new_lead_on_old_background_is_a_follow_up():
    follow_up = " ".join([*(f"n{number}" for number in range(60)), *WORDS[60:]])
    new_line = " ".join([*(f"n{number}" for number in range(12)), *WORDS[12:]])
    assert not is_copy(told(follow_up, uri="urn:y"), told(WHOLE))
    assert is_copy(told(new_line, uri="urn:y"), told(WHOLE))


def test_a_text_that_is_longer_by_more_than_a_quarter_tells_more():
    added = [f"n{number}" for number in range(80)]
    assert is_copy(told(" ".join([*WORDS, *added[:45]]), uri="urn:y"), told(WHOLE))
    assert not is_copy(told(" ".join([*WORDS, *added]), uri="urn:y"), told(WHOLE))


def test_an_item_is_no_copy_of_itself():
    assert not is_copy(told(WHOLE), told(WHOLE))


def test_a_correction_is_held_against_corrections_alone():
    plain, mended = told(WHOLE), told(WHOLE, uri="urn:y", signal=Signal.CORRECTED)
    again = told(WHOLE, uri="urn:z", signal=Signal.CORRECTED)
    assert [is_copy(mended, plain), is_copy(plain, mended), is_copy(again, mended)] == [
        False,
        False,
        True,
    ]


def test_kills_and_short_texts_are_not_compared():
    assert told(WHOLE, signal=Signal.WITHDRAWN) is None
    assert told(" ".join(WORDS[:18])) is None
    assert told(" ".join(WORDS[:19])) is not None


def test_of_several_the_one_that_holds_most_is_the_first():
    firsts = [told(WHOLE, uri="urn:a"), told(CHANGED, uri="urn:b"), told(CHANGED, uri="urn:c")]
    found = find_original(
        told(CHANGED), [DuplicateCandidate(likeness=one.likeness) for one in firsts]
    )
    assert found is not None
    assert found.likeness.uri == "urn:b"


# what is left out


@pytest.mark.parametrize(
    "paragraph",
    [
        "(Reporting by Ina Holm; Editing by Jo Berg)",
        "Additional reporting by Jo Berg in Oslo",
        "With reporting from Oslo by Jo Berg",
        "By Ina Holm, Staff Writer",
        "Source: Norsk Wire",
        "Read more: Ferry runs aground",
        "© 2026 Norsk Wire. All rights reserved.",
        "Copyright 2026 Norsk Wire",
        "(c) 2026 Norsk Wire",
        "This material may not be published, broadcast or rewritten.",
        "This story was originally published by Norsk Wire.",
        "Except for the headline, this story has not been edited by our staff.",
        "-0-",
        "(END)",
        "-30-",
        "* * *",
        "MORE",
    ],
)
def test_furniture_is_left_out(paragraph):
    one = NewsItem(uri="urn:x", version="1", body_text=f"All is calm.\n\n{paragraph}")
    assert body_words(one) == ["all", "is", "calm"]


@pytest.mark.parametrize(
    "paragraph",
    [
        "Reporting earnings, the bank said that it had a good year.",
        "By noon the streets were dry. Shops opened at two.",
        "The source of the fire is not known.",
        "This story is not over, he said.",
        "Copyrighted songs were played.",
        "More people came.",
        "Sources said so.",
    ],
)
def test_sentences_that_only_begin_like_furniture_are_kept(paragraph):
    one = NewsItem(uri="urn:x", version="1", body_text=paragraph)
    assert len(body_words(one)) >= 3


def test_scripts_without_spaces_are_compared_by_characters():
    one = NewsItem(uri="urn:x", version="1", body_text="渡轮在港口搁浅 all safe")
    assert body_words(one) == [*"渡轮在港口搁浅", "all", "safe"]
