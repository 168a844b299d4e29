"""Dead letters: the list, the page of a letter with its payload, and retry and drop."""

import datetime
from collections import Counter
from functools import partial

from msgspec import Struct
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from worker.errors import MessageError
from worker.model.inbox import DeadLetter, LetterBrief
from worker.model.redaction import redact
from worker.ports import Store
from worker.render.console import one_line
from worker.render.html.page import printable
from worker.site.context import SiteContext
from worker.site.operations.forms import Form, Forms
from worker.site.operations.notices import find_notice, redirect, with_query
from worker.site.operations.words import TimeAgo, say_bytes, say_moment
from worker.site.pages.frame import render_error

__all__ = ["letter_routes"]

_ON_PAGE = 50
_READ_BYTES = 8192
"""Bytes of a payload that the list reads.

They are far more than it shows: a URL with a password that is cut in its middle would not be
recognised, and not be redacted.
"""

_SHOWN = 240
_SHOWN_ALONE = 20_000
"""Code points of a payload in the list, and on the page of a letter."""

_CHOSEN_MAX = 500
_LONGEST_KIND = 100
_LARGEST_PART = 2**64 - 1
_NO_LETTER = "There is no dead letter of this id. Somebody may have retried or dropped it."


class LetterRow(Struct, frozen=True, kw_only=True):
    """A letter in the list; `payload` is its beginning on a line, `size` the size of all of it."""

    letter: DeadLetter
    reason: str
    source: str
    payload: str
    size: str
    last_at: TimeAgo | None


def letter_routes(context: SiteContext, forms: Forms) -> list[BaseRoute]:
    """Return the routes of the dead letters."""
    return [
        forms.page("/dead", partial(_show_list, context, forms)),
        forms.action("/dead/retry", partial(_retry, context)),
        forms.action("/dead/drop", partial(_drop, context, forms)),
        forms.page("/dead/{letter_id}", partial(_show_letter, context, forms)),
        forms.page("/dead/{letter_id}/payload", partial(_show_payload, context)),
    ]


def _show_list(context: SiteContext, forms: Forms, request: Request) -> Response:
    letters, query = context.store.dead_letters, request.query_params
    kind, before = query.get("kind", "")[:_LONGEST_KIND], query.get("before", "")
    if not _is_letter_id(before):
        before = ""
    found = letters.briefs(_ON_PAGE + 1, before=before, kind=kind, payload_bytes=_READ_BYTES)
    shown, has_more = found[:_ON_PAGE], len(found) > _ON_PAGE
    older = {"kind": kind, "before": shown[-1].letter.id} if has_more else {}
    kinds = letters.kinds()
    return forms.render(
        request,
        "letters.html.j2",
        notice=find_notice(request),
        rows=[_describe(brief, context.now()) for brief in shown],
        kinds=sorted(kinds.items()),
        kind=kind,
        before=before,
        total=sum(kinds.values()),
        dropped=sum(letters.dropped().values()),
        older=f"/dead{with_query(older)}" if older else "",
        newest=f"/dead{with_query({'kind': kind})}" if before else "",
    )


def _is_letter_id(written: str) -> bool:
    """Return True for a valid entry id of a stream: two numbers of 64 bits, `1777714267000-0`."""
    ms, dash, number = written.partition("-")
    parts = (ms, number)
    are_numbers = all(part.isascii() and part.isdigit() and len(part) <= 20 for part in parts)
    return bool(dash) and are_numbers and all(int(part) <= _LARGEST_PART for part in parts)


def _describe(brief: LetterBrief, now: datetime.datetime) -> LetterRow:
    letter = brief.letter
    payload = one_line(redact(letter.payload), _SHOWN)
    if brief.size > _READ_BYTES and not payload.endswith("…"):
        payload += "…"
    return LetterRow(
        letter=letter,
        reason=redact(letter.reason),
        source=redact(letter.source),
        payload=payload,
        size=say_bytes(brief.size),
        last_at=say_moment(letter.last_at, now),
    )


def _find(store: Store, request: Request) -> DeadLetter | None:
    letter_id = request.path_params["letter_id"]
    return store.dead_letters.get(letter_id) if _is_letter_id(letter_id) else None


def _show_letter(context: SiteContext, forms: Forms, request: Request) -> Response:
    letter = _find(context.store, request)
    if letter is None:
        return render_error(request, 404, _NO_LETTER)
    payload, now = redact(letter.payload), context.now()
    facts = [
        ("Kind", letter.kind),
        ("Attempts", str(letter.attempts)),
        ("Item", redact(letter.item)),
        ("Source", redact(letter.source)),
        ("Stream", letter.stream),
    ]
    return forms.render(
        request,
        "letter.html.j2",
        notice=find_notice(request),
        letter=letter,
        reason=redact(letter.reason),
        facts=[(name, value) for name, value in facts if value],
        detail=redact(letter.detail),
        payload=payload[:_SHOWN_ALONE],
        length=len(payload),
        is_cut=len(payload) > _SHOWN_ALONE,
        has_odd=printable(payload) != payload or "\ufffd" in payload,
        is_late=_is_late(context, letter),
        first_at=say_moment(letter.first_at, now),
        last_at=say_moment(letter.last_at, now),
    )


def _show_payload(context: SiteContext, request: Request) -> Response:
    """Answer the whole payload as plain text, under a policy that lets no browser run it."""
    letter = _find(context.store, request)
    if letter is None:
        return render_error(request, 404, _NO_LETTER)
    headers = {
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
    }
    return PlainTextResponse(printable(redact(letter.payload)), headers=headers)


def _is_late(context: SiteContext, letter: DeadLetter) -> bool:
    """Return True if the letter is older than the time for which kills are remembered."""
    window = datetime.timedelta(seconds=context.settings.kill_window_s)
    return letter.first_at is not None and letter.first_at < context.now() - window


def _retry(context: SiteContext, request: Request, form: Form) -> Response:  # noqa: ARG001
    ids = _chosen(form)
    counts: Counter[str] = Counter()
    for letter_id in ids:
        counts[_retry_letter(context, letter_id, late=bool(form.get("late")))] += 1
    if counts["retried"] or counts["gone"] or len(ids) != 1:
        return _back(form, ids, counts)
    return redirect(f"/dead/{ids[0]}", counts)


def _retry_letter(context: SiteContext, letter_id: str, *, late: bool) -> str:
    """Retry a letter and return the name of the result, as `notices` counts it."""
    letters = context.store.dead_letters
    try:
        return "retried" if letters.retry(letter_id, late=late) else "gone"
    except MessageError:
        letter = letters.get(letter_id)
        if letter is None:
            return "gone"
        return "late" if not late and _is_late(context, letter) else "cut"


def _drop(context: SiteContext, forms: Forms, request: Request, form: Form) -> Response:
    """Delete letters for good, after a page that asks for confirmation."""
    ids = _chosen(form)
    if ids and not form.get("sure"):
        return forms.render(request, "letters_drop.html.j2", ids=ids, kind=form.get("kind"))
    drop = context.store.dead_letters.drop
    return _back(form, ids, Counter("dropped" if drop(letter_id) else "gone" for letter_id in ids))


def _chosen(form: Form) -> list[str]:
    """Return the ids that a form names: those of the ticked boxes, or all that its page showed.

    All means those that were on the page, and not those that have arrived since.
    """
    field = "shown" if form.get("which") == "shown" else "letter"
    return [letter_id for letter_id in form.all(field) if _is_letter_id(letter_id)][:_CHOSEN_MAX]


def _back(form: Form, ids: list[str], counts: Counter[str]) -> Response:
    kind = form.get("kind")[:_LONGEST_KIND]
    if not ids:
        return redirect("/dead", {"kind": kind, "done": "none-chosen"})
    return redirect("/dead", {"kind": kind, **counts})
