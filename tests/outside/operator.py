"""An operator at the console, seen from outside."""

import re

import requests

PASSWORD = "a long password"


class Operator:
    """A browser without scripts, over real HTTP."""

    role = "operator"

    def __init__(self, house, name="sara", *options):
        self.house, self.http = house, requests.Session()
        house.ivr("add-user", name, "--role", self.role, "--password-stdin", *options, said=f"{PASSWORD}\n")
        self.post("/login", "/login", name=name, password=PASSWORD)

    def get(self, path):
        return self.http.get(f"{self.house.url}{path}", timeout=10, headers={"Accept": "text/html"})

    def token(self, path):
        return re.search(r'name="csrf_token" value="([^"]+)"', self.get(path).text)[1]

    def post(self, seen, action, **typed):
        form = {"csrf_token": self.token(seen), **typed}
        return self.http.post(f"{self.house.url}{action}", data=form, timeout=10, headers={"Accept": "text/html"})

    def holds(self):
        """Give the id of the callback in hand, None if there is none."""
        found = re.search(r'action="/callbacks/(\d+)/dial"', self.get("/callbacks").text)
        return int(found[1]) if found else None

    def reaches_the_newest(self):
        """Take whoever asked last, and write down that they were reached."""
        newest = max(map(int, re.findall(r'action="/callbacks/(\d+)/claim"', self.get("/callbacks").text)))
        assert self.post("/callbacks", f"/callbacks/{newest}/claim").ok
        assert self.post("/callbacks", f"/callbacks/{newest}/wrap-up", disposition="reached", note="-").ok

    def suggested(self):
        """Give the result that the wrap-up page suggests."""
        found = re.search(r'name="disposition" value="([a-z_]+)" required checked', self.get("/callbacks").text)
        return found[1] if found else None
