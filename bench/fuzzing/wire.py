"""Forms on their way: signed or not, of a call that is known or of none, tidy or not."""

from dataclasses import dataclass
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from ivr.telephony import form
from ivr.telephony.signature import sign

SIGNED = ("rightly", "rightly", "rightly", "not at all", "by another", "for another address")
ACCOUNTS = ("ours", "ours", "ours", "as it came")
CALLS = ("known", "known", "new", "as it came")
KINDS = (form.MIME_TYPE,) * 6 + ("application/json", "multipart/form-data", "text/plain; charset=\xff")


@dataclass(frozen=True)
class Way:
    """How a form is sent."""

    signed: str
    account: str
    call: str
    kind: str
    twice: bool
    torn: bytes


WAYS = st.builds(
    Way,
    st.sampled_from(SIGNED),
    st.sampled_from(ACCOUNTS),
    st.sampled_from(CALLS),
    st.sampled_from(KINDS),
    st.sampled_from([False] * 7 + [True]),
    st.one_of(*[st.just(b"")] * 6, st.binary(max_size=20)),
)


def plain(value):
    """Bring whatever was made up to what a form can carry."""
    return str(value).encode("utf-8", "replace").decode()


def sent(base, case, fields, way, token):
    """Give path, body and headers of a form."""
    path = case.path.replace("{n}", quote(plain((case.path_parameters or {}).get("n", "")), safe=""))
    query = urlencode({plain(name): plain(value) for name, value in (case.query or {}).items()})
    path += f"?{query}" if query else ""
    body = urlencode([*fields.items(), *(list(fields.items())[:1] if way.twice else [])]).encode() + way.torn
    key = "somebody else's" if way.signed == "by another" else token
    address = base + path + ("x" if way.signed == "for another address" else "")
    signature = "" if way.signed == "not at all" else sign(key, address, fields)
    return path, body, {"Content-Type": way.kind.encode("latin-1"), "X-Twilio-Signature": signature}
