"""Whatever a signed form holds, the answer is a document that parses, or a refusal; never trouble."""

from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ivr.telephony.form import READ
from tests.conftest import ACCOUNT, TOKEN
from tests.web.test_webhooks import WEBHOOKS, post

ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), max_size=40)
VALUE = ANYTHING | st.text(st.sampled_from("0123456789*#+ABCDabcd:@.-_"), max_size=20)
FORM = st.dictionaries(st.sampled_from(sorted(READ)) | ANYTHING, VALUE, max_size=8)
SID = st.from_regex(r"CA[0-9a-f]{32}", fullmatch=True)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(WEBHOOKS), SID, FORM)
@example("/voice/turn/1", "CA" + "1" * 32, {"From": "\ud800", "Digits": "\x00"})
@example("/voice/answer", "CA" + "2" * 32, {"From": "sip:a@b\ufffe", "To": "<&\x0b>"})
@example("/voice/answer", "CA" + "3" * 32, {"From": "sip:\U0010ffff\ufffe@b", "CallerName": "\x00\n]]>"})
@example("/voice/recording", "CA" + "4" * 32, {"RecordingUrl": "http://[::1", "RecordingStatus": "completed"})
@example("/voice/recording", "CA" + "5" * 32, {"RecordingSid": "RE" + "5" * 32, "RecordingStatus": "\u0130"})
@example("/voice/status", "CA" + "6" * 32, {"CallStatus": "completed", "CallDuration": "999999"})
def test_any_form_is_answered_or_refused(app, path, sid, said):
    """Check 24."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    form = {**said, "AccountSid": ACCOUNT, "CallSid": sid}
    readable = {
        key.encode("utf-8", "replace").decode(): value.encode("utf-8", "replace").decode()
        for key, value in form.items()
    }
    answer = post(app, path, readable)
    assert answer.status_code in {200, 204, 400, 403}, answer.status_code
    if answer.status_code == 200:
        assert ET.fromstring(answer.data).tag == "Response"
    raw = urlencode(
        {key.encode("utf-8", "surrogatepass"): value.encode("utf-8", "surrogatepass") for key, value in form.items()}
    )
    assert post(app, path, raw, token=TOKEN).status_code in {400, 403}, "not signed"
