"""What a served evening wrote down: lines of JSON, and nobody's number, code or secret."""

import json
import re

from tests.outside.conftest import TOKEN


def test_the_log_of_an_evening_tells_on_nobody(evening):
    """Check 24: every number that called, every code that was told, the account's token."""
    exchange, log = evening.exchange, evening.house.log
    caller = exchange.dials("+989121379999")
    form = caller.form(CallStatus="in-progress", Digits="1\nforged: true")
    assert exchange.post(f"{evening.house.url}/voice/turn/1", form).status_code == 400
    caller.follows(f"{evening.house.url}/voice/turn/77", Digits="1")
    evening.house.until(lambda: "unexpected turn" in log.read_text())
    lines = log.read_text().splitlines()
    records = [json.loads(line) for line in lines if line.startswith("{")]
    assert {"a form was refused", "unexpected turn"} <= {record["message"] for record in records}
    assert all({"at", "level", "logger", "message"} <= set(record) for record in records)
    whole = "\n".join(lines)
    numbers = {played.number for played in evening.calls.values()} | {"+989121379999"}
    numbers |= {row["caller"] for row in evening.rows["calls"]} | {row["number"] for row in evening.rows["callbacks"]}
    for number in numbers - {None, "", "anonymous"}:
        assert number.removeprefix("+98") not in whole
    for row in evening.rows["tickets"]:
        assert row["code"] not in whole
    assert TOKEN not in whole
    assert re.search("^.*forged: true", whole, re.MULTILINE) is None
