"""What the database had not taken when a backup was made is taken after a restore, once."""

from contextlib import closing

import pytest

from db.models import Call, Ticket
from db.session import Database
from ivr import jobs as work
from ivr.config import Server
from ivr.gateway.ledger import Ledger, Leg, Voice
from ivr.services import backup, restore
from ivr.services.desk import Desk, open_spool
from ivr.services.webhooks import Webhook
from ivr.telephony.accounts import accounts
from tests.conftest import ACCOUNT

SID, VOICE = "CA" + "5" * 32, "RE" + "5" * 32
FORM = {"CallSid": SID, "AccountSid": ACCOUNT, "From": "+989121234567", "To": "137"}


@pytest.fixture
def spooled(kept, clock):
    """A message that was left while the database was away."""
    spool = open_spool(kept, "fallback")
    voice = {**FORM, "RecordingSid": VOICE, "RecordingDuration": "9"}
    for kind, form in (("recording", voice), ("status", {**FORM, "CallStatus": "completed"})):
        spool.put(Webhook(kind, form, {}, clock()).dump())
    return spool


def take_up(config, voice, database=None):
    """Let the sweep of an installation take what waits; say what its house holds then."""
    own = database or Database(config.database_url)
    office = work.Office(Desk(config, *voice, accounts(config)), own, None)
    spools = [open_spool(config, whose) for whose in ("web", "fallback")]
    for spool in spools:
        spool.prepare()
    work.replay(office, spools)
    with own.reading() as session:
        held = session.query(Call).filter_by(sid=SID).count(), session.query(Ticket).count()
    if database is None:
        own.close()
    return held, [len(spool.aside()) for spool in spools]


def test_what_waited_is_taken_up_after_a_restore(kept, spooled, database, target, tmp_path, clock, voice):
    made = backup.make(kept, tmp_path / "house.backup", clock())
    before = [event.read_bytes() for event in spooled.waiting()]
    restore.restore(target, made.path)
    assert [event.read_bytes() for event in open_spool(target, "fallback").waiting()] == before
    assert take_up(target, voice) == ((1, 1), [0, 0])
    assert take_up(target, voice) == ((1, 1), [0, 0])


@pytest.mark.parametrize("moment", ["before the rows are read", "while they are"])
def test_what_is_taken_up_during_a_backup_is_in_it_once(
    kept, spooled, database, target, tmp_path, clock, voice, monkeypatch, moment
):
    if moment == "before the rows are read":
        opened = backup.dumping.snapshot

        def meanwhile(url):
            take_up(kept, voice, database)
            return opened(url)

        monkeypatch.setattr(backup.dumping, "snapshot", meanwhile)
    else:
        packed, began = backup.archive.pack, []

        def meanwhile(rows):
            if not began:
                began.append(take_up(kept, voice, database))
            return packed(rows)

        monkeypatch.setattr(backup.archive, "pack", meanwhile)
        with database.transaction() as session:  # some row, for something to be packed
            session.add(Call(sid="CA1", account_sid="AC", flow="x", started_at=clock(), last_turn_at=clock()))
    made = backup.make(kept, tmp_path / "house.backup", clock())
    assert spooled.waiting() == []
    restore.restore(target, made.path)
    assert take_up(target, voice) == ((1, 1), [0, 0])


def test_under_another_key_it_is_set_aside_and_not_lost(kept, spooled, database, target, tmp_path, clock, voice):
    made = backup.make(kept, tmp_path / "house.backup", clock())
    restore.restore(target, made.path)
    other = target.model_copy(update={"server": Server(secret_key="another", public_url="http://hotline.test")})
    assert take_up(other, voice) == ((0, 0), [0, 2])
    for event in open_spool(target, "fallback").aside():
        event.rename(event.parent.parent / event.name)
    assert take_up(target, voice) == ((1, 1), [0, 0])


def test_the_gateways_ledger_and_voices_come_along(kept, database, target, tmp_path, clock):
    place = kept.var_dir / "gateway"
    with closing(Ledger(place / "hotline-137.db")) as ledger:
        ledger.keep_leg(Leg(SID, "channel", "inbound", "+989121234567", "137"))
        ledger.keep_voice(Voice(VOICE, SID, "name", "RecordVerb", status="completed"))
        ledger.tell(SID, "http://hotline.test/voice/recording", "POST", {"CallSid": SID})
        (place / "voices").mkdir()
        (place / "voices" / f"{VOICE}.wav").write_bytes(b"RIFF said")
        (place / "voices" / ".half.part").write_bytes(b"RI")
        made = backup.make(kept, tmp_path / "house.backup", clock())
        ledger.told(ledger.next_news(SID).id)
    restore.restore(target, made.path)
    there = target.var_dir / "gateway"
    assert [path.name for path in (there / "voices").iterdir()] == [f"{VOICE}.wav"]
    with closing(Ledger(there / "hotline-137.db")) as restored:
        assert restored.leg(SID).caller == "+989121234567"
        assert restored.voice(VOICE).status == "completed"
        assert restored.next_news(SID).form == {"CallSid": SID}


def test_a_ledger_that_cannot_be_read_is_said(kept, database, tmp_path, clock):
    (kept.var_dir / "gateway").mkdir(parents=True)
    (kept.var_dir / "gateway" / "hotline-137.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(backup.BackupError, match="not a database"):
        backup.make(kept, tmp_path / "house.backup", clock())
