"""Where the parts are joined."""

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from ivr.config import Config
from ivr.services.desk import open_database, open_desk
from ivr.web import (
    audio,
    callbacks,
    errors,
    figures,
    figures_report,
    figures_staffing,
    health,
    intake,
    live,
    login,
    moves,
    pages,
    phone,
    phone_exchange,
    photos,
    presence,
    recordings,
    tickets,
    voice,
    wall,
)
from ivr.web.sessions import require
from ivr.web.shell import Shell, mount

LARGEST_FORM = 64 * 1024


def create_app(config: Config) -> Flask:
    """Join one installation's web process; every prompt is spoken before the first call."""
    desk = open_desk(config)
    desk.speech.prepare()
    return build(Shell(desk, open_database(config)))


def build(shell: Shell) -> Flask:
    """Mount every room behind its guard."""
    config = shell.desk.config
    app = Flask("ivr.web")
    app.secret_key = config.server.secret_key.get_secret_value()
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_FORM, SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_HTTPONLY=True)
    app.extensions["ivr"] = shell
    app.before_request(moves.allow_photo)
    csrf = CSRFProtect(app)
    staff, everybody = require("operator", "supervisor"), require("operator", "supervisor", "district", "unit")
    for signed in (voice.blueprint, phone_exchange.blueprint):
        csrf.exempt(signed)
    mount(app, voice.blueprint, voice.signed)
    mount(app, audio.blueprint, None)
    mount(app, health.blueprint, None)
    mount(app, login.blueprint, None)
    for shared in (tickets.blueprint, moves.blueprint, photos.blueprint, recordings.blueprint, live.blueprint):
        mount(app, shared, everybody)
    for at_the_desk in (callbacks.blueprint, intake.blueprint, presence.blueprint):
        mount(app, at_the_desk, staff)
    for of_supervisors in (figures.blueprint, figures_staffing.blueprint, figures_report.blueprint, wall.blueprint):
        mount(app, of_supervisors, require("supervisor"))
    mount(app, phone.blueprint, phone.at_home_or_staff)
    mount(app, phone_exchange.blueprint, phone_exchange.with_token)
    pages.prepare(app)
    errors.prepare(app)
    return app
