"""A house in which something of every kind has happened, voices and a photo on its disk included."""

import io
import os

from PIL import Image

from db.models import Recording
from db.queries import tickets as rows
from ivr import jobs as work
from ivr.services import joining, photos
from ivr.telephony.accounts import Account
from tests.city import DESK, RE1, RE2, UNIT, City, Exchange
from tests.worker import sound

RE3 = "RE" + "3" * 32
MAYA, OMID = "+989121234567", "+989351112233"


def picture():
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "olive").save(out, "JPEG")
    return out.getvalue()


def live(line, desk, database, clock, provider, monkeypatch):
    """Let citizens report and say what they think of the answer; give the city they live in."""
    sid = desk.config.twilio.account_sid
    desk.accounts[sid] = Account(sid, "token", provider.url)
    settings = desk.config.feedback.model_copy(update={"person_percent": 0})
    object.__setattr__(desk.config, "feedback", settings)  # settings are frozen; this is its own installation
    monkeypatch.setattr(work, "_now", clock)
    city = City(line, work.Office(desk, database, Exchange()), clock)
    for one in (RE1, RE2, RE3):
        place = f"/2010-04-01/Accounts/{sid}/Recordings/{one}.wav"
        provider.answers[place] = (200, {"Content-Type": "audio/x-wav"}, sound(9, os.urandom(16000)))
    first, second = city.report(MAYA, RE1), city.report(OMID, RE2)
    city.answer(second)
    brought = photos.bring(database, desk, clock(), picture())
    with database.transaction() as session:
        photos.add(session, desk, clock(), rows.by_code(session, second, lock=True), UNIT, brought)
    city.rings().picks_up().presses("2").speaks(RE3).ends()
    with database.transaction() as session:
        main, repeat = rows.by_code(session, second, lock=True), rows.by_code(session, first, lock=True)
        joining.join(session, desk, clock(), repeat, main, DESK)
    fetch_all(city)
    return city


def fetch_all(city):
    with city.database.reading() as session:
        waiting = [one.id for one in session.query(Recording).filter_by(state="pending")]
    for voice in waiting:
        work.fetch_into(city.office, voice)
