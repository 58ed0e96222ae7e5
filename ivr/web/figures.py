"""The figures: over everything, and by district, unit, subject, hour, weekday or month."""

from flask import Blueprint, abort, render_template, request

from ivr.services.figures import changes, fairness, live, overview, tables
from ivr.services.figures.definitions import GROUPS
from ivr.web import figures_charts as charts
from ivr.web import figures_show as words
from ivr.web.edits import Answer
from ivr.web.shell import shell

blueprint = Blueprint("figures", __name__, url_prefix="/figures")


@blueprint.get("/")
def index() -> Answer:
    period = words.period_asked(request.args)
    desk, now = shell().desk, shell().now()
    with shell().database.reading() as session:
        daily = overview.daily(session, period)
        whole = tables.whole(session, desk, period, now)
        return render_template(
            "figures/overview.html",
            **words.frame(session, period),
            whole=whole,
            daily=charts.plain("line", [words.day(day) for day in period], **daily),
            dispositions=overview.dispositions(whole.sums),
            left_at=overview.left_at(session, period),
            loads=overview.loads(session, period),
            queue=live.queue(session, now),
        )


@blueprint.get("/by/<by>")
def by(by: str) -> Answer:
    if by not in tables.DIMENSIONS:
        abort(404)
    period = words.period_asked(request.args)
    with shell().database.reading() as session:
        table = tables.table(session, shell().desk, by, period, shell().now())
        drawn = {group: charts.of_group(table, group) for group in GROUPS}
        return render_template("figures/by.html", **words.frame(session, period), table=table, charts=drawn, by=by)


@blueprint.get("/fairness")
def fair() -> Answer:
    period = words.period_asked(request.args)
    with shell().database.reading() as session:
        table = tables.table(session, shell().desk, "district", period, shell().now())
        found = fairness.judge(session, shell().desk, table)
        frame = words.frame(session, period)
        return render_template("figures/fairness.html", **frame, fair=found, chart=charts.of_rates(found))


@blueprint.get("/changes")
def changed() -> Answer:
    period = changes.chosen(request.args.get("over", ""), words.today())
    with shell().database.reading() as session:
        return render_template(
            "figures/changes.html",
            **words.frame(session, period),
            compared=changes.of_days(session, shell().desk, period),
            hot=changes.hot_spots(session, shell().desk, shell().now()),
            over=request.args.get("over", ""),
            hours=changes.HOURS,
        )
