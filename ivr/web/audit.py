"""The audit log, to be read by supervisors; nobody can change it."""

import re

from flask import Blueprint, render_template, request

from db.queries import audit as rows
from ivr import persian
from ivr.services import audit
from ivr.web.call_search import span_of
from ivr.web.edits import Answer
from ivr.web.shell import shell

blueprint = Blueprint("audit", __name__, url_prefix="/audit")

PAGE = 60
FIELDS = ("actor", "action", "target", "from", "to")


@blueprint.get("")
def index() -> Answer:
    given = {name: persian.fold(request.args[name]) for name in FIELDS if request.args.get(name, "").strip()}
    before = request.args.get("before", "")
    since, until = span_of(shell().desk, given)
    asked = rows.Asked(
        actor=given.get("actor"),
        action=given.get("action"),
        target=given.get("target"),
        since=since,
        until=until,
        before=int(before) if re.fullmatch(r"[0-9]{1,15}", before) else None,
    )
    with shell().database.reading() as session:
        found = rows.page(session, asked, PAGE + 1)
    onward = found[PAGE - 1].id if len(found) > PAGE else None
    return render_template("audit.html", lines=found[:PAGE], given=given, onward=onward, actions=audit.ACTIONS)
