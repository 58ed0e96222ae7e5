"""Setting up the second proof, and taking it off: supervisors and administrators do so themselves."""

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from ivr.services import second_proof
from ivr.web import deeds
from ivr.web.labels import word
from ivr.web.login import lasts, typed_code, with_token
from ivr.web.sessions import known_user
from ivr.web.shell import shell

blueprint = Blueprint("second_proof", __name__, url_prefix="/second-proof")
Answer = AnyResponse | tuple[str, int]


@blueprint.get("")
def page() -> str:
    return _page()


def _page(error: str = "") -> str:
    """Show how it stands; a secret is shown as long as no code of it was typed in."""
    config, user = shell().desk.config, known_user()
    secret = "" if user.proof_since else second_proof.secret_of(config, user)
    picture = segno.make(second_proof.address_of(config, user), error="m").svg_data_uri(scale=5) if secret else ""
    needed = second_proof.wanted_of(config, user)
    return render_template("second_proof.html", error=error, secret=secret, picture=picture, needed=needed)


@blueprint.post("/prepare")
def prepare() -> Answer:
    """Make a secret, and show it."""
    here, password = shell(), request.form.get("password", "")
    with here.database.transaction() as session:
        wrong = second_proof.prepare(session, here.desk.config, known_user().id, password, here.now())
    return (_page(wrong), 422) if wrong else redirect(url_for("second_proof.page"))


@blueprint.post("/confirm")
def confirm() -> Answer:
    """Take the first code: from now on codes are asked for."""
    here = shell()
    with here.database.transaction() as session:
        wanted = known_user().id, typed_code(), lasts()
        token = second_proof.confirm(session, here.desk.config, deeds.deed(), *wanted)
    if token is None:
        return _page("wrong_code"), 422
    flash(word("proof_set", "done"), "done")
    return with_token(redirect(url_for("second_proof.page")), token)


@blueprint.post("/remove")
def remove() -> Answer:
    """Take it off, with password and code."""
    here = shell()
    with here.database.transaction() as session:
        said = known_user().id, request.form.get("password", ""), typed_code()
        wrong = second_proof.remove(session, here.desk.config, deeds.deed(), *said)
    if wrong:
        return _page(wrong), 422
    flash(word("proof_removed", "done"), "done")
    return redirect(url_for("second_proof.page"))
