"""The few things a provider must do for us: ring somebody, and delete a recording."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import requests
from twilio.base import values
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from ivr.telephony.accounts import Account

TIMEOUT_SECONDS = 5  # the library's own default is to wait for ever
LISTED = 50
STATUS_EVENTS = ["initiated", "ringing", "answered", "completed"]


class Refused(Exception):
    """The provider said no; nobody's telephone rang."""


class Unsure(Exception):
    """No answer in time: a telephone may be ringing. Never ask again blindly."""


@dataclass(frozen=True)
class Outgoing:
    """A call to be made: who rings, what is seen there, and the addresses that steer it."""

    to: str
    caller_id: str
    url: str
    status_url: str
    ring_seconds: int
    fallback_url: str = ""
    detect_machine: bool = False


@dataclass(frozen=True)
class Placed:
    """A call that the provider made for us, as its list shows it."""

    sid: str
    created: datetime
    status: str
    seconds: int | None


class Telephony(Protocol):
    """What a provider must be able to do."""

    @property
    def account_sid(self) -> str:
        """Say whose account the calls are made on."""

    def call(self, outgoing: Outgoing) -> str:
        """Ring somebody; give the call's sid. Raises Refused or Unsure."""

    def placed(self, to: str) -> list[Placed]:
        """List the newest calls that were made for us to a telephone. Raises Unsure."""


class Provider:
    """Twilio's REST, at whatever address the account has it."""

    def __init__(self, account: Account) -> None:
        http = TwilioHttpClient(timeout=TIMEOUT_SECONDS, max_retries=0)
        self.account_sid = account.sid
        self._client = Client(account.sid, account.token, http_client=http)
        self._client.api.base_url = account.api_url

    def call(self, outgoing: Outgoing) -> str:
        """Ring somebody; give the call's sid. Raises Refused or Unsure."""
        try:
            made = self._client.calls.create(
                to=outgoing.to,
                from_=outgoing.caller_id,
                url=outgoing.url,
                method="POST",
                fallback_url=outgoing.fallback_url or values.unset,
                status_callback=outgoing.status_url,
                status_callback_method="POST",
                status_callback_event=STATUS_EVENTS,
                timeout=outgoing.ring_seconds,
                machine_detection="Enable" if outgoing.detect_machine else values.unset,
            )
        except TwilioRestException as error:
            raise _judge(error) from error
        except requests.RequestException as error:
            if _never_sent(error):
                raise Refused("the provider cannot be reached") from error
            raise Unsure(type(error).__name__) from error
        except ValueError as error:
            raise Unsure("an answer that cannot be read") from error
        if not made.sid:
            raise Unsure("an answer without a sid")
        return str(made.sid)

    def placed(self, to: str) -> list[Placed]:
        """List the newest calls that were made for us to a telephone. Raises Unsure.

        The day they began is not asked for: one that still waits to be rung has none.
        """
        try:
            listed = self._client.calls.list(to=to, page_size=LISTED, limit=LISTED)
            ours = [one for one in listed if (one.direction, one.to) == ("outbound-api", to) and one.date_created]
            return [Placed(one.sid, one.date_created, one.status, int(one.duration or 0) or None) for one in ours]
        except (requests.RequestException, TwilioException) as error:
            raise Unsure(type(error).__name__) from error
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise Unsure("a list that cannot be read") from error

    def delete_recording(self, sid: str) -> None:
        """Have a recording deleted; one that is not there is. Raises Refused or Unsure: ask again later."""
        try:
            self._client.recordings(sid).delete()
        except TwilioRestException as error:
            if error.status != requests.codes.not_found:
                raise _judge(error) from error
        except (requests.RequestException, ValueError) as error:
            raise Unsure(type(error).__name__) from error


def _never_sent(error: requests.RequestException) -> bool:
    """Say whether there was no connection at all; one that broke may have carried the order."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _judge(error: TwilioRestException) -> Refused | Unsure:
    """Tell a clear no (4xx) from a provider in trouble, which may have acted all the same."""
    if 400 <= error.status < 500:  # noqa: PLR2004  # HTTP's own ranges
        return Refused(f"{error.status} {error.msg}")
    return Unsure(f"{error.status}")
