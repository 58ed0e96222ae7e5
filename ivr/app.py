"""Where the parts are joined."""

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from ivr.config import Config
from ivr.services import access
from ivr.services.desk import open_database, open_desk
from ivr.services.mirror import Mirror
from ivr.web import (
    abuse,
    announcements,
    audio,
    audit,
    call_export,
    call_views,
    callbacks,
    calls,
    changes,
    day,
    errors,
    figures,
    figures_report,
    figures_staffing,
    health,
    intake,
    live,
    login,
    managers,
    metrics,
    moves,
    pages,
    people,
    phone,
    phone_exchange,
    photos,
    places,
    presence,
    recordings,
    reviews,
    second_proof,
    tickets,
    voice,
    wall,
)
from ivr.web.sessions import Cookies, require
from ivr.web.shell import Shell, mount
from ivr.web.voice import LARGEST_FORM


def create_app(config: Config) -> Flask:
    """Join one installation's web process; every prompt is spoken before the first call."""
    desk = open_desk(config)
    desk.speech.prepare()
    shell = Shell(desk, open_database(config))
    shell.reception.prepare()
    if desk.shares:
        Mirror(shell.database, desk).start()
    return build(shell)


def build(shell: Shell) -> Flask:
    """Mount every room behind its guard."""
    config = shell.desk.config
    app = Flask("ivr.web")
    app.secret_key = config.server.secret_key.get_secret_value()
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_FORM, SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_HTTPONLY=True)
    app.config["SESSION_COOKIE_SECURE"] = config.base_url.startswith("https:")
    app.session_interface, app.extensions["ivr"] = Cookies(), shell
    for first in (places, metrics, health):
        first.prepare(app, shell)
    app.before_request(moves.allow_photo)
    app.before_request(announcements.allow_voice)
    csrf = CSRFProtect(app)
    staff, everybody = require(*access.DESK_ROLES), require(*access.EVERYBODY)
    supervisors, administrators = require(*access.SUPERVISORS), require(*access.ADMINISTRATORS)
    for signed in (voice.blueprint, phone_exchange.blueprint):
        csrf.exempt(signed)
    mount(app, voice.blueprint, voice.signed)
    mount(app, audio.blueprint, None)
    mount(app, health.blueprint, None)
    mount(app, metrics.blueprint, metrics.with_token)
    mount(app, login.blueprint, None)
    for shared in (tickets.blueprint, moves.blueprint, photos.blueprint, live.blueprint):
        mount(app, shared, everybody)
    mount(app, recordings.blueprint, recordings.behind(everybody))
    for at_the_desk in (callbacks.blueprint, intake.blueprint, presence.blueprint):
        mount(app, at_the_desk, staff)
    of_the_day = (day, announcements, managers, abuse, calls, call_views, call_export, audit, reviews)
    of_figures = (figures, figures_staffing, figures_report, wall)
    for supervised in (*of_the_day, *of_figures):
        mount(app, supervised.blueprint, supervisors)
    mount(app, reviews.own, staff)
    mount(app, second_proof.blueprint, supervisors)
    for of_the_house in (people.blueprint, changes.blueprint):
        mount(app, of_the_house, administrators)
    mount(app, phone.blueprint, phone.at_home_or_staff)
    mount(app, phone_exchange.blueprint, phone_exchange.with_token)
    pages.prepare(app)
    errors.prepare(app)
    return app
