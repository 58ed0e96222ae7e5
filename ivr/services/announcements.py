"""A supervisor's own words on the line: typed and spoken by the voice, recorded in a browser, or by telephone."""

import io
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from db.models import Announcement, Callback, User
from db.queries import day as rows
from db.queries import recordings
from db.session import Database, Session
from ivr import audio
from ivr.services import callbacks, clips, day, keeping
from ivr.services.callbacks import CallbackError
from ivr.services.day import DayError
from ivr.services.desk import Desk
from ivr.services.recordings import UNHEARD
from ivr.speech import HASH, Clip

log = logging.getLogger(__name__)

CLIP = "clip:"
PLACES = {"menu": "announcements", "information": "announcements_information"}
MOST_CHARACTERS, LONGEST_SECONDS = 800, 120
SILENT_DBFS = -60.0


@dataclass(frozen=True)
class Wanted:
    """Where an announcement is to be heard, in which order, and from when until when."""

    title: str
    place: str
    rank: int
    starts_at: datetime | None
    ends_at: datetime | None


def facts(session: Session, desk: Desk, now: datetime) -> dict[str, str]:
    """Name what is heard now, by place; a clip that is not here is passed over: a telephone would give up on it."""
    heard: dict[str, list[str]] = {}
    for one in rows.announcements_on_air(session, desk.config.hotline.language, now):
        if one.place not in PLACES:
            continue
        if desk.speech.find(one.clip) is None:
            log.warning("a call goes on without an announcement that is not here", extra={"announcement": one.id})
            continue
        heard.setdefault(PLACES[one.place], []).append(f"{CLIP}{one.clip}")
    return {fact: " ".join(clips) for fact, clips in heard.items()}


def spoken(desk: Desk, words: str) -> Clip:
    """Have the voice speak what was typed. Raises DayError."""
    if not words.strip():
        raise DayError("no_words")
    if len(words) > MOST_CHARACTERS:
        raise DayError("long_words")
    return _shared(desk, desk.speech.say(words))


def recorded(desk: Desk, raw: bytes, title: str) -> Clip:
    """Check what a browser sent, and make it fit for the telephone. Raises DayError."""
    return _shared(desk, _checked(desk, io.BytesIO(raw), title))


def _shared(desk: Desk, clip: Clip) -> Clip:
    """Bring a clip where every machine finds it, before a row names it. Raises DayError."""
    try:
        clips.share(desk, clip)
    except keeping.Away as why:
        log.warning("an announcement was refused: %s", why)
        raise DayError("store_away") from why
    return clip


def _checked(desk: Desk, file: BinaryIO, title: str) -> Clip:
    try:
        seen = audio.inspect(file)
        if seen.rms_dbfs < SILENT_DBFS:
            raise DayError("silent_voice")
        if seen.seconds > LONGEST_SECONDS:
            raise DayError("long_voice")
        file.seek(0)
        return desk.speech.keep(audio.read(file), title)
    except (audio.NotAudio, OSError):
        raise DayError("not_a_voice") from None


def announce(
    session: Session, desk: Desk, now: datetime, author: str, wanted: Wanted, source: str, clip: Clip | None
) -> Announcement:
    """Put an announcement on air for its time; without a clip it waits for its voice. Raises DayError."""
    starts_at, ends_at = day.check_window(now, wanted.starts_at, wanted.ends_at)
    if not wanted.title.strip():
        raise DayError("no_title")
    if wanted.place not in PLACES:
        raise DayError("unknown_place")
    one = Announcement(
        title=wanted.title.strip()[:120],
        place=wanted.place,
        source=source,
        language=desk.config.hotline.language,
        words=clip.words if clip is not None and source == "typed" else "",
        clip=clip.hash if clip is not None else "",
        seconds=clip.seconds if clip is not None else 0.0,
        rank=wanted.rank,
        starts_at=starts_at,
        ends_at=ends_at,
        author=author,
        created_at=now,
    )
    session.add(one)
    session.flush()
    day.note(session, now, author, "announced", one.title, f"{source} {wanted.place} {one.clip}".strip())
    return one


def ring(session: Session, now: datetime, user: User, one: Announcement) -> None:
    """Ring the supervisor's telephone, to record it there. Raises CallbackError, DayError."""
    if not user.telephone:
        raise CallbackError("no_telephone")
    if one.withdrawn_at is not None or one.ends_at <= now:
        raise DayError("announcement_over")
    if one.callback is not None and one.callback.closed_at is None:
        raise CallbackError("already_dialling")
    callback = Callback(
        type="announce",
        number=f"announce-{one.id}",  # nobody is called back: one open call for each announcement
        machine=True,
        requested_at=now,
        rank_at=now,
        due_at=now,
        promised_at=now,
        state="dialling",
    )
    session.add(callback)
    session.flush()
    one.callback_id = callback.id
    callbacks.begin_try(session, callback, now, user.telephone, user)


def take(session: Session, desk: Desk, sid: str) -> str | None:
    """Give the clip of what was said on the telephone; "" while it is on its way, None if there is nothing to hear."""
    voice = recordings.find(session, sid)
    if voice is None or voice.state in UNHEARD:
        return None
    if voice.state != "stored" or not voice.path:
        return ""
    if desk.shares:  # no turn waits for a store
        return desk.takes.ask(sid)
    try:
        with keeping.opened(session, desk, voice.path) as file:
            return _checked(desk, file, "").hash
    except (DayError, keeping.Gone, keeping.Away, *keeping.Unreadable):
        return None


def answer(database: Database, desk: Desk, sid: str) -> None:
    """Make the clip that a turn asked for; while the store is away a turn has to ask again."""
    try:
        with database.reading() as session:
            voice = recordings.find(session, sid)
            file = keeping.opened(session, desk, voice.path if voice is not None and voice.path else "")
        with file:
            clip = _checked(desk, file, "")
        clips.share(desk, clip)
    except keeping.Away as why:
        log.warning("a supervisor waits for the store: %s", why)
        desk.takes.forget(sid)
    except (DayError, keeping.Gone, *keeping.Unreadable):
        desk.takes.answer(sid, None)
    else:
        desk.takes.answer(sid, clip.hash)


def keep(session: Session, desk: Desk, now: datetime, callback_id: int, sid: str, named: str) -> None:
    """Take a clip, made of the voice `sid`, as the announcement that a call was to record; it may lie in the store."""
    one, content = rows.announcement_of(session, callback_id), named.removeprefix(CLIP)
    clip = desk.speech.find(content)
    if one is None or (clip is None and not (desk.shares and HASH.fullmatch(content))):
        return
    one.clip, one.seconds = content, _seconds(session, sid) if clip is None else clip.seconds
    day.note(session, now, one.author, "announced", one.title, f"telephone {one.place} {one.clip}")


def _seconds(session: Session, sid: str) -> float:
    voice = recordings.find(session, sid)
    return (voice.seconds if voice is not None else None) or 0.0


def withdraw(session: Session, now: datetime, author: str, announcement_id: int) -> None:
    """Take it off the air. Raises DayError if nobody hears it any more."""
    one = session.get(Announcement, announcement_id, with_for_update=True)
    if one is None or one.withdrawn_at is not None or one.ends_at <= now:
        raise DayError("announcement_over")
    one.withdrawn_at, one.withdrawn_by = now, author
    day.note(session, now, author, "announcement_off", one.title, one.clip)


def state(one: Announcement, now: datetime) -> str:
    """Say whether it is heard: waits (for its voice), later, now, over, withdrawn."""
    if one.withdrawn_at is not None:
        return "withdrawn"
    if one.ends_at <= now:
        return "over"
    if not one.clip:
        return "waits"
    return "now" if one.starts_at <= now else "later"
