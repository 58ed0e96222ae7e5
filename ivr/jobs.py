"""rq jobs: an id in, one service; each may run twice, and the sweep asks again for what got lost."""

import logging
import math
import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from db.queries import calls, people, recordings
from db.session import AWAY, Database, SQLAlchemyError, after_commit, in_plain_words
from ivr import config
from ivr.config import Config
from ivr.services import (
    archives,
    archiving,
    callbacks,
    codes,
    dialling,
    doubt,
    feedback,
    fetching,
    keeping,
    removals,
    retention,
    versions,
    webhooks,
)
from ivr.services import calls as desk_calls
from ivr.services import recordings as voices
from ivr.services.desk import Desk, open_database, open_desk, open_spools
from ivr.services.figures import rollup
from ivr.services.webhooks import Webhook
from ivr.spool import Spool
from ivr.telephony.accounts import outgoing
from ivr.telephony.outside import Provider, Refused, Telephony, Unsure

log = logging.getLogger(__name__)

TICK_SECONDS = 2
BATCH = 200
TOGETHER_SECONDS = 0.3  # when many speak, their voices are fetched together: a job costs a process and a connection
GATHERING_SECONDS = 4  # and a fetch takes up to 40: together no longer than a job may run
DAYS_A_ROUND = 5
HOLDER = f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(4)}"


@dataclass(frozen=True)
class Office:
    """What jobs work with: as the web process has it, but without a voice of its own."""

    desk: Desk
    database: Database
    telephony: Telephony | None  # None: there is no account to call from


@cache
def office() -> Office:
    """Open the office once; a worker does so before it forks for its jobs, and nothing is connected by then."""
    return open_office(config.load())


def open_office(settings: Config) -> Office:
    desk = open_desk(settings)
    account = outgoing(settings, desk.accounts)
    return Office(desk, open_database(settings), Provider(account) if account else None)


def fetch_recording(recording_id: int) -> None:
    """Fetch a voice, and what came meanwhile; assumes nothing: rows say what is wanted, and leases keep others away."""
    time.sleep(TOGETHER_SECONDS)
    fetch_with_rest(office(), recording_id)


def fetch_with_rest(where: Office, recording_id: int) -> None:
    """Fetch a voice and then, while there is time for a whole fetch, all that is due."""
    until = time.monotonic() + GATHERING_SECONDS
    clean_parts(where.desk.config)
    fetch_into(where, recording_id, *_waiting(where), until=until)
    while rest := _waiting(where):
        if time.monotonic() > until:
            with where.database.transaction() as session:
                after_commit(session, voices.FETCH, rest[0])
            return
        if len(rest) < fetching.AT_ONCE:
            time.sleep(TOGETHER_SECONDS)
            rest = _waiting(where)
        fetch_into(where, *rest, until=until)


def _waiting(where: Office) -> list[int]:
    with where.database.reading() as session:
        return recordings.waiting(session, _now(), fetching.AT_ONCE)


def fetch_into(where: Office, *ids: int, until: float = math.inf) -> int:
    """Fetch and keep some voices; say how many were ours to fetch."""
    return fetching.Bringer(where.desk, where.database, _now).bring(ids, until)


def remove_recording(removal_id: int) -> None:
    """Have a provider delete a voice; a second run finds the row claimed or gone."""
    removals.carry_out(office().database, office().desk, removal_id, _now())


def dial_attempt(attempt_id: int) -> None:
    """Ask the provider to ring the operator; a second run finds the asking claimed, and does nothing."""
    dial_from(office(), attempt_id)


def dial_from(where: Office, attempt_id: int) -> None:
    """Claim, ask, and note the answer, each step its own transaction."""
    desk = where.desk
    with where.database.transaction() as session:
        wanted = dialling.begin(session, desk, attempt_id)
        permitted = dialling.permitted(session, desk, attempt_id)
    if wanted is None:
        return
    telephony = where.telephony
    try:
        if telephony is None:
            raise Refused("no account to call from")
        if not permitted:
            raise Refused("a number that we do not dial")
        call_sid = telephony.call(wanted)
    except Unsure as why:
        log.warning("dialling is in doubt", extra={"attempt": attempt_id, "why": str(why)})
        with where.database.transaction() as session:
            dialling.unsure(session, attempt_id)
    except Refused as why:
        log.warning("dialling was refused", extra={"attempt": attempt_id, "why": str(why)})
        with where.database.transaction() as session:
            dialling.refused(session, desk, attempt_id, _now())
    else:
        with where.database.transaction() as session:
            dialling.asked(session, attempt_id, telephony.account_sid, call_sid)


def find_attempt(attempt_id: int) -> None:
    """Look for a try in doubt among the provider's calls; a second run finds no doubt, and does nothing."""
    find_from(office(), attempt_id)


def find_from(where: Office, attempt_id: int) -> None:
    """Ask for the list, and take what can only be this try's."""
    with where.database.reading() as session:
        telephone = doubt.telephone(session, attempt_id)
    if telephone is None or where.telephony is None:
        return
    try:
        found = doubt.Found(where.telephony.account_sid, where.telephony.placed(telephone))
    except Unsure as why:
        log.warning("the provider's calls cannot be listed", extra={"attempt": attempt_id, "why": str(why)})
        return
    with where.database.transaction() as session:
        doubt.settle(session, where.desk, attempt_id, found, _now())


def sweep_forever(settings: Config) -> None:
    """Look at the database every few seconds for what is due; one process at a time does it."""
    where = open_office(settings)
    spools = list(open_spools(settings).values())
    while True:
        try:
            replay(where, spools)
            sweep(where, _now())
            archiving.beside(archives.Works(where.desk, where.database, _now))
        except SQLAlchemyError as error:
            log.error("the sweep could not use the database: %s", in_plain_words(error))  # noqa: TRY400  # every round
        time.sleep(TICK_SECONDS)


def sweep(where: Office, now: datetime) -> bool:
    """Do one round if the lease is ours; say whether it was."""
    with where.database.transaction() as session:
        if not people.take_lease(session, "sweep", HOLDER, now, now + timedelta(seconds=5 * TICK_SECONDS)):
            return False
        versions.refresh(session, where.desk)
        callbacks.return_expired(session, now, BATCH)
        dialling.tidy(session, where.desk, now, BATCH)
        doubt.ask(session, BATCH)
        feedback.owe(session, where.desk, now, BATCH)
        feedback.dial_due(session, where.desk, now)
        codes.forget_old_failures(session, now)
        voices.ask_for_due(session, now, BATCH)
        removals.ask_for_due(session, now, BATCH)
    keeping.clear(where.database, where.desk, now, BATCH)
    _end_silent_calls(where, now)
    _count_days(where, now)
    retention.carry_out(where.database, where.desk, HOLDER, now)
    return True


def replay(where: Office, spools: list[Spool]) -> None:
    """Take what was spooled while the database was away, oldest first: this machine's own, so no lease is needed."""
    kept = sorted((path.name, path, spool) for spool in spools for path in spool.waiting())
    for _, path, spool in kept:
        try:
            if (written := spool.read(path)) is not None:
                _take_again(where, Webhook.load(written))
        except AWAY as error:
            log.error("spooled webhooks wait for the database: %s", in_plain_words(error))  # noqa: TRY400
            return  # the next round begins here: the oldest first
        except Exception as error:
            log.exception("a spooled webhook cannot be taken")
            spool.set_aside(path, type(error).__name__)
        else:
            spool.done(path)
    if kept:
        log.warning("%s spooled webhooks were taken up", len(kept))
        for spool in spools:
            spool.prepare()


def _take_again(where: Office, hook: Webhook) -> None:
    """Do what the telephone asked for then; of a turn that cannot be any more, its voice is kept."""
    try:
        with where.database.transaction() as session:
            webhooks.take(session, where.desk, hook)
    except desk_calls.Unexpected as why:
        log.warning("a spooled turn comes too late", extra={"call": hook.heard.sid, "why": str(why)})
        if (voice := webhooks.salvage(hook)) is not None:
            with where.database.transaction() as session:
                webhooks.take(session, where.desk, voice)


def _end_silent_calls(where: Office, now: datetime) -> None:
    """End calls that nobody ended, each in its own transaction, so that one broken call stops no other."""
    patience = timedelta(minutes=where.desk.config.calls.silent_minutes)
    with where.database.reading() as session:
        silent = calls.silent_since(session, now - patience, BATCH)
    for call_id in silent:
        try:
            with where.database.transaction() as session:
                desk_calls.end_silent(session, where.desk, call_id, now)
        except Exception:  # one call's trouble must not hold up the others
            log.exception("a silent call could not be ended", extra={"call": call_id})


def _count_days(where: Office, now: datetime) -> None:
    """Keep the daily sums true, each day in a transaction of its own; a round counts only a few."""
    try:
        with where.database.transaction() as session:
            rollup.look(session, where.desk, now)
        for _ in range(DAYS_A_ROUND):
            with where.database.transaction() as session:
                if not rollup.renew_next(session, where.desk, now):
                    break
    except SQLAlchemyError as error:
        log.warning("the daily sums could not be kept: %s", in_plain_words(error))


def clean_parts(settings: Config) -> None:
    """Throw away what fetches and uploads that were killed left behind; what is under way is younger than a lease."""
    dead = time.time() - voices.LEASE.total_seconds()
    for part in settings.recordings_dir.glob(".*.part"):
        with suppress(FileNotFoundError):
            if part.stat().st_mtime < dead:
                part.unlink()


def _now() -> datetime:
    return datetime.now(UTC)
