"""What changed last: one mark for each thing that live pages show."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models import Callback, Presence, TicketEvent


def marks(session: Session) -> dict[str, str]:
    """Give the newest change of the queue, the tickets and the team; each is one look into an index."""
    newest = {
        "queue": select(func.max(Callback.changed_at)),
        "tickets": select(func.max(TicketEvent.id)),
        "team": select(func.max(Presence.changed_at)),
    }
    return {name: str(session.scalar(query)) for name, query in newest.items()}
