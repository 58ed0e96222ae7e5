"""Words by which calls and tickets are found: all that are asked for, or how they begin."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal_column, select, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from db.models import Call, CallText, Ticket, TicketText

LOOKED_AT = 5_000  # so many of the newest that have the words are looked at
KEPT = 100_000  # letters by which one ticket is found, the newest first
ADD = text(
    "INSERT INTO ticket_text (ticket_id, words) VALUES (:ticket_id, :words) ON CONFLICT (ticket_id) "
    "DO UPDATE SET words = substr(excluded.words || ' ' || ticket_text.words, 1, :kept)"
)


def add(session: Session, ticket_id: int, words: str) -> None:
    """Let a ticket be found by these words, too."""
    session.execute(ADD, {"ticket_id": ticket_id, "words": words[:KEPT], "kept": KEPT})


def of_calls(session: Session, words: str) -> ColumnElement[bool]:
    """Find the calls of the newest notes that have all these words."""
    query = select(CallText.call_id).where(_having(session, CallText.words, words))
    return Call.id.in_(_looked_up(session, query.order_by(CallText.id.desc())))


def of_tickets(session: Session, words: str, before: int | None) -> ColumnElement[bool]:
    """Find the newest tickets, before one, on which all these words were written, wherever."""
    query = select(TicketText.ticket_id).where(_having(session, TicketText.words, words))
    if before is not None:
        query = query.where(TicketText.ticket_id < before)
    return Ticket.id.in_(_looked_up(session, query.order_by(TicketText.ticket_id.desc())))


def _looked_up(session: Session, query: Select[int]) -> set[int]:
    """Give the ids themselves: planners that are given the query may carry it out once for each row."""
    return set(session.scalars(query.limit(LOOKED_AT)))


def _having(session: Session, column: InstrumentedAttribute[str], words: str) -> ColumnElement[bool]:
    if session.get_bind().dialect.name == "postgresql":
        wanted = " & ".join("'{}':*".format(word.replace("'", "''").replace("\\", "")) for word in words.split())
        simple: ColumnElement[Any] = literal_column("'simple'")
        return func.to_tsvector(simple, column).op("@@")(func.to_tsquery(simple, wanted))
    return and_(*(column.icontains(word, autoescape=True) for word in words.split()))
