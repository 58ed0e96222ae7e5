"""The calls that are looked at, as a file; who took them away is in the audit log before they go."""

import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence

from flask import Blueprint, abort, flash, redirect, request, send_file, url_for

from db.models import Call
from db.queries import log
from db.session import Session
from ivr import sheets
from ivr.sheets import Cell
from ivr.web import call_search, deeds, show
from ivr.web.edits import Answer
from ivr.web.labels import labels, word
from ivr.web.shell import shell

blueprint = Blueprint("call_export", __name__, url_prefix="/calls/export")

KINDS = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
TITLE = "calls"


@blueprint.post("")
def export() -> Answer:
    """Send what is asked for, if it is not more than anybody can read."""
    kind = request.form.get("format", "")
    if kind not in KINDS:
        abort(400)
    most = shell().desk.config.console.export_rows
    with shell().database.reading() as session:
        wanted = call_search.read(session, shell().desk, request.form, shell().now())
        if log.more_than(session, wanted.asked, most):
            flash(word("too_many_rows", "error").format(n=show.digits(most)), "error")
            return redirect(url_for("calls.index", **wanted.given))
        asked = " ".join(f"{name}={value}" for name, value in wanted.given.items())
        deeds.note("exported", "calls", f"{kind} {asked}")
        file = tempfile.TemporaryFile()  # noqa: SIM115  # it is closed when it has been sent
        header = list(labels()["export"].values())
        if kind == "csv":
            sheets.write_csv(file, header, _rows(session, wanted.asked))
        else:
            sheets.write_xlsx(file, word(TITLE, "sheet"), header, _rows(session, wanted.asked))
    file.seek(0)
    name = f"{TITLE}-{shell().desk.local(shell().now()):%Y%m%d-%H%M}.{kind}"
    return send_file(file, KINDS[kind], as_attachment=True, download_name=name)


def _rows(session: Session, asked: log.Asked) -> Iterator[list[Cell]]:
    for calls in log.every(session, asked):
        yield from _batch(session, calls)
        session.expunge_all()


def _batch(session: Session, calls: Sequence[Call]) -> Iterator[list[Cell]]:
    ids = [call.id for call in calls]
    codes, keys, voices, callbacks = (defaultdict[int, list[str]](list) for _ in range(4))
    for ticket in log.tickets_of(session, ids):
        codes[ticket.call_id or 0].append(ticket.code)
    for turn in log.turns_of(session, ids):
        keys[turn.call_id].append(turn.keys)
    for voice in log.voices_of(session, ids):
        voices[voice.call_id].append(word(voice.kind, "recording_kind"))
    for callback in log.callbacks_of(session, ids):
        callbacks[callback.call_id or 0].append(word(callback.state, "callback_state"))
    for call in calls:
        yield [
            *_facts(call),
            show.archive(call.archived) if call.archived else " ".join(key for key in keys[call.id] if key),
            len(voices[call.id]),
            " ".join(codes[call.id]),
            " ".join(callbacks[call.id]),
        ]


def _facts(call: Call) -> list[Cell]:
    seconds = round((call.ended_at - call.started_at).total_seconds()) if call.ended_at else None
    return [
        show.jalali(call.started_at),
        word(call.direction, "direction"),
        shell().desk.plan.national(call.number) if call.number else word("withheld", "call"),
        word(call.language, "language"),
        show.district(call.district) if call.district else "",
        show.category(call.category) if call.category else "",
        show.called(call.disposition),
        show.handler(call),
        seconds,
    ]
