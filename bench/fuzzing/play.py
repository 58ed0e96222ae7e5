"""Send made-up forms to every webhook of a served house, and be particular about what comes back."""

import itertools
import time
from collections import Counter
from contextlib import suppress
from xml.etree import ElementTree as ET

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from sqlalchemy import create_engine, text

from bench.fuzzing.description import webhooks
from bench.fuzzing.wire import WAYS, plain, sent

MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
REFUSALS = frozenset({400, 403, 404, 405, 413, 415})
OF_CALL = """
SELECT (SELECT count(*) FROM call WHERE sid = :sid), (SELECT count(*) FROM recording WHERE call_id = c.id),
       (SELECT count(*) FROM turn WHERE call_id = c.id), (SELECT count(*) FROM ticket WHERE call_id = c.id)
FROM (SELECT 1) AS one LEFT JOIN call c ON c.sid = :sid
"""


class Wrong(AssertionError):
    """An answer that no webhook may give."""


class Fuzz:
    """One house, one account, and the calls that were taken so far."""

    def __init__(self, house, database_url, account, token):
        self.house, self.account, self.token = house, account, token
        self.engine, self.http = create_engine(database_url), requests.Session()
        self.answers, self.taken, self._numbers = Counter(), {}, itertools.count(1)
        description = schemathesis.openapi.from_dict(webhooks())
        self.operations = [one.ok() for one in description.get_all_operations()]

    def goes_on(self, seconds):
        """Send forms to one webhook after another until the time is over; then look at all that was left."""
        until = time.monotonic() + seconds
        turns = itertools.cycle(itertools.product(self.operations, MODES))
        try:
            for n, (operation, mode) in enumerate(turns):
                if time.monotonic() > until:
                    break
                self._some(operation.as_strategy(generation_mode=mode), n, until)
            self._nothing_is_left_of_the_refused()
        finally:
            self.http.close()
            self.engine.dispose()

    def _some(self, cases, n, until):
        @seed(n)
        @settings(
            max_examples=25, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=cases, way=WAYS)
        def one(case, way):
            if time.monotonic() < until:
                self._send(case, way)

        one()

    def _send(self, case, way):
        fields = {plain(name): plain(value) for name, value in case.body.items()} if isinstance(case.body, dict) else {}
        if way.account == "ours":
            fields["AccountSid"] = self.account
        if way.call != "as it came":
            fields["CallSid"] = self._call(way)
        sid = fields.get("CallSid", "")
        if way.call == "known" and "n" in (case.path_parameters or {}):
            case.path_parameters["n"] = self.taken.get(sid, 0)
        path, body, headers = sent(self.house.url, case, fields, way, self.token)
        before = self._rows(sid)
        answer = self.http.post(self.house.url + path, data=body, headers=headers, timeout=30, allow_redirects=False)
        self.answers[f"{case.path} {answer.status_code}"] += 1
        self._judge(answer, f"{path} {headers} {body!r}")
        if answer.status_code in REFUSALS and self._rows(sid) != before:
            raise Wrong(f"{answer.status_code}, and yet something was written: {path} {headers} {body!r}")
        if answer.status_code not in REFUSALS:
            self.taken[sid] = self.taken.get(sid, 0) + 1

    def _call(self, way):
        if way.call == "known" and self.taken:
            return next(reversed(self.taken))
        return f"CA{next(self._numbers):032x}"

    def _judge(self, answer, what):
        if answer.status_code == 204:
            good = not answer.content
        elif answer.status_code == 200:
            good = answer.headers["Content-Type"].startswith("text/xml") and _parses(answer.content)
        else:
            good = answer.status_code in REFUSALS and b"Traceback" not in answer.content
        if not good:
            raise Wrong(f"{answer.status_code} {answer.content[:300]!r} of {what}")

    def _rows(self, sid):
        with self.engine.connect() as connection:
            return connection.execute(text(OF_CALL), {"sid": sid.replace("\0", "")}).one()

    def _nothing_is_left_of_the_refused(self):
        """Find every call among those that were taken: all other rows hang on a call."""
        with self.engine.connect() as connection:
            there = set(connection.execute(text("SELECT sid FROM call")).scalars())
        if strangers := there - set(self.taken):
            raise Wrong(f"calls of refused forms: {sorted(strangers)[:3]}")


def _parses(document):
    with suppress(ET.ParseError):
        return ET.fromstring(document).tag == "Response"
    return False
