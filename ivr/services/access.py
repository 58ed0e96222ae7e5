"""Whose tickets somebody sees: all of them at the desk, their own in a district or unit."""

from db.models import Ticket, User
from ivr.catalogue import Catalogue
from ivr.services.history import Author, staff
from ivr.services.referrals import holders
from ivr.services.users import SCOPED

ADMINISTRATORS = ("administrator",)
SUPERVISORS = ("supervisor", *ADMINISTRATORS)
DESK_ROLES = ("operator", *SUPERVISORS)
EVERYBODY = (*DESK_ROLES, "district", "unit")


def author(user: User) -> Author:
    return staff(user.name, user.role)


def sees_all(user: User) -> bool:
    return user.role in DESK_ROLES


def may_see(user: User, ticket: Ticket) -> bool:
    """Say whether a ticket is somebody's business; whoever has no scope of theirs sees nothing."""
    return sees_all(user) or (bool(user.scope) and ticket.holder == user.scope)


def scopes_of(catalogue: Catalogue, role: str) -> tuple[str, ...]:
    """List the scopes that a role may have; the desk has but the empty one."""
    if role not in SCOPED:
        return ("",)
    return tuple(holder for holder in holders(catalogue) if holder.startswith(f"{role}."))
