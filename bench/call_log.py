"""How quick the call log is: server time of each page, filter and search, and the plan of the slowest.

python -m bench.call_log --calls 1000000                     # builds them in a PostgreSQL of its own
python -m bench.call_log --url postgresql+psycopg://… --keep # measures what is there already
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy import event, func, select

from db import migrate
from db.models import Call, CallText, Ticket
from db.session import Database
from ivr import demo
from ivr.app import build
from ivr.config import Config, Data, Server
from ivr.demo.words import words
from ivr.services import users
from ivr.services.desk import open_desk
from ivr.web.shell import Shell
from tests.servers import Postgres
from tests.web.staff import PASSWORD, Staff

END = datetime(2026, 11, 24, 14, tzinfo=UTC)
MONTHS, ROUNDS = 12, 20


def pages(session: Any) -> Iterator[tuple[str, str]]:
    """Name every kind of question that a supervisor may ask."""
    newest = session.scalars(select(Call).order_by(Call.started_at.desc()).limit(1)).one()
    middle = session.scalars(select(Call).where(Call.id == newest.id // 2)).one()
    code = session.scalars(select(Ticket.code).order_by(Ticket.id.desc()).limit(1)).one()
    word = session.scalars(select(CallText.words).limit(1)).one().split()[0]
    rare = words()["out_of_scope"][0].split()[0]
    deep = f"before={middle.started_at:%Y-%m-%dT%H:%M:%S}%2B00:00~{middle.id}"
    yield "the newest", "/calls"
    yield "a page in the middle of the year", f"/calls?{deep}"
    yield "yesterday, abandoned, district 6", "/calls?when=yesterday&disposition=abandoned&district=6"
    for name in ("information", "report", "abandoned", "nuisance", "out_of_scope", "no_answer"):
        yield f"disposition {name}", f"/calls?disposition={name}"
    yield "abandoned at the issue, deep", f"/calls?disposition=abandoned&left_at=ask_issue&{deep}"
    yield "district 7, outbound", "/calls?district=7&direction=outbound"
    yield "first-level subject, district", "/calls?category=cemetery&district=7"
    yield "second-level subject", "/calls?category=road.snow"
    yield "one operator", "/calls?by=3"
    yield "by the hotline itself", f"/calls?by=machine&{deep}"
    yield "language that nobody spoke", "/calls?language=ar"
    for leads in ("ticket", "callback", "voice", "nothing"):
        yield f"led to {leads}", f"/calls?led_to={leads}"
    yield "matches nothing: outbound, led to a ticket", "/calls?direction=outbound&led_to=ticket"
    yield "matches nothing: nuisance, led to a ticket", "/calls?disposition=nuisance&led_to=ticket"
    yield "came to a rare node", "/calls?visited=ask_code"
    yield "never came to a node", "/calls?visited=ask_window"
    yield "a number", f"/calls?q={(newest.number or '+989121234567').replace('+', '%2B')}"
    yield "a tracking code", f"/calls?q={code}"
    yield "a common word", f"/calls?q={word}"
    yield "a rare word", f"/calls?q={rare}"
    yield "two words, district", f"/calls?q={word}+{rare}&district=6"
    yield "a word nobody wrote", "/calls?q=zzzz"
    yield "a month of Jalali days", "/calls?from=1405/03/01&to=1405/03/31&disposition=report"
    yield "a call's page", f"/calls/{middle.id}?disposition=abandoned"
    yield "the audit log", "/audit"
    yield "drawing talks by chance", "/reviews?operator=3&days=30"


class Watch:
    """Remembers how long each statement took, over all rounds."""

    def __init__(self, database: Database) -> None:
        self.took: dict[str, float] = {}
        self.asked: dict[str, Any] = {}
        event.listen(database.engine, "before_cursor_execute", self._begin)
        event.listen(database.engine, "after_cursor_execute", self._end)

    def _begin(self, connection: Any, *_: Any) -> None:
        connection.info["began"] = time.perf_counter()

    def _end(self, connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith("SELECT"):
            took = time.perf_counter() - connection.info["began"]
            self.took[statement] = self.took.get(statement, 0.0) + took
            self.asked[statement] = parameters

    def slowest(self) -> tuple[str, Any]:
        statement = max(self.took, key=self.took.__getitem__)
        return statement, self.asked[statement]


def measured(act: Callable[[], Any]) -> list[float]:
    act()
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        act()
        times.append(1000 * (time.perf_counter() - began))
    return sorted(times)


def filled(url: str, calls: int, folder: Path) -> None:
    migrate.upgrade(url)
    config = Config(data=Data(dir=folder, database_url=SecretStr(url)))
    database, began = Database(url), time.perf_counter()
    with database.transaction() as session:
        plan = demo.Plan(MONTHS, calls // MONTHS, 137, END, 0)
        demo.build(session, open_desk(config), plan, lambda done, of: print(f"{done:,} of {of:,}", flush=True))
    database.close()
    print(f"built in {time.perf_counter() - began:.0f} s")


def report(url: str, folder: Path) -> None:
    config = Config(data=Data(dir=folder, database_url=SecretStr(url)), server=Server(secret_key=SecretStr("x")))
    database = Database(url)
    app = build(Shell(open_desk(config), database, lambda: END))
    with database.transaction() as session:
        name = f"bench{int(time.time())}"
        users.add(session, name, "supervisor", PASSWORD, END)
    zahra, watch = Staff(app, name).logs_in(), Watch(database)
    with database.reading() as session:
        kinds = list(pages(session))
        counts = [session.scalars(select(func.count()).select_from(one)).one() for one in (Call, Ticket)]
    print(f"\n{counts[0]:,} calls, {counts[1]:,} tickets, {ROUNDS} rounds each, ms of server time\n")
    print("| page | rows | p50 | p95 |\n| --- | ---: | ---: | ---: |")
    every, worst = [], (0.0, "", ("", None))
    for what, path in kinds:
        watch.took.clear()
        times = measured(lambda path=path: zahra.opens(path))
        assert zahra.status == 200, (path, zahra.status)
        every += times
        p95 = times[int(len(times) * 0.95) - 1]
        if p95 > worst[0]:
            worst = (p95, what, watch.slowest())
        print(f"| {what} | {zahra.page.count('row-link')} | {statistics.median(times):.0f} | {p95:.0f} |", flush=True)
    every.sort()
    print(f"| **all** | | {statistics.median(every):.0f} | {every[int(len(every) * 0.95)]:.0f} |")
    print(f"\nslowest: {worst[1]}\n")
    with database.engine.connect() as connection:
        for (line,) in connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS) {worst[2][0]}", worst[2][1]):
            print(line)
    database.close()


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--calls", type=int, default=100_000)
    asked.add_argument("--url", default="")
    asked.add_argument("--keep", action="store_true", help="measure what is there, build nothing")
    given = asked.parse_args()
    server = None if given.url else Postgres()
    with tempfile.TemporaryDirectory() as folder:
        url = given.url or server.create("bench", "template0")
        if not given.keep:
            filled(url, given.calls, Path(folder))
        report(url, Path(folder))
    if server is not None:
        server.stop()


if __name__ == "__main__":
    main()
