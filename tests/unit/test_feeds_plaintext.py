"""plain_text: paragraphs from markup and from typewritten text."""

import time

import pytest

from worker.feeds.html_to_text import is_html, plain_line, plain_text

WRAPPED = """PORT VALE, January 12. /TASS/. The ferry Morning Star ran aground off
Cape Ivory early on Monday, the harbour office said, and all of its forty
passengers were taken ashore."""


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One.</p><p>Two.</p>", "One.\n\nTwo."),
        ("<p>One.<p>Two.", "One.\n\nTwo."),
        ("One.<br><br/>Two.<br />Three.", "One.\n\nTwo.\nThree."),
        ("<div>One.</div><ul><li>a</li><li>b</li></ul>Two.", "One.\n\na\n\nb\n\nTwo."),
        (
            "<p>A <b>b</b>old w<i>or</i>d,\n wrapped\n  in source.</p>",
            "A bold word, wrapped in source.",
        ),
        (
            "<p>Fish&nbsp;&amp;&#160;chips &#8212; &laquo;x&raquo; &lt;b&gt;</p>",
            "Fish & chips — «x» <b>",
        ),
        ("<script>var a = '<p>x</p>';</script><style>p{}</style>y", "y"),
        ("a<!-- <p>hidden</p> -->b<!doctype x><?php x?>", "ab"),
        ("<p>never closed <!-- here</p><p>Two.</p>", "never closed\n\nTwo."),
        ("x<script>never closed", "x"),
        ("<![CDATA[<p>One.</p>]]>", "One."),
        ('<a href="x?a>b" title="&quot;">link</a> text', "link text"),
        ('<p title="never closed>One.</p><p>Two.</p>', "One.\n\nTwo."),
        ("<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>", "1 2\n\n3"),
        ("<q>Yes</q>, she said", "“Yes”, she said"),
        ("<o:p></o:p><media:x/>word<custom-tag>s</custom-tag>", "words"),
        ("Shares <GAZP.MM> fell<br>a < b", "Shares <GAZP.MM> fell\na < b"),
        ("<P>Cut in a <a hre", "Cut in a <a hre"),
        ("&#99999999999;&#xD800;&#0;x<br>", "\ufffd\ufffd\ufffdx"),
        ("", ""),
    ],
)
def test_markup_becomes_paragraphs(markup, text):
    assert plain_text(markup, html=True) == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("One.\n\nTwo.", "One.\n\nTwo."),
        ("One.\r\n\r\n\r\n \t\r\nTwo.  \n", "One.\n\nTwo."),
        (WRAPPED, WRAPPED.replace("\n", " ")),
        (WRAPPED + "\n\n" + WRAPPED, "\n\n".join([WRAPPED.replace("\n", " ")] * 2)),
        ("Milk\nBread\nEggs", "Milk\nBread\nEggs"),
        (
            "Results of the regional vote, by district:\nPort Vale 41\nCape Ivory 38",
            "Results of the regional vote, by district:\nPort Vale 41\nCape Ivory 38",
        ),
        (
            "The harbour office said that the ferry was safe.\nThe owner said nothing.",
            "The harbour office said that the ferry was safe.\nThe owner said nothing.",
        ),
        ("a\x00b\x07c\u200b\ufeff\u202ed\xad", "abcd"),
        ("\ud83d\ude00 \ud83d x", "😀 \ufffd x"),
        ("5 < 6 & 7 > 2; AT&T", "5 < 6 & 7 > 2; AT&T"),
        ("Shares <GAZP.MM> fell", "Shares <GAZP.MM> fell"),
    ],
)
def test_plain_text_is_kept_and_only_typewriter_lines_are_joined(written, text):
    assert plain_text(written) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>x", True),
        ("x<br/>", True),
        ("a &amp; b", True),
        ("&#8212;", True),
        ("a & b; c", False),
        ("1 < 2 > 0", False),
        ("<GAZP.MM>", False),
        ("<Ivan> wrote", False),
        ("", False),
    ],
)
def test_html_is_known_by_its_tags_and_entities(text, expected):
    assert is_html(text) is expected


def test_a_headline_is_one_line():
    assert (
        plain_line("<b>Ferry</b>\n aground<br>off &quot;Cape&quot;") == 'Ferry aground off "Cape"'
    )


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a",
        '<a "',
        "<a '>",
        "<!--",
        "<![CDATA[",
        "</",
        "<svg>",
        "<title>",
        "&#",
        "&a",
        " \n",
        "<p>",
    ],
)
def test_hostile_text_takes_linear_time(piece):
    def cost_s(size):
        begun = time.process_time()
        plain_text(piece * (size // len(piece)), html=True)
        return time.process_time() - begun

    cost_s(10_000)
    assert cost_s(400_000) < 40 * max(cost_s(40_000), 0.01)
