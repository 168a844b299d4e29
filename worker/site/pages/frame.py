"""The frame of every page: templates, assets and error pages.

Templates are the files `templates/*.html.j2` of the packages in `PACKAGES`; each page extends
`base.html.j2`. Text from outside is escaped, and stands in `<bdi>` where a line mixes it with the
page's own words: a headline in Arabic must not reverse the rest of its line.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final
from urllib.parse import quote, urlsplit

from jinja2 import ChoiceLoader, Environment, PackageLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from worker import __version__
from worker.archive.views import WireRow
from worker.model.digests import uri_hash
from worker.render.html.page import environment as item_environment

__all__ = [
    "asset_routes",
    "item_path",
    "page_environment",
    "render",
    "render_error",
    "row_html",
    "row_key",
    "subject_path",
    "web_link",
]

PACKAGES: Final = ("worker.site.pages", "worker.site.operations", "worker.render.html")
"""Packages with a folder `templates`; a template is taken from the first that has its name."""

STYLES: Final = ("style.css", "reading.css")
"""The parts of the style sheet, which follow the style sheet of `parse --html`."""

NAVIGATION: Final = (
    ("/", "Wire"),
    ("/search", "Search"),
    ("/day", "Day"),
    ("/feeds", "Feeds"),
    ("/dead", "Dead letters"),
    ("/service", "Service"),
)

_TYPES: Final = {"css": "text/css", "js": "text/javascript"}
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,4}")

_ERRORS: Final = {
    400: ("This request cannot be read", ""),
    403: ("Not allowed", ""),
    404: ("Nothing here", "No page has this address. Its item may have been deleted since."),
    405: ("Not possible", "This address does not accept requests of this kind."),
    410: ("Withdrawn", "A kill has withdrawn this item; its text is not sent to programs."),
    503: ("Not available now", "A server behind this page does not answer. Try again in a moment."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asset:
    content: bytes
    media_type: str

    @property
    def tag(self) -> str:
        return hashlib.sha256(self.content).hexdigest()[:16]


@cache
def page_environment() -> Environment:
    """Return the Jinja environment: all values are escaped, and an undefined name is an error."""
    loader = ChoiceLoader([PackageLoader(name) for name in PACKAGES])
    templates = item_environment().overlay(loader=loader)
    templates.filters = {**templates.filters, **_FILTERS}
    templates.globals = {
        **templates.globals,
        "asset": asset_path,
        "navigation": NAVIGATION,
        "version": __version__,
    }
    return templates


def render(request: Request, name: str, *, status: int = 200, **values: object) -> HTMLResponse:
    """Return a page.

    Args:
        request: The request that it answers.
        name: The template, such as `wire.html.j2`.
        status: The HTTP status.
        values: The names that the template uses.
    """
    template = page_environment().get_template(name)
    content = template.render(path=request.scope["path"], **values)
    headers = {"cache-control": "no-cache"}  # a browser may keep the page but must ask each time
    return HTMLResponse(content, status, headers)


def render_error(request: Request, status: int, words: str = "") -> HTMLResponse:
    """Return the page of an error, with the given words or with those of its status."""
    title, usual = _ERRORS.get(status, ("An error", ""))
    values = {"code": status, "title": title, "words": words or usual}
    return render(request, "error.html.j2", status=status, **values)


def item_path(uri: str, suffix: str = "") -> str:
    """Return the path of an item's page; a uri may hold any character.

    >>> item_path("https://news.example/a b?c=50%")
    '/items/https%3A%2F%2Fnews.example%2Fa%20b%3Fc%3D50%25'
    """
    return f"/items/{quote(uri, safe='', errors='replace')}{suffix}"


def subject_path(name: str, kind: str) -> str:
    """Return the path of a subject's page; a name may hold any character.

    Args:
        name: The canonical name; for a place, the name as printed or a country's code.
        kind: `speakers`, `organisations` or `places`.

    >>> subject_path("Olga Reznik / Minister", "speakers")
    '/speakers/Olga%20Reznik%20%2F%20Minister'
    """
    return f"/{kind}/{quote(name, safe='', errors='replace')}"


def web_link(url: str | None) -> str:
    """Return a URL that is safe as a link: an absolute http or https URL, else "".

    >>> web_link("https://news.example/1"), web_link("javascript:alert(1)"), web_link("https:///x")
    ('https://news.example/1', '', '')
    """
    try:
        parts = urlsplit((url or "").strip())
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return ""
    return (url or "").strip() if is_web else ""


def row_key(uri: str) -> str:
    """Return the key by which scripts find an item's row; a uri may hold any character."""
    return uri_hash(uri)[:16]


def language_tag(tag: str) -> str:
    """Return a BCP 47 tag for an attribute `lang`; empty for words that are not a tag.

    >>> language_tag("en-GB"), language_tag("no such language")
    ('en-GB', '')
    """
    return tag if _LANGUAGE.fullmatch(tag) else ""


_FILTERS: Final = {
    "item_key": row_key,
    "item_path": item_path,
    "language_tag": language_tag,
    "subject_path": subject_path,
    "web_link": web_link,
}


def row_html(row: WireRow) -> str:
    """Return an item's row on the wire."""
    template = page_environment().get_template("arrival.html.j2")
    return template.render(row=row).strip()


def asset_path(name: str) -> str:
    """Return the path of an asset, with a digest of its content, so that caches may keep it."""
    return f"/static/{name}?v={_assets()[name].tag}"


def asset_routes() -> list[BaseRoute]:
    """Return the route of the style sheet and the scripts."""
    return [Route("/static/{name}", _answer_asset, name="static")]


async def _answer_asset(request: Request) -> Response:
    asset = _assets().get(request.path_params["name"])
    if asset is None:
        return render_error(request, 404)
    tag = f'"{asset.tag}"'
    headers = {"etag": tag, "cache-control": "public, max-age=31536000, immutable"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(asset.content, headers=headers, media_type=asset.media_type)


@cache
def _assets() -> Mapping[str, _Asset]:
    """Return the style sheet, with that of an item's page, and the other assets of all packages."""
    pages = files("worker.site.pages")
    item_style = item_environment().get_template("page.css").render()
    own = "\n".join((pages / "static" / name).read_text("utf-8") for name in STYLES)
    style = f"{item_style}\n{own}"
    others = {
        file.name: _Asset(
            content=file.read_bytes(), media_type=_TYPES[file.name.rpartition(".")[2]]
        )
        for package in PACKAGES
        if (files(package) / "static").is_dir()
        for file in (files(package) / "static").iterdir()
    }
    return {**others, "style.css": _Asset(content=style.encode(), media_type="text/css")}
