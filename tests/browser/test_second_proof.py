"""The second proof in a browser: set up, asked for, at desk and phone width."""

import time

import pyotp
import pytest

from ivr.services import users
from tests.browser.conftest import logs_in, shoot
from tests.web.staff import PASSWORD


@pytest.fixture
def page(app, address, browser):
    shell = app.extensions["ivr"]
    object.__setattr__(shell, "now", lambda: _now())  # codes are of this very moment
    with shell.database.transaction() as session:
        users.add(session, "samira", "supervisor", PASSWORD, shell.now())
    context = browser.new_context(base_url=address)
    yield context.new_page()
    context.close()
