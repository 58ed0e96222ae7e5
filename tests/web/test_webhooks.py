"""Webhooks: whatever is not a form that an account of ours signed is refused, and leaves no row."""

import re
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import func, select

from db.models import Base
from ivr.app import build
from ivr.telephony.signature import sign
from ivr.web import voice
from ivr.web.shell import Shell
from tests.conftest import ACCOUNT, TOKEN

HOUSE = "http://hotline.test"
FORM = {
    "AccountSid": ACCOUNT,
    "CallSid": "CA" + "0" * 32,
    "CallStatus": "in-progress",
    "Digits": "1",
    "From": "+989121234567",
    "RecordingSid": "RE" + "0" * 32,
    "To": "137",
}
WEBHOOKS = ["/voice/answer", "/voice/fallback", "/voice/recording", "/voice/status", "/voice/turn/1"]


def rows(app):
    """Count the rows of all tables."""
    with app.extensions["ivr"].database.reading() as session:
        return {
            table.name: n
            for table in Base.metadata.sorted_tables
            if (n := session.scalar(select(func.count()).select_from(table)))
        }


def post(app, path, body, *, signature=None, token=TOKEN, kind="application/x-www-form-urlencoded"):
    """Post a body; a form that is not signed otherwise is signed as it should be."""
    if signature is None and isinstance(body, dict):
        signature = sign(token, HOUSE + path, body)
    data = urlencode(body) if isinstance(body, dict) else body
    headers = {"X-Twilio-Signature": signature or ""}
    return app.test_client().post(path, data=data, content_type=kind, headers=headers)


def test_these_are_all_the_webhooks(app):
    assert app.extensions["ivr_guards"]["voice"] is voice.signed
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("voice.")]
    assert sorted(re.sub(r"<[^>]+>", "1", rule.rule) for rule in rules) == WEBHOOKS
    assert {method for rule in rules for method in rule.methods} == {"POST", "OPTIONS"}


def sha256(app, path):
    return post(app, path, FORM, signature=sign(TOKEN, HOUSE + path, FORM, "HMAC_SHA256"))


def twice(app, path):
    signed = sign(TOKEN, HOUSE + path, FORM)
    return post(app, path, urlencode([*FORM.items(), ("Digits", "1")]), signature=signed)


def moved(app, path, old, new):
    """Move a border: what is signed stays the same."""
    body = urlencode(FORM).replace(old, new)
    assert body != urlencode(FORM)
    return post(app, path, body, signature=sign(TOKEN, HOUSE + path, FORM))


def with_field(name, value):
    return lambda app, path: post(app, path, {**FORM, name: value})


def without(name):
    return lambda app, path: post(app, path, {key: value for key, value in FORM.items() if key != name})


REFUSED = {
    "not signed": (403, lambda app, path: post(app, path, FORM, signature="")),
    "signed by nobody": (403, lambda app, path: post(app, path, FORM, signature="bm9ib2R5")),
    "signed by another": (403, lambda app, path: post(app, path, FORM, token="another")),
    "a letter that is none": (403, lambda app, path: post(app, path, FORM, signature="\u00e9" * 28)),
    "SHA256 for SHA1": (403, sha256),
    "of another path": (403, lambda app, path: post(app, path, FORM, signature=sign(TOKEN, f"{HOUSE}{path}/", FORM))),
    "with another query": (
        403,
        lambda app, path: post(app, f"{path}?attempt=1", FORM, signature=sign(TOKEN, HOUSE + path, FORM)),
    ),
    "another account": (403, with_field("AccountSid", "AC" + "9" * 32)),
    "the browser phone's account": (403, with_field("AccountSid", "PH137")),
    "GET": (405, lambda app, path: app.test_client().get(f"{path}?{urlencode(FORM)}")),
    "PUT": (405, lambda app, path: app.test_client().put(path, data=FORM)),
    "JSON": (415, lambda app, path: post(app, path, '{"CallSid": "CA"}', kind="application/json")),
    "no type": (415, lambda app, path: post(app, path, urlencode(FORM), kind=None)),
    "parts": (415, lambda app, path: app.test_client().post(path, data=FORM, content_type="multipart/form-data")),
    "a key twice": (400, twice),
    "too many keys": (400, lambda app, path: post(app, path, {**FORM, **{f"X{n}": "" for n in range(101)}})),
    "no call": (400, without("CallSid")),
    "no account": (400, without("AccountSid")),
    "nothing": (400, lambda app, path: post(app, path, "", signature=sign(TOKEN, HOUSE + path, {}))),
    "too large": (413, lambda app, path: post(app, path, {**FORM, "X": "y" * 65_536})),
    "the key's end moved": (400, lambda app, path: moved(app, path, "From=%2B98", "From%2B98=")),
    "digits moved to the key": (400, lambda app, path: moved(app, path, "Digits=1", "Digits1=")),
    "a sid moved to the key": (400, lambda app, path: moved(app, path, "RecordingSid=RE", "RecordingSidRE=")),
    "a field moved to a value": (400, lambda app, path: moved(app, path, "progress&Digits=1", "progressDigits1")),
    **{
        f"{name}: {value[:24]!r}": (400, with_field(name, value))
        for name, value in [
            ("CallSid", "CA1"),
            ("CallSid", "CA" + "0" * 127),
            ("CallSid", "CA0123456789\n"),
            ("CallSid", "../../etc/passwd"),
            ("RecordingSid", "RE/../../x"),
            ("RecordingUrl", "file:///etc/passwd"),
            ("Digits", "1\x00"),
            ("Digits", "12345678901234567890123456789012345"),
            ("CallStatus", "completed\nforged"),
            ("From", "+98912\r\n1234567"),
            ("From", "sip:a b@c"),
            ("To", "\u202e137"),
            ("RecordingDuration", "1e9"),
            ("CallDuration", "-5"),
            ("CallerName", "AliDigits1"),
            ("\x00", "x"),
        ]
    },
}


@pytest.mark.parametrize("why", REFUSED)
def test_what_is_no_signed_form_is_refused_and_leaves_no_row(app, why):
    """Check 1."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    status, act = REFUSED[why]
    for path in WEBHOOKS:
        before = rows(app)
        assert act(app, path).status_code == status, path
        assert rows(app) == before == {}


@pytest.mark.parametrize(
    "said",
    [
        {"From": "anonymous"},
        {"From": "Restricted"},
        {"From": "+266696687"},
        {"From": ""},
        {"From": "sip:ali@10.0.0.1:5060;transport=tcp"},
        {"From": "client:sara"},
        {"CallSid": "v3:9X2vxPDFY2RHSJ1EdMS0RHRksMTg7ldNxdjWbVr9zBjbGjGsSe-aiQ"},
        {"CallSid": "5a2b7e0c-1d3f-4b5a-9c8d-7e6f5a4b3c2d"},
        {"CallSid": "c" * 128},
        {"FromCity": "QOM", "ToCountry": "IR", "CallerName": "Ali \u0639\u0644\u06cc", "SipHeader_X-Trunk": "1"},
        {
            "StirVerstat": "TN-Validation-Passed-A",
            "CallToken": "%7B%22parentCallInfoToken%22%3A%22eyJhbGciOi",
            "X": "\n",
        },
        {"RecordingDuration": "-1", "Digits": "hangup"},
    ],
)
def test_what_providers_send_is_taken(app, said):
    form = {**FORM, **said}
    assert post(app, "/voice/answer", form).status_code == 200
    assert post(app, "/voice/status", form | {"CallStatus": "completed", "CallDuration": "3"}).status_code == 204
    assert rows(app)["call"] == 1
    assert post(app, "/voice/answer", {key: form[key] for key in ("AccountSid", "CallSid")}).status_code == 200


PUBLIC = ["https://137.example.ir", "https://137.example.ir:8443", "http://hotline.test:80", "https://city.test/137/"]


@pytest.fixture
def behind(desk, database, clock):
    """Build the hotline behind a proxy: the address that guests use is not the one that is asked."""

    def start(public, **provider):
        server = desk.config.server.model_copy(update={"public_url": public})
        object.__setattr__(desk.config, "server", server)  # settings are frozen; this test has its own installation
        return build(Shell(desk, database, clock))

    return start


@pytest.mark.parametrize("public", PUBLIC)
@pytest.mark.parametrize(
    "query", ["", "?attempt=7", "?leg=citizen&attempt=7", "?x=%d8%b9+%2F%2f&attempt=7", "?x=a%20b"]
)
def test_behind_a_proxy_the_public_address_is_what_is_signed(behind, public, query):
    """Check 2: ports, queries and percent-encoding as they were sent; what follows a # is never sent."""
    app = behind(public)
    client = app.test_client()
    configured = f"{public.rstrip('/')}/voice/status{query}#rc=2&rp=5xx"
    signed_url = configured.partition("#")[0]
    with_port = signed_url.replace("example.ir/", "example.ir:443/")
    for url in (signed_url, with_port):
        answer = client.post(
            f"/voice/status{query}",
            data=FORM,
            headers={
                "X-Twilio-Signature": sign(TOKEN, url, FORM),
                "Host": "10.0.0.7:8137",
                "X-Forwarded-Host": "x.test",
            },
            environ_overrides={"RAW_URI": f"/voice/status{query}", "HTTP_HOST": "10.0.0.7:8137"},
        )
        assert answer.status_code == 204, url
    for url in (f"http://10.0.0.7:8137/voice/status{query}", configured, f"https://x.test/voice/status{query}"):
        signed = sign(TOKEN, url, FORM)
        refused = client.post(
            f"/voice/status{query}", data=FORM, headers={"X-Twilio-Signature": signed, "X-Forwarded-Host": "x.test"}
        )
        assert refused.status_code == 403, url


def test_letters_that_are_not_ascii_are_signed_as_they_are_sent(behind):
    app = behind(PUBLIC[0])
    path = "/voice/status?x=" + quote("\u0642\u0645")
    form = {**FORM, "CallerName": "\u0642\u0645 & 100% +"}
    signed = sign(TOKEN, PUBLIC[0] + path, form)
    answer = app.test_client().post(
        path, data=form, headers={"X-Twilio-Signature": signed}, environ_overrides={"RAW_URI": path}
    )
    assert answer.status_code == 204
