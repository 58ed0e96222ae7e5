"""Every table."""

from db.models.audit import Audit
from db.models.base import Base
from db.models.callbacks import Attempt, Callback
from db.models.calls import Call, CallEvent, CallText, Recording, SavedView, Turn
from db.models.day import Announcement, CallerLimit, ManagerSession, SessionGuest, Situation
from db.models.figures import FigureDay, FigureLook, FigureSpan, FigureState, MarkedDay
from db.models.keeping import CatalogueVersion, Permit, Removal, TurnArchive
from db.models.people import CodeFailure, Lease, Login, Presence, User
from db.models.phone import PhoneCall, PhoneLine, PhoneRecording, PhoneSignal
from db.models.reviews import Remark, Review
from db.models.sealed import FileKey
from db.models.tickets import Photo, Ticket, TicketEvent, TicketText

__all__ = [
    "Announcement",
    "Attempt",
    "Audit",
    "Base",
    "Call",
    "CallEvent",
    "CallText",
    "Callback",
    "CallerLimit",
    "CatalogueVersion",
    "CodeFailure",
    "FigureDay",
    "FigureLook",
    "FigureSpan",
    "FigureState",
    "FileKey",
    "Lease",
    "Login",
    "ManagerSession",
    "MarkedDay",
    "Permit",
    "PhoneCall",
    "PhoneLine",
    "PhoneRecording",
    "PhoneSignal",
    "Photo",
    "Presence",
    "Recording",
    "Remark",
    "Removal",
    "Review",
    "SavedView",
    "SessionGuest",
    "Situation",
    "Ticket",
    "TicketEvent",
    "TicketText",
    "Turn",
    "TurnArchive",
    "User",
]
