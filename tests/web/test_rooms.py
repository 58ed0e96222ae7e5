"""Every route lets in whom it should."""

import re

import pytest

from ivr.services import users
from tests.web.staff import PASSWORD, Staff
from tests.web.test_moves import DISTRICT_3, PARKS


@pytest.fixture
def ticket(line):
    """Dirt in district 3."""
    caller = line.dials().presses("1").presses("1").presses("3").speaks("RE" + "1" * 32).presses("1")
    caller.hangs_up()
    return line.rows("tickets")[0]


ROLES = {"operator": "", "supervisor": "", "administrator": "", "district": DISTRICT_3, "unit": PARKS}
DESK_ONLY = {"callbacks", "intake", "presence", "own_reviews"}
SUPERVISORS_ONLY = {
    "day", "announcements", "managers", "abuse", "calls", "call_views", "call_export", "audit", "reviews",
    "figures", "staffing", "monthly", "wall", "second_proof",
}  # fmt: skip
ADMINISTRATORS_ONLY = {"people", "changes"}
NOBODYS = {"metrics"}  # a token opens it, or being at the machine itself: test_metrics.py
CLOSED = {
    "operator": SUPERVISORS_ONLY | ADMINISTRATORS_ONLY | NOBODYS,
    "supervisor": ADMINISTRATORS_ONLY | NOBODYS,
    "administrator": NOBODYS,
    "district": DESK_ONLY | SUPERVISORS_ONLY | ADMINISTRATORS_ONLY | NOBODYS,
    "unit": DESK_ONLY | SUPERVISORS_ONLY | ADMINISTRATORS_ONLY | NOBODYS,
}


@pytest.mark.parametrize("role", ROLES)
def test_every_route_lets_in_whom_it_should_and_nobody_else(app, role, ticket):
    """Deny by default: what is the desk's is closed to districts and units, and a ticket of others does not exist."""
    shell = app.extensions["ivr"]
    with shell.database.transaction() as session:
        users.add(session, "someone", role, PASSWORD, shell.now(), scope=ROLES[role])
    someone = Staff(app, "someone").logs_in()
    token = re.search(r'name="csrf_token" value="([^"]+)"', someone.opens("/password").page)[1]
    for rule in app.url_map.iter_rules():
        room = rule.endpoint.split(".")[0]
        if room in {"static", "audio", "health", "login", "voice", "phone", "phone_exchange", "live"}:
            continue
        if role == "administrator" and room == "people":  # there they would end their own session: test_people.py
            continue
        url = rule.rule.replace("<code>", ticket["code"]).replace("<int:photo_id>", "1")
        url = re.sub(r"<[^>]+>", "1", url)
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            data = {"csrf_token": token} if method == "POST" else None
            with someone.client.open(url, method=method, data=data, headers={"Accept": "text/html"}) as answer:
                if room in CLOSED[role]:
                    assert answer.status_code == 403, f"{role}: {method} {url}: {answer.status_code}"
                elif role in ("district", "unit"):
                    expected = {200, 302, 400, 403, 404}
                    assert answer.status_code in expected, f"{role}: {method} {url}: {answer.status_code}"
                    assert ticket["code"] not in answer.get_data(as_text=True), f"{method} {url} tells of a ticket"
                else:
                    assert answer.status_code not in {401, 403}, f"{role}: {method} {url}: {answer.status_code}"
