"""Which columns may hold something of a citizen's, and which cannot: every column of words is in one of the two."""

from collections.abc import Mapping
from typing import Final

Columns = Mapping[str, tuple[str, ...]]

APPEND_ONLY: Final = ("ticket_event", "call_event", "review", "remark", "audit")

PERSONAL: Final[Columns] = {
    "announcement": ("title", "words"),
    "attempt": ("telephone",),
    "audit": ("target", "detail"),
    "call": ("caller_raw", "caller", "called", "state", "number"),
    "call_event": ("text",),
    "call_text": ("words",),
    "callback": ("number", "note"),
    "caller_limit": ("number", "note"),
    "code_failure": ("caller",),
    "manager_session": ("title", "minutes"),
    "marked_day": ("note",),
    "phone_call": ("from_number", "to_number", "url", "action", "status_callback"),
    "phone_line": ("number",),
    "phone_recording": ("action", "status_callback"),
    "phone_signal": ("body",),
    "recording": ("path", "last_error"),
    "remark": ("text",),
    "review": ("text",),
    "saved_view": ("name", "asked"),
    "session_guest": ("number",),
    "ticket": ("caller", "address", "description", "answer"),
    "ticket_event": ("text",),
    "ticket_text": ("words",),
    "turn": ("keys", "reply"),
}

NOT_PERSONAL: Final[Columns] = {
    "announcement": ("place", "source", "language", "clip", "author", "withdrawn_by"),
    "attempt": ("state", "account_sid", "call_sid", "status", "citizen_status", "answered_by"),
    "audit": ("actor", "action", "address"),
    "call": (
        "sid",
        "account_sid",
        "direction",
        "flow",
        "status",
        "disposition",
        "language",
        "district",
        "category",
        "archived",
    ),
    "call_event": ("author", "kind", "old", "new"),
    "callback": ("type", "state", "window", "outcome", "disposition"),
    "caller_limit": ("reason", "author", "lifted_by"),
    "catalogue_version": ("author", "note", "edits"),
    "figure_day": ("subject", "key", "measure"),
    "figure_span": ("district", "category", "unit", "what"),
    "file_key": ("place", "master", "wrapped"),
    "lease": ("name", "holder"),
    "login": ("token_hash",),
    "manager_session": ("host", "telephone", "author"),
    "marked_day": ("kind", "author"),
    "permit": ("what",),
    "phone_call": ("sid", "parent_sid", "holder", "direction", "status_events", "status"),
    "phone_line": ("holder",),
    "phone_recording": ("sid", "call_sid", "source", "status_events", "status"),
    "phone_signal": ("call_sid",),
    "photo": ("path", "sha256", "author"),
    "presence": ("state", "reason"),
    "recording": ("sid", "account_sid", "kind", "state", "sha256"),
    "removal": ("account_sid", "sid", "last_error"),
    "review": ("form", "form_name", "marks"),
    "session_guest": ("author",),
    "situation": ("kind", "started_by", "ended_by"),
    "ticket": ("code", "category", "district", "unit", "priority", "state", "source", "holder", "answer_kind"),
    "ticket_event": ("author", "kind", "old", "new"),
    "turn": ("node", "event", "recording_sid", "heard"),
    "turn_archive": ("month", "path", "sha256"),
    "user": ("name", "full_name", "role", "scope", "password_hash", "telephone", "proof_secret"),
}
"""People who work here, codes, digests and the provider's names of things; `user` and `manager_session` are staff."""
