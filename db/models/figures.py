"""Daily sums of what happened, kept exact by the sweep; and days that somebody marked."""

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Moment


class FigureDay(Base):
    """How often something happened on a local day: `measure` of `subject` `key` ("district", "3")."""

    __tablename__ = "figure_day"
    __table_args__ = (Index("ix_figure_day_day", "day"),)

    subject: Mapped[str] = mapped_column(String(12), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    measure: Mapped[str] = mapped_column(String(24), primary_key=True)
    month: Mapped[int]  # 140508
    weekday: Mapped[int] = mapped_column(SmallInteger)
    n: Mapped[int] = mapped_column(BigInteger)


class FigureSpan(Base):
    """How many tickets opened on a local day took so many half hours, until `what`: "first" or "solved"."""

    __tablename__ = "figure_span"
    __table_args__ = (Index("ix_figure_span_what_day", "what", "day"), Index("ix_figure_span_day", "day"))

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    month: Mapped[int]
    weekday: Mapped[int] = mapped_column(SmallInteger)
    hour: Mapped[int] = mapped_column(SmallInteger)
    district: Mapped[str] = mapped_column(String(8))
    category: Mapped[str] = mapped_column(String(40))
    unit: Mapped[str] = mapped_column(String(48))
    what: Mapped[str] = mapped_column(String(8))
    halves: Mapped[int]
    n: Mapped[int]


class FigureState(Base):
    """Which days are summed up, and which have changed since."""

    __tablename__ = "figure_state"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    stale: Mapped[bool] = mapped_column(default=True, index=True)
    renewed_at: Mapped[datetime | None] = mapped_column(Moment)


class FigureLook(Base):
    """When changes were last looked for; one row."""

    __tablename__ = "figure_look"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)


class MarkedDay(Base):
    """A day that was unlike others, marked by hand: "rain", "snow", "event"; or is expected to be."""

    __tablename__ = "marked_day"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    note: Mapped[str] = mapped_column(String(200), default="")
    author: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(Moment)
