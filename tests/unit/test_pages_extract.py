"""What is taken for the article in a page, by the layouts that news sites have."""

import json

import pytest

from worker.pages.extract import read_page

LEAD = (
    "OSTROV, January 12. /TASS/. The bridge over the Velikaya was opened on Monday, "
    "the press service of the regional ministry reported."
)
REST = (
    '"We are glad that the work is done at last," engineer Ivan Petrov said in a statement.',
    "It has four lanes and two tracks, and cost less than the city council had expected.",
    "According to him, the first train is to cross it in March, and cars after the winter.",
)
TEXT = (LEAD, *REST)
MENU = '<div class="menu"><a href="/a">World</a><a href="/b">Economy</a></div>'
RELATED = (
    '<div class="related"><h3>Read also</h3><ul>'
    '<li><a href="/1">Another story of the day that is long enough to be one</a></li>'
    '<li><a href="/2">One more story about other things altogether and others</a></li></ul></div>'
    "<footer>All rights reserved by whoever has them</footer>"
)


def tagged(tag, texts=TEXT):
    return "".join(f"<{tag}>{text}</{tag}>" for text in texts)


def read(inside, head="<title>Bridge opened | News</title>"):
    html = f"<html><head>{head}</head><body>{MENU}{inside}{RELATED}</body></html>"
    return read_page(html.encode(), "text/html; charset=utf-8")


@pytest.mark.parametrize(
    "inside",
    [
        f"<article><h1>Bridge opened</h1>{tagged('p')}</article>",
        (
            '<div class="header"><div class="date">12 Jan, 10:00</div><h1>Bridge opened</h1></div>'
            f'<div class="text-content"><div class="text-block">{tagged("p")}</div></div>'
        ),
        f'<h1>Bridge opened</h1><div class="article-body">{tagged("div")}</div>',
        f'<h1>Bridge opened</h1><div id="text">{"<br><br>".join(TEXT)}</div>',
        (
            "<article><h1>Bridge opened</h1><p><strong>OSTROV, January 12. /TASS/.</strong>"
            f"{LEAD.partition('/TASS/.')[2]}</p>{tagged('p', REST)}</article>"
        ),
        (
            f"<article><h1>Bridge opened</h1><p>{LEAD}</p><blockquote><p>{REST[0]}</p></blockquote>"
            f"{tagged('p', REST[1:])}</article>"
        ),
    ],
    ids=["article", "blocks", "divs", "breaks", "strong dateline", "blockquote"],
)
def test_the_article_is_read_and_not_what_stands_around_it(inside):
    page = read(inside)

    found = page.paragraphs[page.paragraphs[0] == "Bridge opened" :]
    assert (page.title, found) == ("Bridge opened", TEXT)


def test_a_short_article_is_one():
    page = read(f"<h1>Bridge opened</h1><article><p>{LEAD}</p></article>")

    assert page.paragraphs == (LEAD,)


def test_an_article_that_only_a_script_would_show_is_read_from_its_metadata():
    said = json.dumps({"@type": "NewsArticle", "headline": "B", "articleBody": " ".join(TEXT)})
    script = f'<script type="application/ld+json">{said}</script>'

    page = read_page(f"<html><head>{script}</head><body></body></html>".encode(), "text/html")

    assert page.paragraphs == (" ".join(TEXT),)


@pytest.mark.parametrize(
    ("inside", "head", "title"),
    [
        ("<h1>Bridge\n opened</h1>", "<title>News</title>", "Bridge opened"),
        ("<h1>A</h1><h1>B</h1>", '<meta property="og:title" content="Bridge">', "Bridge"),
        ("<h1>A</h1><h1>B</h1>", "<title>Bridge &amp; river</title>", "Bridge & river"),
        ("<h1> </h1>", "<title>Bridge</title>", "Bridge"),
        ("", "", ""),
    ],
)
def test_the_title_is_the_one_heading_or_what_the_page_calls_itself(inside, head, title):
    assert read(inside, head).title == title


@pytest.mark.parametrize(
    ("content", "published"),
    [
        ("2026-01-12T10:00:00Z", "2026-01-12T10:00:00+00:00"),
        ("2026-01-12T10:00:00+03:00", "2026-01-12T10:00:00+03:00"),
        ("2026-01-12", "2026-01-12T00:00:00+00:00"),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_date_is_the_one_that_the_page_says_of_itself(content, published):
    page = read("", f'<meta property="article:published_time" content="{content}">')

    assert (page.published and page.published.isoformat()) == published
