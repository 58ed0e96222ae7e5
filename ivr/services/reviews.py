"""Quality: a talk is graded by weighted criteria, once by each reviewer, and never changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from db.models import Call, Remark, Review, User
from db.queries import reviews
from db.session import Session, insert_once
from ivr.catalogue import ReviewForm
from ivr.services.desk import Desk
from ivr.services.errors import Refused

HIGHEST = 100


class ReviewError(Refused):
    """Not allowed with a review."""


@dataclass(frozen=True)
class Said:
    """A comment on one moment of a recording."""

    recording_id: int | None
    second: int
    text: str


def form_for(desk: Desk, call: Call) -> ReviewForm:
    """Give the form that calls of this flow are graded by, or the one for all."""
    forms = desk.catalogue.reviews
    return next((form for form in forms if call.flow in form.flows), forms[0])


def score(form: ReviewForm, marks: Mapping[str, int]) -> int:
    """Weigh the marks, each 0 to 100. Raises ReviewError for one that is missing or no mark."""
    if set(marks) != {one.code for one in form.criteria} or not all(0 <= mark <= HIGHEST for mark in marks.values()):
        raise ReviewError("marks_missing")
    whole = sum(one.weight for one in form.criteria)
    return round(sum(one.weight * marks[one.code] for one in form.criteria) / whole)


def grade(
    session: Session,
    desk: Desk,
    call: Call,
    reviewer: User,
    marks: Mapping[str, int],
    said: Sequence[Said],
    text: str,
    now: datetime,
) -> Review:
    """Grade a call. Raises ReviewError, for a second grade by the same reviewer, too."""
    form = form_for(desk, call)
    if call.handled_by == reviewer.id:
        raise ReviewError("own_talk")
    points = score(form, marks)
    vital = all(marks[one.code] >= one.least for one in form.criteria)
    review = Review(
        call_id=call.id,
        reviewer_id=reviewer.id,
        about=call.handled_by,
        at=now,
        form=form.code,
        form_name=form.name,
        marks=[{**one.model_dump(), "mark": marks[one.code]} for one in form.criteria],
        score=points,
        threshold=form.threshold,
        passed=points >= form.threshold and vital,
        text=text.strip(),
    )
    if reviews.by(session, call.id, reviewer.id) is not None or not insert_once(session, review):
        raise ReviewError("graded_already")
    known = {voice.id for voice in call.recordings}
    for one in said:
        if one.recording_id is not None and one.recording_id not in known:
            raise ReviewError("unknown_recording")
        session.add(Remark(review_id=review.id, recording_id=one.recording_id, second=one.second, text=one.text))
    session.flush()
    return review
