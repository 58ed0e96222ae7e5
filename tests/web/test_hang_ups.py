"""Somebody hangs up, at every step of every call that is written down: it is a ticket's, or says where it ended."""

from collections import Counter

import pytest

from ivr import catalogue
from tests.outside import stories
from tests.transcripts import ROOT

NODES = catalogue.load(ROOT / "callflows", "fa").flows["hotline_137"].nodes
ALONE = [
    story for story in stories.every() if not set(story.given) - {"caller"} and "limited" not in story.given.values()
]


class Half:
    """A call of which only the first steps are made; `voices` are those that were spoken and not spoken again."""

    def __init__(self, line, story, sids):
        given = story.given.get("caller", "")
        self.call = line.dials({"withheld": "anonymous"}.get(given, given) or "+989121234567")
        self.sids, self.spoke = sids, False

    def does(self, step):
        match step.does:
            case "answered" | "hangs up":
                pass
            case "silent" if "Record" in self.call.verbs:
                self.call.says_nothing()
            case "silent":
                self.call.presses("")
            case "says" | "drops" | "late":
                self._speaks(step)
            case does if does.startswith("dial:"):
                where = self.call.waits("Dial").get("action")
                self.call.request(where, DialCallStatus=does.removeprefix("dial:"), DialCallDuration=str(step.seconds))
            case keys:
                self.call.presses(keys)

    def _speaks(self, step):
        voice = f"RE{next(self.sids):032x}"
        self.spoke = True
        if step.does == "late":
            self.call.hangs_up()
        elif step.does == "drops":
            self.call.speaks(voice, digits="hangup")
        else:
            self.call.speaks(voice)
        assert self.call.reports(voice).status_code == 204


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_call_that_ends_early_is_accounted_for(line):
    """Check 5: calls seen are those with a ticket, those that were told or promised something, and those abandoned."""
    sids, halves = iter(range(1, 10_000)), []
    for story in ALONE:
        for steps in range(len(story.steps) + 1):
            half = Half(line, story, sids)
            for step in story.steps[:steps]:
                half.does(step)
            assert half.call.hangs_up().status_code == 204
            halves.append(half)
    calls = {row["call_sid"]: row for row in line.rows("calls")}
    assert sorted(calls) == sorted(half.call.sid for half in halves), "every call is seen, once"
    assert all(row["ended_at"] for row in calls.values())
    with_ticket = {row["call_sid"] for row in line.rows("tickets")}
    kinds = Counter(kind(calls[half.call.sid], half.call.sid in with_ticket) for half in halves)
    assert kinds.total() == len(halves)
    for half in halves:
        row = calls[half.call.sid]
        assert not (half.spoke and row["disposition"].startswith("abandoned:")), row
    hung = {voice["sid"] for row in line.rows("tickets") for voice in row["recordings"]}
    left = [row for row in line.rows("recordings") if row["sid"] not in hung]
    assert all(row["replaced"] for row in left), "no voice is without a ticket but one that was spoken again"
    print(f"{len(ALONE)} calls, ended at {len(halves)} places: {dict(kinds)}")  # noqa: T201


def kind(row, ticket):
    """Name the one heap that a call belongs to."""
    disposition = row["disposition"]
    if disposition.startswith("abandoned:"):
        assert not ticket
        assert disposition.partition(":")[2] in NODES, row
        return "abandoned"
    assert disposition
    return "ticket" if ticket else disposition
