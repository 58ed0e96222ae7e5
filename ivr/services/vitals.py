"""How the house is doing, in figures: asked of database, queue and disk when somebody wants to know."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from db.queries import removals, vitals
from db.queries.vitals import Pending, Promised
from db.session import Database, Session
from ivr.config import Config
from ivr.meters import Metric, counter, gauge
from ivr.queues import Queues
from ivr.services import archiving
from ivr.services.desk import open_spools
from ivr.services.readiness import Look, Readiness, free_bytes
from ivr.spool import written_at

ENDED_WITHIN = timedelta(minutes=5)
DIALLED_WITHIN = timedelta(hours=1)
NOBODY = "none"


@dataclass(frozen=True)
class _Stand:
    """What the database says."""

    at: datetime
    calls: int
    ended: list[tuple[str, str, str, int]]
    pending: list[Pending]
    waiting: list[Promised]
    dials: list[tuple[str, str, str, int]]
    removals: list[tuple[str, int, datetime]]
    lease: datetime | None
    archived: datetime | None


class Vitals:
    """Tells the same in every process, for none of it is counted in one."""

    def __init__(self, config: Config, database: Database) -> None:
        self._config = config
        self._database = Look(database)
        self._queues = Queues(config.redis_url)
        self._spools = open_spools(config)

    def look(self, readiness: Readiness, now: datetime) -> Iterator[Metric]:
        """Give every figure that can be had; those of a part that does not answer are missing."""
        up = {(name,): float(not words) for name, words in asdict(readiness).items()}
        yield gauge("hotline_ready", "Whether a part is as it should be; /readyz says what is wrong.", up, ("part",))
        yield gauge("hotline_disk_free_bytes", "Room left where voices are written.", free_bytes(self._config))
        yield from self._of_queues(now)
        yield from self._of_spools(now)
        stand = None if readiness.database else self._database.answer(lambda session: _stand(session, now))
        if stand is not None:
            yield from _calls(stand)
            yield from _recordings(stand)
            yield from _removals(stand)
            yield from _callbacks(stand)
            yield from self._overdue(stand)

    def _overdue(self, stand: _Stand) -> Iterator[Metric]:
        swept = _age(stand.at, [stand.lease] if stand.lease else [])
        yield gauge("hotline_sweep_overdue_seconds", "For how long nobody has held the sweep's lease.", swept)
        archived = [stand.archived] if stand.archived and self._config.keep.turns_months else []
        words = "For how long turns that were due two days before have not all been archived."
        yield gauge("hotline_archive_overdue_seconds", words, _age(stand.at, archived))

    def _of_spools(self, now: datetime) -> Iterator[Metric]:
        of = ("spool",)
        kept = {(name,): spool.waiting() for name, spool in self._spools.items()}
        waiting = {name: float(len(events)) for name, events in kept.items()}
        yield gauge("hotline_spool_events", "Webhooks on this machine's disk that wait for the database.", waiting, of)
        ages = {name: _age(now, [written_at(event) for event in events[:1]]) for name, events in kept.items()}
        yield gauge("hotline_spool_oldest_seconds", "For how long the oldest of them has waited.", ages, of)
        aside = {(name,): float(len(spool.aside())) for name, spool in self._spools.items()}
        yield gauge("hotline_spool_aside", "Those that nobody could take, and that wait for a person.", aside, of)

    def _of_queues(self, now: datetime) -> Iterator[Metric]:
        waiting, ended = self._queues.waiting(now), self._queues.ended()
        if waiting is None or ended is None:
            return
        of = ("queue",)
        jobs = {(name,): float(one.jobs) for name, one in waiting.items()}
        yield gauge("hotline_queue_jobs", "Jobs that wait.", jobs, of)
        ages = {(name,): one.oldest_seconds for name, one in waiting.items()}
        yield gauge("hotline_queue_oldest_seconds", "For how long the oldest waiting job has waited.", ages, of)
        running = {(name,): float(one.running) for name, one in waiting.items()}
        yield gauge("hotline_queue_running", "Jobs that run.", running, of)
        yield counter("hotline_jobs", "Jobs that ended, by name and outcome.", ended, ("kind", "outcome"))


def _stand(session: Session, now: datetime) -> _Stand:
    return _Stand(
        now,
        vitals.calls_open(session),
        vitals.calls_ended(session, now - ENDED_WITHIN),
        vitals.recordings_pending(session),
        vitals.callbacks_waiting(session),
        vitals.dials(session, now - DIALLED_WITHIN),
        removals.undone(session),
        vitals.lease_until(session, "sweep"),
        vitals.lease_until(session, archiving.DONE),
    )


def _calls(stand: _Stand) -> Iterator[Metric]:
    yield gauge("hotline_calls_open", "Calls that have not ended.", stand.calls)
    ended: dict[tuple[str, ...], float] = {}
    for direction, language, disposition, number in stand.ended:
        key = (direction, language or NOBODY, disposition.partition(":")[0] or NOBODY)
        ended[key] = ended.get(key, 0) + number
    yield gauge(
        "hotline_calls_ended_5m",
        "Calls that ended in the last five minutes, by what came of them.",
        ended,
        ("direction", "language", "disposition"),
    )
    dials = {(account or NOBODY, state, status or NOBODY): float(n) for account, state, status, n in stand.dials}
    yield gauge(
        "hotline_dials_1h",
        "Telephones asked to ring in the last hour, by account, state and what became of them.",
        dials,
        ("account", "state", "status"),
    )


def _recordings(stand: _Stand) -> Iterator[Metric]:
    of = ("account",)
    pending = {(one.account,): float(one.number) for one in stand.pending}
    yield gauge("hotline_recordings_pending", "Voices still to be fetched, by the account that has them.", pending, of)
    tried = {(one.account,): float(one.tried) for one in stand.pending}
    yield gauge("hotline_recordings_failing", "Those of them that were asked for more than once.", tried, of)
    oldest = _age(stand.at, [one.oldest for one in stand.pending])
    yield gauge("hotline_recordings_oldest_seconds", "How long ago the oldest of them was spoken.", oldest)
    due = _age(stand.at, [one.due for one in stand.pending])
    yield gauge("hotline_recordings_overdue_seconds", "For how long the longest due has not been asked for.", due)


def _removals(stand: _Stand) -> Iterator[Metric]:
    waiting = {(account,): float(number) for account, number, _ in stand.removals}
    words = "Voices that were deleted here and are still to be deleted by the account that has them."
    yield gauge("hotline_removals_waiting", words, waiting, ("account",))
    oldest = _age(stand.at, [moment for _, _, moment in stand.removals])
    yield gauge("hotline_removals_oldest_seconds", "How long ago the oldest of them was deleted here.", oldest)


def _callbacks(stand: _Stand) -> Iterator[Metric]:
    of = ("by",)
    kinds = {"hotline" if one.machine else "operator": one for one in stand.waiting}
    waiting = {(by,): float(kinds[by].number) if by in kinds else 0.0 for by in ("operator", "hotline")}
    yield gauge("hotline_callbacks_waiting", "Callbacks that wait, by who is to call.", waiting, of)
    for name, words, moment in (
        ("oldest", "How long ago the oldest of them was asked for.", "oldest"),
        ("overdue", "For how long the longest due has been due.", "due"),
        ("late", "By how much the hour is past that was promised to a citizen.", "promised"),
    ):
        ages = {(by,): _age(stand.at, [getattr(one, moment)]) for by, one in kinds.items()}
        yield gauge(f"hotline_callbacks_{name}_seconds", words, dict.fromkeys(waiting, 0.0) | ages, of)


def _age(now: datetime, moments: list[datetime]) -> float:
    return max([0.0, *((now - moment).total_seconds() for moment in moments)])
