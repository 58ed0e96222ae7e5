"""Callbacks: promised, tried once or more, kept or given up; by operators, or by the hotline itself."""

from dataclasses import dataclass
from datetime import timedelta

from db.models import Attempt, Callback, User
from ivr.demo import telephone
from ivr.demo.office import moment
from ivr.demo.paths import TALK, VOICE
from ivr.demo.telephone import Rung
from ivr.demo.town import ACCOUNT, DAY, TEHRAN, Town
from ivr.services import hours

REACHED = 0.68  # at one try of an operator
MISSES = {"no_answer": 58.0, "busy": 24.0, "unreachable": 18.0}
STATUS = {"no_answer": "no-answer", "busy": "busy", "unreachable": "failed"}
PICKED_UP = 0.52  # at one try of the hotline itself


@dataclass
class Promise:
    """A call that is owed: to whom, of what kind, about what; `row` grows until it is written."""

    type: str
    number: str
    asked: float
    ticket_id: int | None = None
    call_id: int | None = None
    district: str = ""
    category: str = ""
    urgent: bool = False
    answer_no: int = 0
    machine: bool = False
    kind: str = "done"  # what the answer was that feedback asks about


@dataclass
class Kept:
    """What became of a promise: `at` is None while it still waits."""

    at: float | None
    disposition: str
    outcome: str
    user: User | None
    text: str = ""
    voice: int | None = None


@dataclass(frozen=True)
class _Try:
    row_id: int
    n: int
    at: float
    user: User


def keep(town: Town, promise: Promise, would_confirm: float) -> Kept:
    """Try to call until somebody is reached or nobody will be; write down every try."""
    row_id = town.rows.new_id(Callback)
    tries = (_by_machine if promise.machine else _by_people)(town, promise, row_id, would_confirm)
    kept, number_of_tries, last = tries
    _write(town, promise, row_id, kept, number_of_tries, last)
    return kept


def _by_people(town: Town, promise: Promise, row_id: int, would_confirm: float) -> tuple[Kept, int, float]:
    limits = town.desk.config.callbacks
    wait = town.rng.expovariate(1 / 1500) * (0.4 if promise.urgent else 1)
    at = town.at_the_desk(_opening(town, promise.asked) + 60 + wait)
    for n in range(1, limits.max_tries + 1):
        if at + 400 > town.end:
            return Kept(None, "", "", None), n - 1, at
        user = town.operator(at)
        if town.chance(REACHED):
            return _talk(town, promise, _Try(row_id, n, at, user), would_confirm), n, at
        miss = town.pick(MISSES)
        ended = at + town.rng.uniform(20, 45)
        attempt = _attempt(town, row_id, n, user, at, ended, STATUS[miss], None)
        _dialled(town, promise, attempt, at, miss, user, STATUS[miss])
        if n == limits.max_tries:
            return Kept(ended + 20, miss, "unreachable", user), n, at
        at = town.at_the_desk(ended + limits.retry_minutes * 60 + town.rng.uniform(60, 1800))
    raise AssertionError("a promise has at least one try")


def _talk(town: Town, promise: Promise, this: _Try, would_confirm: float) -> Kept:
    at, user = this.at, this.user
    way_ends = at + town.rng.uniform(70, 260)
    attempt = _attempt(town, this.row_id, this.n, user, at, way_ends, "completed", int(way_ends - at - 15))
    text = town.some("explained" if promise.type == "result" else "talked")
    rung = _dialled(town, promise, attempt, at, "reached", user, "completed")
    telephone.write_down(town, rung.id, text)
    telephone.write_down(town, promise.call_id, text)
    voice = (
        telephone.speak(town, rung, "conversation", promise.ticket_id) if town.desk.config.callbacks.record else None
    )
    said = ("confirmed" if town.chance(would_confirm) else "rejected") if promise.type == "feedback" else ""
    return Kept(rung.ends + town.rng.uniform(20, 150), "reached", said, user, text, voice)


def _by_machine(town: Town, promise: Promise, row_id: int, would_confirm: float) -> tuple[Kept, int, float]:
    limits = town.desk.config.feedback
    at = _opening(town, promise.asked) + town.rng.uniform(20, 900)
    for n in range(1, limits.max_tries + 1):
        if at + 200 > town.end:
            return Kept(None, "", "", None), n - 1, at
        if town.chance(PICKED_UP):
            return _asked(town, promise, row_id, n, at, would_confirm), n, at
        miss = town.pick(MISSES)
        _attempt(town, row_id, n, None, at, at + 35, STATUS[miss], None)
        if n == limits.max_tries:
            return Kept(at + 36, miss, "unreachable", None), n, at
        at = _opening(town, at + limits.retry_minutes * 60 + town.rng.uniform(0, 600))
    raise AssertionError("a promise has at least one try")


def _asked(town: Town, promise: Promise, row_id: int, n: int, at: float, would_confirm: float) -> Kept:
    """Ask by machine whether it is solved, and hear yes or no."""
    solved = town.chance(would_confirm)
    facts = _facts(promise, answered_by="person", answer_kind=promise.kind)
    way = town.feedback.walk(("1",) if solved else ("2", VOICE), facts)
    attempt = _attempt(town, row_id, n, None, at, at + 40, "completed", 40)
    rung = telephone.write(town, way, at, **_outbound(town, promise, attempt, "feedback", None), disposition="reached")
    voice = None if solved else telephone.speak(town, rung, "note", promise.ticket_id)
    return Kept(rung.ends, "reached", "confirmed" if solved else "rejected", None, "", voice)


def _dialled(town: Town, promise: Promise, attempt: int, at: float, disposition: str, user: User, status: str) -> Rung:
    """Ring an operator, and bridge the citizen."""
    way = town.bridge.walk(("1", f"{TALK}{status}"), _facts(promise, record_talk="yes"))
    known = _outbound(town, promise, attempt, "callback", user)
    return telephone.write(town, way, at, **known, disposition=disposition)


def _facts(promise: Promise, **more: str) -> tuple[tuple[str, str], ...]:
    about = {"ticket_category": promise.category, "ticket_district": promise.district}
    return tuple(
        sorted({**(about if promise.ticket_id else {}), "number": "+98", "callback_type": promise.type, **more}.items())
    )


def _outbound(town: Town, promise: Promise, attempt: int, flow: str, user: User | None) -> dict[str, object]:
    return {
        "flow": flow,
        "direction": "outbound",
        "caller_raw": town.desk.config.hotline.caller_id,
        "called": user.telephone if user else promise.number,
        "number": promise.number,
        "attempt_id": attempt,
        "handled_by": user.id if user else None,
        "district": promise.district,
        "category": promise.category,
    }


def _attempt(
    town: Town, row_id: int, n: int, user: User | None, at: float, ended: float, status: str, seconds: int | None
) -> int:
    attempt_id = town.rows.new_id(Attempt)
    return town.rows.add(
        Attempt,
        id=attempt_id,
        callback_id=row_id,
        n=n,
        user_id=user.id if user else None,
        telephone=user.telephone if user else "citizen",
        state="ended",
        account_sid=ACCOUNT,
        call_sid=f"demo-try-{attempt_id}",
        status="completed" if user else status,
        citizen_status=status if user else "",
        answered_by="" if user else "human" * (status == "completed"),
        seconds=seconds,
        created_at=moment(at),
        ended_at=moment(ended),
        wrapped_at=moment(ended + 60) if user else None,
    )


def _write(town: Town, promise: Promise, row_id: int, kept: Kept, tries: int, last: float) -> None:
    """Write the callback; of a number that waits already, a second one is not kept waiting."""
    if kept.at is None and promise.number in town.open_numbers:
        kept.at, kept.disposition = min(town.end, promise.asked + 1), "call_again"
    if kept.at is None:
        town.open_numbers.add(promise.number)
    state = "done" if kept.outcome != "unreachable" else "given_up"
    local = town.desk.local(moment(promise.asked))
    promised = hours.promised_until(town.desk.config.callbacks, local, 3)
    head_start = timedelta(minutes=town.desk.config.callbacks.urgent_head_start_minutes * promise.urgent)
    open_state = "due_again" if tries else "queued"
    town.rows.add(
        Callback,
        id=row_id,
        type=promise.type,
        number=promise.number,
        state=state if kept.at is not None else open_state,
        urgent=promise.urgent,
        ticket_id=promise.ticket_id,
        call_id=promise.call_id,
        requested_at=moment(promise.asked),
        due_at=moment(last if tries and kept.at is None else _opening(town, promise.asked)),
        promised_at=moment(promised.timestamp()),
        tries=tries,
        rank_at=moment(promise.asked) - head_start,
        machine=promise.machine,
        answer_no=promise.answer_no,
        outcome=kept.outcome,
        changed_at=moment(kept.at if kept.at is not None else promise.asked),
        disposition=kept.disposition,
        note=kept.text,
        closed_at=moment(kept.at) if kept.at is not None else None,
    )


def _opening(town: Town, at: float) -> float:
    """Give the moment, or the next at which citizens may be called."""
    limits = town.desk.config.callbacks
    opens, closes = (int(one[:2]) * 3600 + int(one[3:]) * 60 for one in (limits.opens, limits.closes))
    day, second = divmod(at + TEHRAN, DAY)
    if opens <= second < closes:
        return at
    return (day + (second >= closes)) * DAY + opens - TEHRAN
