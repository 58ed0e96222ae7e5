"""Words and lists, changed by an administrator: one entry at a time in a draft, put on air as a whole."""

from typing import Any

from flask import Blueprint, abort, render_template, request, url_for

from db.queries import day as day_rows
from db.queries import versions as rows
from db.session import Session
from ivr import persian
from ivr.catalogue import Catalogue, CatalogueError, revised
from ivr.services import versions
from ivr.services.day import DayError
from ivr.services.history import Author
from ivr.web.acts import Answer, carry_out, text
from ivr.web.shell import shell

blueprint = Blueprint("changes", __name__, url_prefix="/day/catalogue")
SHOWN = 30
DEEDS = ("published", "rolled_back")
PRIORITIES = ("urgent", "normal", "civil")


@blueprint.get("")
def index() -> str:
    return _page()


def _page(error: str = "") -> str:
    desk = shell().desk
    with shell().database.reading() as session:
        draft, live = rows.draft(session), rows.live_number(session)
        shown = rows.numbered(session, live)
        return render_template(
            "changes.html",
            error=error,
            typed=request.form,
            draft=draft,
            live=live,
            edits=draft.edits if draft else {},
            on_air=shown.edits if shown else {},
            faults=versions.faults(desk, draft.edits) if draft else [],
            kinds=versions.KINDS,
            earlier=rows.latest(session, SHOWN),
            done=day_rows.deeds(session, DEEDS, SHOWN),
        )


@blueprint.get("/lists/<kind>")
def entries(kind: str) -> str:
    return _entries(kind)


def _entries(kind: str, error: str = "") -> str:
    if kind not in versions.KINDS:
        abort(404)
    with shell().database.reading() as session:
        edits = versions.edits_of(session)
    whole = _drafted(edits)
    found = _all(whole, kind)
    return render_template(
        "entries.html", error=error, typed=request.form, kind=kind, all=found, changed=edits[kind], whole=whole
    )


def _drafted(edits: dict[str, dict[str, Any]]) -> Catalogue:
    """Give the catalogue as it would be; a draft that cannot be read any more shows what is on air."""
    try:
        return revised(shell().desk.files, edits)
    except CatalogueError:
        return shell().desk.catalogue


def _all(whole: Catalogue, kind: str) -> dict[str, Any]:
    """Give a kind's entries by code."""
    match kind:
        case "prompts":
            return dict(whole.prompts)
        case "categories":
            return {one.code: one for first in whole.categories for one in first.family()}
        case "districts":
            return {one.code: one for one in whole.districts}
        case _:
            return {one.code: one for one in whole.units}


@blueprint.get("/lists/<kind>/<code>")
def entry(kind: str, code: str) -> str:
    return _entry(kind, code)


def _entry(kind: str, code: str, error: str = "") -> str:
    if kind not in versions.KINDS:
        abort(404)
    with shell().database.reading() as session:
        edits = versions.edits_of(session)
    whole = _drafted(edits)
    found = _all(whole, kind).get(code)
    if found is None:
        abort(404)
    return render_template(
        "entry.html",
        error=error,
        typed=request.form,
        kind=kind,
        code=code,
        one=found,
        was=_all(shell().desk.files, kind).get(code),
        changed=code in edits[kind],
        whole=whole,
        priorities=PRIORITIES,
    )


@blueprint.post("/lists/<kind>")
def add(kind: str) -> Answer:
    """Add an entry to the draft, and go on to what it says."""
    code = persian.ascii_digits(request.form.get("code", "")).strip().lower()

    def act(session: Session, author: Author) -> None:
        if kind not in ("categories", "districts", "units"):
            raise DayError("unknown_entry")
        if code in _all(_drafted(versions.edits_of(session)), kind):
            raise DayError("entry_there")
        versions.change(session, shell().desk, shell().now(), author.name, kind, code, _fresh(kind))

    return carry_out(act, "draft_saved", url_for("changes.entry", kind=kind, code=code or "0"), _list_again(kind))


def _list_again(kind: str) -> Any:
    return lambda reason: _entries(kind, reason)


def _fresh(kind: str) -> dict[str, Any]:
    """Say what a new entry is until somebody says more: a category is like the one above it."""
    name = text("name")
    if not name:
        raise DayError("no_title")
    if kind != "categories":
        return {"name": name}
    above = request.form.get("parent", "")
    if not above:
        return {"name": name, "unit": "district", "priority": "normal", "sla_hours": 21}
    try:
        like = shell().desk.catalogue.category(above)
    except KeyError:
        raise DayError("unknown_category") from None
    kept = {"unit": like.unit, "priority": like.priority, "sla_hours": like.sla_hours}
    return {"name": name, "parent": above, **kept}


@blueprint.post("/lists/<kind>/<code>")
def change(kind: str, code: str) -> Answer:
    """Change an entry in the draft, or let it be as the files have it."""
    reset = request.form.get("do") == "reset"

    def act(session: Session, author: Author) -> None:
        values = None if reset else _values(kind)
        if values is not None and code not in _all(_drafted(versions.edits_of(session)), kind):
            raise DayError("unknown_entry")
        versions.change(session, shell().desk, shell().now(), author.name, kind, code, values)

    to = url_for("changes.entries", kind=kind, _anchor=code)
    return carry_out(act, "entry_reset" if reset else "draft_saved", to, lambda why: _entry(kind, code, why))


def _values(kind: str) -> dict[str, Any]:
    """Read an entry's form; what is spoken keeps its spelling."""
    form = request.form
    match kind:
        case "prompts":
            return {"words": " ".join(form.get("words", "").split())}
        case "categories":
            numbers = {"sla_hours": persian.ascii_digits(form.get("sla_hours", ""))}
            return {"name": text("name"), "unit": form.get("unit"), "priority": form.get("priority"), **numbers}
        case "districts":
            marks = [text_of for line in form.get("landmarks", "").splitlines() if (text_of := persian.fold(line))]
            return {"name": text("name"), "landmarks": marks}
        case _:
            return {"name": text("name"), "external": form.get("external") == "yes"}


@blueprint.post("/draft/publish")
def publish() -> Answer:
    """Put the draft on air; its new words are spoken first, so that no caller waits for them."""
    desk = shell().desk
    try:
        with shell().database.reading() as session:
            versions.rehearse(desk, versions.edits_of(session))
    except DayError as problem:
        return _page(problem.reason), 422

    def act(session: Session, author: Author) -> None:
        versions.publish(session, desk, shell().now(), author.name, text("note"))

    return carry_out(act, "published", url_for("changes.index"), _page)


@blueprint.post("/draft/drop")
def drop() -> Answer:
    def act(session: Session, author: Author) -> None:  # noqa: ARG001  # nothing of it was ever on air
        versions.drop(session)

    return carry_out(act, "draft_dropped", url_for("changes.index"), _page)


@blueprint.post("/versions/<int:number>/back")
def roll_back(number: int) -> Answer:
    def act(session: Session, author: Author) -> None:
        versions.roll_back(session, shell().desk, shell().now(), author.name, number)

    return carry_out(act, "rolled_back", url_for("changes.index"), _page)
