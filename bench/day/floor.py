"""The floor: what Flask, a signature, one row in and one row out, and a TwiML document cost without any hotline.

python -m bench.day.floor URL    # served by the same gunicorn with the same settings (IVR_*) as the hotline itself
"""

import itertools
import sys

from flask import Flask, Response, abort, request
from sqlalchemy import String, Text, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import VoiceResponse

from bench.day.provider import TOKEN, Counted, Telephone, connection
from db.session import Database
from ivr import config as settings
from ivr.supervisor.web import Web, options

TURNS = 7  # documents of a report, on one connection
MENU = [f"{name}.wav" for name in ("greeting", "news", "menu", "choices")]


class Base(DeclarativeBase):
    """The floor's own table, in the hotline's database."""


class Seen(Base):
    __tablename__ = "bench_floor"

    id: Mapped[int] = mapped_column(primary_key=True)
    sid: Mapped[str] = mapped_column(String(128))
    digits: Mapped[str] = mapped_column(String(64))
    said: Mapped[str] = mapped_column(Text)


def engine_for(url):
    """Open the database as simply as can be; SQLite needs the hotline's own pragmas to be as safe."""
    return Database(url).engine if url.startswith("sqlite") else create_engine(url, pool_size=16)


def create(url):
    engine, floor = engine_for(url), Flask("floor")
    writing = engine.execution_options(ivr_writes=True)

    @floor.post("/floor")
    def turn():
        base = f"http://{request.host}"
        signed = RequestValidator(TOKEN).validate(
            f"{base}/floor", request.form.to_dict(), request.headers.get("X-Twilio-Signature", "")
        )
        if not signed:
            abort(403)
        with Session(writing) as session:
            row = Seen(sid=request.form["CallSid"], digits=request.form.get("Digits", ""), said=request.form["From"])
            session.add(row)
            session.flush()
            sid = session.scalars(select(Seen.sid).where(Seen.id == row.id)).one()
            reply = VoiceResponse()
            menu = reply.gather(action=f"{base}/floor", num_digits=1)
            for clip in MENU:
                menu.play(f"{base}/audio/{sid}/{clip}")
            reply.redirect(f"{base}/floor")
            session.commit()
        return Response(str(reply), mimetype="text/xml")

    return floor


def prepare(url):
    """Make the floor's table."""
    engine = create_engine(url)
    Base.metadata.create_all(engine)
    engine.dispose()


class Caller:
    """Asks the floor for as many documents as a report has, call after call."""

    def __init__(self, base, media):
        self._base, self._media, self._numbers = base, media, itertools.count(1)

    async def calls(self, counted: Counted):
        n = next(self._numbers)
        async with connection() as session:
            phone = Telephone(session, self._base, f"CA{n:032x}", f"+98912{n:07}", counted, self._media)
            for _ in range(TURNS):
                await phone.asks(f"{self._base}/floor", Digits="1")
        counted.calls += 1


if __name__ == "__main__":
    config = settings.load()
    Web(config, lambda _: create(sys.argv[1]), options(config)).run()
