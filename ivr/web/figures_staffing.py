"""Staffing: the forecast, the operators it needs, and the days that somebody marked."""

from datetime import date, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from ivr.services.figures import days, marks, staffing
from ivr.services.figures.days import Period
from ivr.web import figures_charts as charts
from ivr.web import figures_show as words
from ivr.web.edits import Answer
from ivr.web.labels import word
from ivr.web.sessions import known_user
from ivr.web.shell import shell

blueprint = Blueprint("staffing", __name__, url_prefix="/figures/staffing")

MARKS_SHOWN = timedelta(days=400)


@blueprint.get("")
def page() -> Answer:
    today, aim = words.today(), staffing.aim(request.args)
    with shell().database.reading() as session:
        plan = staffing.plan(session, shell().desk, today, aim)
        frame = words.frame(session, Period("", today, today))
        shown = _day(request.args.get("day", ""), plan)
        return render_template(
            "figures/staffing.html",
            **frame,
            plan=plan,
            aim=aim,
            shown=shown,
            chart=charts.of_day(shown) if shown else None,
            calendar=words.calendar(shell().desk.office, today, staffing.AHEAD),
            marked=marks.known(session, today - MARKS_SHOWN, today + MARKS_SHOWN),
            kinds=marks.KINDS,
        )


def _day(written: str, plan: staffing.Plan | None) -> staffing.Day | None:
    """Give the day that is asked for, else the first."""
    if plan is None:
        return None
    wanted: date | None = None
    try:
        wanted = days.jalali(written)
    except ValueError:
        wanted = None
    return next((one for one in plan.days if one.day == wanted), plan.days[0])


@blueprint.post("/mark")
def mark() -> AnyResponse:
    form = request.form
    try:
        with shell().database.transaction() as session:
            day, kind, note = (form.get(name, "") for name in ("day", "kind", "note"))
            marks.mark(session, known_user(), shell().now(), day, kind, note)
    except marks.BadMark as error:
        flash(word(error.reason, "figures_error"), "error")
    else:
        flash(word("marked", "figures_done"), "done")
    return redirect(url_for("staffing.page", _anchor="marks"))


@blueprint.post("/unmark")
def unmark() -> AnyResponse:
    try:
        with shell().database.transaction() as session:
            marks.unmark(session, request.form.get("day", ""))
    except marks.BadMark as error:
        flash(word(error.reason, "figures_error"), "error")
    else:
        flash(word("unmarked", "figures_done"), "done")
    return redirect(url_for("staffing.page", _anchor="marks"))
