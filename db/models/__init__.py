"""Every table."""

from db.models.base import Base
from db.models.callbacks import Attempt, Callback
from db.models.calls import Call, Recording, Turn
from db.models.figures import FigureDay, FigureLook, FigureSpan, FigureState, MarkedDay
from db.models.people import CodeFailure, Lease, Login, Presence, User
from db.models.phone import PhoneCall, PhoneLine, PhoneRecording, PhoneSignal
from db.models.tickets import Photo, Ticket, TicketEvent

__all__ = [
    "Attempt",
    "Base",
    "Call",
    "Callback",
    "CodeFailure",
    "FigureDay",
    "FigureLook",
    "FigureSpan",
    "FigureState",
    "Lease",
    "Login",
    "MarkedDay",
    "PhoneCall",
    "PhoneLine",
    "PhoneRecording",
    "PhoneSignal",
    "Photo",
    "Presence",
    "Recording",
    "Ticket",
    "TicketEvent",
    "Turn",
    "User",
]
