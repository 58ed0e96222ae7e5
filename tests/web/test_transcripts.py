"""The transcripts again, over signed HTTP against the whole house: the desk's results are real here."""

from datetime import timedelta

import pytest

from db.models import Callback, CodeFailure, Ticket
from db.queries import calls
from ivr.services import abuse, managers, situations
from ivr.services.history import Author
from tests.transcripts import transcripts

DESK = Author("zahra", "desk")
OWN, OTHERS = "+989121234567", "+98912000000{}"


@pytest.fixture
def before(line, database, desk, clock):
    """Arrange what a transcript says was so before the call."""

    def arrange(given):
        with database.transaction() as session:
            if "ticket" in given:
                session.add(earlier_ticket(given["ticket"], clock() - timedelta(days=1)))
            session.add_all(CodeFailure(caller=OWN, at=clock()) for _ in range(int(given.get("guesses", 0))))
            session.add_all(done_callback(clock()) for _ in range(int(given.get("callbacks_today", 0))))
            day_unlike_others(session, desk, clock(), given)
        for n in range(int(given.get("waiting", 0))):
            line.dials(OTHERS.format(n)).presses("0")
        if "asked" in given:
            line.dials(OWN).presses("0")
        return "anonymous" if given.get("caller") == "withheld" else OWN

    return arrange


def day_unlike_others(session, desk, now, given):
    """Put on air what a transcript says was so on that day."""
    later = now + timedelta(hours=2)
    if "situation" in given:
        situations.start(session, desk, now, DESK, given["situation"])
    if given.get("caller") == "limited":
        abuse.limit(session, desk, now, DESK, OWN, "insult", "", later)
    if "live" in given:
        managers.plan(session, desk, now, DESK, "answers", "host", given["live"], (now, later), _slots(given))


def _slots(given):
    return 1 if "taken" in given else 9


def earlier_ticket(code, moment):
    return Ticket(
        code=code, category="drain", district="6", unit="district", priority="normal", caller="+989120000009",
        opened_at=moment, due_at=moment, changed_at=moment,
    )  # fmt: skip


def done_callback(moment):
    return Callback(
        type="intake",
        number=OWN,
        state="done",
        requested_at=moment,
        rank_at=moment,
        due_at=moment,
        promised_at=moment,
        closed_at=moment,
    )


def sid(recording):
    return f"RE{int(recording.removeprefix('RE')):032x}"


def act(caller, does):
    match does:
        case "answered":
            caller.answer()
        case "hangs up":
            caller.hangs_up()
            caller.document = None
        case {"press": ""} if caller.document.find("Record") is not None:
            caller.says_nothing()
        case {"press": keys}:
            caller.presses(keys)
        case {"dial": [status, seconds]}:
            caller.request(caller.waits("Dial").get("action"), DialCallStatus=status, DialCallDuration=seconds)
        case {"record": [recording, seconds]} if caller.document is None:
            caller.reports(sid(recording), seconds=int(seconds))
        case {"record": [recording, seconds]}:
            caller.speaks(sid(recording), int(seconds))
        case {"record": [recording, seconds, "hangs up"]}:
            caller.speaks(sid(recording), int(seconds), digits="hangup")


def facts_of(database, caller):
    with database.reading() as session:
        return calls.find(session, caller.sid).state["facts"]


def expected(desk, prompts, facts):
    clips = [clip for prompt in prompts for clip in desk.speech.clips(prompt, facts)]
    return " ".join(clip.words for clip in clips if clip.words)


AS_SHIPPED = [one for one in transcripts("hotline_137") if "knew" not in one.values[1]]


@pytest.mark.parametrize(("flow_id", "call"), AS_SHIPPED)
def test_call_goes_as_written_over_http(flow_id, call, line, desk, database, before):
    given = call.get("given", {})
    caller = line.dials(before(given), answered=False)
    for turn in call["turns"]:
        act(caller, turn["caller"])
        if turn["caller"] == "answered" and "taken" in given:
            line.dials(OTHERS.format(0)).presses("5")
        if caller.document is not None:
            facts = facts_of(database, caller)
            assert caller.words == expected(desk, turn["hears"], facts), turn
    left = [[row["category"], row["district"], [r["sid"] for r in row["recordings"]]] for row in line.rows("tickets")]
    if "tickets" in call:
        assert left == [
            [category, district, [sid(r) for r in voices]] for category, district, voices in call["tickets"]
        ]
    row = next(row for row in line.rows("calls") if row["call_sid"] == caller.sid)
    assert row["disposition"] == call.get("knows", {}).get("disposition", row["disposition"])
