"""Each provider's signature, chosen by the settings and by nothing that a request says."""

import base64
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import SecretStr

from ivr.app import build
from ivr.telephony.accounts import accounts
from ivr.telephony.signature import SCHEMES, sign
from ivr.web.shell import Shell
from tests.conftest import ACCOUNT, TOKEN
from tests.web.test_webhooks import rows

KEY = "PSK_a-signing-key"
URL = "http://hotline.test/voice/status?attempt=7"
FORM = {
    "AccountSid": ACCOUNT,
    "CallSid": "v3:9X2vxPDFY2RHSJ1EdMS0RHRksMTg7ld",
    "CallStatus": "ringing",
    "From": "+98912",
}
TELNYX = Ed25519PrivateKey.generate()
TELNYX_KEY = base64.b64encode(TELNYX.public_key().public_bytes_raw()).decode()


@pytest.fixture
def provider(desk, database, clock):
    """Connect a provider of a scheme; give a way to post to its webhook."""

    def connect(scheme, key=""):
        ours = desk.config.twilio.model_copy(update={"signature": scheme, "signing_key": SecretStr(key)})
        object.__setattr__(desk.config, "twilio", ours)  # settings are frozen; this test has its own installation
        desk.accounts = accounts(desk.config)
        app = build(Shell(desk, database, clock))

        def post(body=None, **headers):
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            return (
                app.test_client()
                .post(
                    "/voice/status?attempt=7",
                    data=urlencode(FORM) if body is None else body,
                    content_type="application/x-www-form-urlencoded",
                    headers=given,
                )
                .status_code
            )

        post.app = app
        return post

    return connect


def signed(key, algorithm="HMAC_SHA1"):
    return sign(key, URL, FORM, algorithm)


def telnyx(clock, *, age=0, body=None, key=TELNYX):
    """Sign as Telnyx does: Ed25519 over the time, a bar and the body."""
    stamp = str(int(clock().timestamp()) - age)
    letter = f"{stamp}|{urlencode(FORM) if body is None else body}".encode()
    return {"telnyx_signature_ed25519": base64.b64encode(key.sign(letter)).decode(), "telnyx_timestamp": stamp}


@pytest.mark.parametrize(
    ("scheme", "key", "header", "algorithm"),
    [
        ("twilio", TOKEN, "X_Twilio_Signature", "HMAC_SHA1"),
        ("twilio_sha256", KEY, "X_Twilio_Signature", "HMAC_SHA256"),
        ("somleng", TOKEN, "X_Twilio_Signature", "HMAC_SHA1"),
        ("signalwire", KEY, "X_SignalWire_Signature", "HMAC_SHA1"),
        ("signalwire", KEY, "X_Twilio_Signature", "HMAC_SHA1"),
    ],
)
def test_a_scheme_takes_its_own_signature_and_no_other(provider, scheme, key, header, algorithm):
    """Check 2."""
    post = provider(scheme, "" if key == TOKEN else key)
    assert post(**{header: signed(key, algorithm)}) == 204
    other = "HMAC_SHA1" if algorithm == "HMAC_SHA256" else "HMAC_SHA256"
    said = {"X_Twilio_Webhooks_Signature_Settings": f"key=x,algorithm={other}"}
    assert post(**{header: signed(key, other)}, **said) == 403
    assert post(**{header: signed(TOKEN if key == KEY else KEY, algorithm)}) == 403
    assert post(body=urlencode({**FORM, "CallStatus": "busy"}), **{header: signed(key, algorithm)}) == 403
    assert post() == 403


def test_telnyx_signs_time_and_body(provider, clock):
    post = provider("telnyx", TELNYX_KEY)
    assert post(**telnyx(clock)) == 204
    assert post(**telnyx(clock, age=299)) == 204
    for age in (301, -301, 86_400):
        assert post(**telnyx(clock, age=age)) == 403, age


def test_telnyx_is_nobody_else(provider, clock):
    post = provider("telnyx", TELNYX_KEY)
    good = telnyx(clock)
    wrong = [
        telnyx(clock, key=Ed25519PrivateKey.generate()),
        telnyx(clock, body="CallSid=other"),
        {**good, "telnyx_timestamp": str(int(good["telnyx_timestamp"]) + 1)},
        {**good, "telnyx_timestamp": ""},
        {**good, "telnyx_timestamp": "soon"},
        {**good, "telnyx_signature_ed25519": "not base64!"},
        {**good, "telnyx_signature_ed25519": ""},
        {"telnyx_signature_ed25519": good["telnyx_signature_ed25519"]},
        {"X_Twilio_Signature": signed(TELNYX_KEY)},
        {"X_Twilio_Signature": signed(TOKEN)},
    ]
    for headers in wrong:
        assert post(**headers) == 403, headers
    assert post(body=urlencode(FORM).replace("%3A", ":"), **good) == 403, "the bytes are signed, not what they mean"
    assert rows(post.app) == {}


@pytest.mark.parametrize("key", ["", "no key at all", base64.b64encode(b"short").decode()])
def test_a_key_that_is_none_believes_nobody(provider, clock, key):
    post = provider("telnyx", key)
    assert post(**telnyx(clock)) == 403


def test_every_scheme_may_be_chosen(config):
    (choice,) = {type(config.twilio).model_fields["signature"].annotation}
    assert set(choice.__args__) == set(SCHEMES)
