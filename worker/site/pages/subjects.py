"""The pages of a speaker, an organisation and a place."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from worker.archive.latin_names import find_native_name
from worker.archive.portraits import COMPANIONS_AMONG, Portrait, find_portrait
from worker.archive.rows import LONGEST_NAME
from worker.archive.subjects import (
    ItemRow,
    Subject,
    SubjectKind,
    Utterance,
    items_of,
    said_by,
)
from worker.errors import SettingsError
from worker.model import EntityLabel
from worker.render.html.places import say_country
from worker.site.context import SiteContext
from worker.site.pages.frame import render, render_error, subject_path
from worker.site.pages.reading import PAGE_SIZE, archive_of, read_cursor

__all__ = ["subject_routes"]

_KINDS = {
    SubjectKind.SPEAKER: "Speaker",
    SubjectKind.ORGANISATION: "Organisation",
    SubjectKind.PLACE: "Place",
}


def subject_routes(context: SiteContext) -> list[BaseRoute]:
    """Return the routes of the pages; a name may hold slashes."""
    return [_route(context, kind) for kind in SubjectKind]


def _route(context: SiteContext, kind: SubjectKind) -> Route:
    def show(request: Request) -> Response:
        name = request.path_params["name"]
        if not name or len(name) > LONGEST_NAME:
            return render_error(request, 404, f"A name has 1 to {LONGEST_NAME} characters.")
        try:
            before = read_cursor(request)
        except SettingsError as error:
            return render_error(request, 400, f"{error}.")
        return _show(context, request, Subject(kind=kind, name=name), before)

    return Route(f"/{kind.value}/{{name:path}}", show, name=kind.value)


def _show(context: SiteContext, request: Request, subject: Subject, before: int) -> Response:
    rows: Sequence[Utterance | ItemRow] = ()
    native = None
    with archive_of(context).read() as connection:
        portrait = find_portrait(connection, subject)
        if portrait:
            view = _view(request, portrait)
            read = said_by if view == "said" else items_of
            rows = read(connection, subject, before=before, limit=PAGE_SIZE + 1)
        elif subject.kind is not SubjectKind.PLACE:
            native = find_native_name(connection, subject.name)
    if native:  # `Pavel Sedov` of Russian items, whose page is that of `Павел Седов`
        return RedirectResponse(subject_path(native, subject.kind.value), 303)
    if portrait is None:
        values = {"subject": subject, "kind": _KINDS[subject.kind]}
        return render(request, "subject_unknown.html.j2", status=404, **values)
    return render(
        request,
        "subject.html.j2",
        subject=subject,
        title=say_country(subject.iso) if subject.iso else subject.name,
        kind=_kind_of(subject, portrait),
        portrait=portrait,
        view=view,
        rows=rows[:PAGE_SIZE],
        is_first=not before,
        here=subject_path(subject.name, subject.kind.value),
        next=rows[PAGE_SIZE - 1].number if len(rows) > PAGE_SIZE else 0,
        among=COMPANIONS_AMONG,
    )


def _view(request: Request, portrait: Portrait) -> str:
    """Return the list to show: `said` or `items`, by default the first that is not empty."""
    has_said = portrait.quotes + portrait.statements > 0
    chosen = request.query_params.get("show", "")
    return chosen if chosen in {"said", "items"} else ("said" if has_said else "items")


def _kind_of(subject: Subject, portrait: Portrait) -> str:
    """Return the kind in words; the name in the URL of an organisation may be that of a person."""
    if subject.kind is SubjectKind.ORGANISATION and EntityLabel.ORG.value not in portrait.labels:
        if EntityLabel.PERSON.value in portrait.labels:
            return "Person"
        return "Name"
    return "Country" if subject.iso else _KINDS[subject.kind]
