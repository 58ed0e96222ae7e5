"""People at the desk, in a browser without scripts: they follow links and fill in the forms that a page shows."""

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

from ivr.services import users

PASSWORD = "a long password"


class Forms(HTMLParser):
    """Reads the forms of a page: where they go, and what they would send."""

    def __init__(self, page):
        super().__init__()
        self.found = {}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.fields = {}
            self.found[given.get("action", "")] = self.fields
        if tag == "input" and given.get("type") == "hidden" and self.found:
            self.fields[given["name"]] = given["value"]


@dataclass
class Staff:
    """Somebody with a browser of their own."""

    app: object
    name: str = "zahra"
    client: object = None
    page: str = ""
    status: int = 0
    headers: object = None
    visited: list = field(default_factory=list)

    def __post_init__(self):
        self.client = self.app.test_client()

    def opens(self, path, **kwargs):
        headers = {"Accept": "text/html"}
        return self._look(self.client.get(path, headers=headers, follow_redirects=True, **kwargs))

    def address(self, recording):
        """Ask where a voice may be heard now."""
        return self.client.get(f"/recordings/{recording}/address").get_json()["address"]

    def submits(self, action, **typed):
        """Send the form of the page that goes to an address, as a browser would."""
        forms = Forms(self.page).found
        assert action in forms, f"no form for {action}: {list(forms)}"
        return self._look(self.client.post(action, data={**forms[action], **typed}, follow_redirects=True))

    def logs_in(self, password=PASSWORD):
        self.opens("/login")
        return self.submits("/login", name=self.name, password=password)

    def reads(self, text):
        return text in html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", self.page)))

    def _look(self, answer):
        self.page, self.status, self.headers = answer.get_data(as_text=True), answer.status_code, answer.headers
        self.visited.append(answer.request.path)
        return self


def hires(app, name="zahra", role="operator", password=PASSWORD, *, must_change=False):
    """Give somebody an account; they have not logged in yet."""
    shell = app.extensions["ivr"]
    with shell.database.transaction() as session:
        users.add(session, name, role, password, shell.now(), must_change=must_change)
    return Staff(app, name)
