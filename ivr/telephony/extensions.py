"""Operators' browser phones as extensions of the exchange: what each is called there, and by which password it enters.

A password is worked out of the one secret and the name, so that the exchange's file and the browser agree without
either being told of the other, and nobody's password says anything of another's.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr.config import Config
from ivr.telephony.accounts import Account, outgoing

CLIENT = "client:"
OURS = "hotline-137"  # how the templates and transports of docs/asterisk begin

# The templates are those of docs/asterisk/pjsip_hotline_webrtc.conf, which says webrtc = yes.
SECTIONS = """
[{name}](hotline-137-browser)
aors = {name}
auth = {name}
[{name}](hotline-137-browser-address)
[{name}](hotline-137-browser-password)
username = {name}
password = {password}
"""


@dataclass(frozen=True)
class Extension:
    """One browser phone on the exchange."""

    name: str
    password: str = field(repr=False)


def extension(config: Config, user_name: str) -> Extension | None:
    """Give the extension that client:name is rung as; None if something else of the exchange is called so."""
    lines = config.gateway
    secret = lines.webrtc_secret.get_secret_value()
    tech, _, name = lines.extension.format(name=user_name).partition("/")
    trunk = lines.trunk.format(number="").partition("/")[2].rpartition("@")[2].partition("/")[0]
    if not secret or tech != "PJSIP" or name == trunk or name.startswith(OURS):
        return None
    return Extension(name, hmac.new(secret.encode(), name.encode(), hashlib.sha256).hexdigest())


def own_extension(config: Config, known: Mapping[str, Account], user_name: str, telephone: str) -> Extension | None:
    """Give what somebody's browser registers as: only where the exchange dials, and rings them in their browser."""
    dials = outgoing(config, dict(known))
    if not config.gateway.webrtc_url or dials is None or dials.sid != config.gateway.account_sid:
        return None
    return extension(config, user_name) if telephone == f"{CLIENT}{user_name}" else None


def sections(one: Extension) -> str:
    """Write what pjsip.conf says of it."""
    return SECTIONS.format(name=one.name, password=one.password)
