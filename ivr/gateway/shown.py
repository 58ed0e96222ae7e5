"""Calls and recordings as Twilio's REST shows them."""

from collections.abc import Sequence
from email.utils import formatdate
from typing import Any

from ivr.gateway.ledger import OVER, Leg, Voice
from ivr.gateway.news import API_VERSION, Desk

NOTHING = ("phone_number_sid", "price", "annotation", "forwarded_from", "group_sid", "caller_name", "trunk_sid")


def call(desk: Desk, leg: Leg) -> dict[str, Any]:
    path = desk.path("Calls", leg.sid)
    return {
        **dict.fromkeys(NOTHING),
        "sid": leg.sid,
        "account_sid": desk.account_sid,
        "parent_call_sid": leg.parent_sid or None,
        "from": leg.caller,
        "from_formatted": leg.caller,
        "to": leg.called,
        "to_formatted": leg.called,
        "status": leg.status,
        "answered_by": leg.answered_by or None,
        "direction": leg.direction,
        "date_created": formatdate(leg.created),
        "date_updated": formatdate(leg.ended or leg.answered or leg.created),
        "start_time": formatdate(leg.answered) if leg.answered else None,
        "end_time": formatdate(leg.ended) if leg.ended else None,
        "duration": str(leg.seconds) if leg.status in OVER else None,
        "price_unit": "USD",
        "queue_time": "0",
        "api_version": API_VERSION,
        "uri": f"{path}.json",
        "subresource_uris": {"recordings": f"{path}/Recordings.json"},
    }


def recording(desk: Desk, voice: Voice) -> dict[str, Any]:
    return {
        "sid": voice.sid,
        "account_sid": desk.account_sid,
        "call_sid": voice.call_sid,
        "conference_sid": None,
        "api_version": API_VERSION,
        "date_created": formatdate(voice.started),
        "date_updated": formatdate(voice.started + voice.seconds),
        "start_time": formatdate(voice.started),
        "duration": str(voice.seconds),
        "status": "processing" if voice.status == "in-progress" else voice.status,
        "channels": 1,
        "source": voice.source,
        "error_code": None,
        "price": None,
        "price_unit": "USD",
        "encryption_details": None,
        "subresource_uris": {},
        "media_url": desk.media(voice.sid),
        "uri": f"{desk.path('Recordings', voice.sid)}.json",
    }


def page(desk: Desk, path: str, name: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Give a list as one page; it is never long."""
    uri = f"/{API_VERSION}/Accounts/{desk.account_sid}/{path}.json"
    return {
        name: list(rows), "page": 0, "page_size": 50, "start": 0, "end": max(0, len(rows) - 1), "uri": uri,
        "first_page_uri": uri, "next_page_uri": None, "previous_page_uri": None,
    }  # fmt: skip
