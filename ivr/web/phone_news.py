"""What the browser phone's exchange tells the hotline: signed reports, as Twilio would send them."""

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

import requests

from db.models import PhoneCall, PhoneRecording
from ivr.services.desk import Desk
from ivr.telephony.accounts import Account
from ivr.telephony.signature import sign

API_VERSION = "2010-04-01"
TRIES_AFTER_SECONDS = (0, 1, 3, 10)
TIMEOUT_SECONDS = 15
SERVER_TROUBLE = 500
EVENTS = {"queued": "initiated", "ringing": "ringing", "in-progress": "answered"}  # every other status: completed

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Report:
    """A form for one of the hotline's addresses."""

    url: str
    form: dict[str, str]


@dataclass(frozen=True)
class Office:
    """The exchange: its account, its one customer, and where it keeps voices."""

    base_url: str
    local_url: str
    account: Account
    short_code: str
    desk: Desk

    def ours(self, url: str) -> bool:
        """Say whether an address is one of the hotline's own webhooks; nothing else is ever signed or told."""
        return url.startswith(f"{self.base_url}/voice/") and ".." not in url and len(url.split()) == 1

    def resource(self, kind: str, sid: str) -> str:
        return f"{self.base_url}/phone/exchange{self.path(kind, sid)}"

    def path(self, kind: str, sid: str) -> str:
        return f"/{API_VERSION}/Accounts/{self.account.sid}/{kind}/{sid}"


def office(desk: Desk, account: Account) -> Office:
    """Open the exchange; reports go straight to our own port, whatever stands before the public address."""
    config = desk.config
    host = config.server.host
    reachable = "127.0.0.1" if host in {"", "0.0.0.0", "localhost", "::"} else host  # noqa: S104  # compared, not bound
    reachable = f"[{reachable}]" if ":" in reachable else reachable
    local = f"http://{reachable}:{config.server.port}"
    return Office(config.base_url, local, account, config.hotline.short_code, desk)


def about(office: Office, call: PhoneCall) -> dict[str, str]:
    """Say what every report of a leg says."""
    parent = {"ParentCallSid": call.parent_sid} if call.parent_sid else {}
    return {
        "AccountSid": office.account.sid,
        "ApiVersion": API_VERSION,
        "CallSid": call.sid,
        "CallStatus": call.status,
        "Direction": call.direction,
        "From": call.from_number,
        "Caller": call.from_number,
        "To": call.to_number,
        "Called": call.to_number,
        **parent,
    }


def seconds(call: PhoneCall, now: datetime) -> int:
    """Count how long two sides have been connected."""
    if call.answered_at is None:
        return 0
    return max(0, round(((call.ended_at or now) - call.answered_at).total_seconds()))


def status(office: Office, call: PhoneCall, now: datetime) -> list[Report]:
    """Report a leg's new status, if somebody asked for it."""
    event = EVENTS.get(call.status, "completed")
    if not call.status_callback or event not in call.status_events.split():
        return []
    form = {**about(office, call), "CallbackSource": "call-progress-events", "Timestamp": format_datetime(now)}
    form["SequenceNumber"] = str(call.sequence)
    if event == "completed":
        form["CallDuration"] = str(seconds(call, now))
    call.sequence += 1
    return [Report(call.status_callback, form)]


def voice(office: Office, recording: PhoneRecording) -> list[Report]:
    """Report a recording's new status, if somebody asked for it."""
    if not recording.status_callback or recording.status not in recording.status_events.split():
        return []
    form = {
        "AccountSid": office.account.sid,
        "CallSid": recording.call_sid,
        "RecordingSid": recording.sid,
        "RecordingUrl": office.resource("Recordings", recording.sid),
        "RecordingStatus": recording.status,
        "RecordingDuration": str(recording.seconds),
        "RecordingChannels": "1",
        "RecordingStartTime": format_datetime(recording.created_at),
        "RecordingSource": recording.source,
    }
    return [Report(recording.status_callback, form)]


def cut_off(office: Office, call: PhoneCall, recording: PhoneRecording) -> list[Report]:
    """Tell a Record's action that the caller hung up while speaking; an empty recording has no action."""
    if not recording.action or recording.status != "completed":
        return []
    form = {**about(office, call), "Digits": "hangup", "RecordingSid": recording.sid}
    form["RecordingUrl"] = office.resource("Recordings", recording.sid)
    form["RecordingDuration"] = str(recording.seconds)
    return [Report(recording.action, form)]


def dialled(office: Office, parent: PhoneCall, leg: PhoneCall, now: datetime) -> list[Report]:
    """Tell a Dial's action how it went, when the one who would have told it is gone."""
    if not leg.action:
        return []
    form = {**about(office, parent), "DialCallSid": leg.sid, "DialCallStatus": leg.status}
    form["DialCallDuration"] = str(seconds(leg, now))
    return [Report(leg.action, form)]


def tell(office: Office, reports: Sequence[Report]) -> None:
    """Send reports in their order, after this request: the hotline may be busy answering it."""
    wanted = [report for report in reports if office.ours(report.url)]
    if wanted:
        threading.Thread(target=_send_all, args=(office, wanted), daemon=True).start()


def _send_all(office: Office, reports: Sequence[Report]) -> None:
    for report in reports:
        if not any(_sent(office, report, wait) for wait in TRIES_AFTER_SECONDS):
            log.error("a report of the browser phone was not taken", extra={"call_sid": report.form["CallSid"]})


def _sent(office: Office, report: Report, wait: int) -> bool:
    """Send a report once; say whether there is no more to do about it."""
    time.sleep(wait)
    address = office.local_url + report.url.removeprefix(office.base_url)
    headers = {"X-Twilio-Signature": sign(office.account.token, report.url, report.form)}
    try:
        answer = requests.post(
            address, data=report.form, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False
        )
    except requests.RequestException:
        return False
    return answer.status_code < SERVER_TROUBLE
