"""How a telephone that was not reached is judged, and which telephones are rung at all."""

import pytest

from ivr.config import Config
from ivr.gateway.calling import judged
from ivr.gateway.numbers import NoSuchLine, numbers_of

# What was measured on an exchange: Q.850 cause, SIP's answer where it is told, did it ring; and the judgement.
MEASURED = [
    (17, 486, True, "busy"), (17, 0, True, "busy"), (21, 603, True, "busy"), (21, 0, True, "busy"),
    (0, 600, True, "busy"),
    (19, 480, True, "no-answer"), (19, 0, True, "no-answer"), (18, 408, False, "no-answer"),
    (0, 487, True, "no-answer"),
    (16, 0, True, "no-answer"), (0, 0, True, "no-answer"), (26, 0, False, "no-answer"),
    (16, 0, False, "failed"), (0, 0, False, "failed"),
    (1, 404, False, "failed"), (34, 503, True, "failed"), (58, 488, False, "failed"), (21, 403, True, "failed"),
    (28, 484, False, "failed"), (22, 410, False, "failed"), (1, 0, True, "failed"), (127, 0, True, "failed"),
    (127, 999, True, "failed"),
]  # fmt: skip


@pytest.mark.parametrize(("cause", "answer", "rang", "status"), MEASURED)
def test_a_telephone_is_judged(cause, answer, rang, status):
    assert judged(cause, answer, rang=rang) == status


@pytest.fixture(scope="module")
def numbers():
    return numbers_of(Config())


@pytest.mark.parametrize(
    ("to", "endpoint"),
    [
        ("+989123456789", "PJSIP/09123456789@trunk"),
        ("+98 912 345 6789", "PJSIP/09123456789@trunk"),
        ("+982537137000", "PJSIP/02537137000@trunk"),
        ("sip:201", "PJSIP/201"),
        ("client:sara", "PJSIP/sara"),
    ],
)
def test_a_telephone_has_its_endpoint(numbers, to, endpoint):
    assert numbers.endpoint(to) == endpoint
    assert numbers.known(to)


@pytest.mark.parametrize(
    "to",
    [
        "110", "112", "115", "123", "125", "137", "+98110", "+19005551234", "+252612345678", "+12025550123",
        "09123456789",
        "", "sip:", "client:", "sip:a b", "sip:a/b", "sip:a@b", "sip:a@b:c", "sip:-a", "client:a@b", "tel:137",
        "sip:a\n",
        "client:sip:a b", "sip:a&PJSIP/b", "PJSIP/trunk",
    ],
)  # fmt: skip
def test_what_is_never_rung(numbers, to):
    assert not numbers.known(to)
    with pytest.raises(NoSuchLine):
        numbers.endpoint(to)


def test_strange_addresses_are_rung_only_where_that_is_wished(monkeypatch):
    monkeypatch.setenv("IVR_GATEWAY__OUTSIDE", "PJSIP/trunk/sip:{address}")
    numbers = numbers_of(Config())
    assert numbers.endpoint("sip:sara@city.test:5062") == "PJSIP/trunk/sip:sara@city.test:5062"
    for wrong in ("sip:sara@city.test;x=1", "sip:@city.test", "sip:a@b@c", "sip:a@b,c", "client:sara@city.test"):
        assert not numbers.known(wrong)


@pytest.mark.parametrize(
    ("raw", "caller"),
    [
        ("09123456789", "+989123456789"), ("+989123456789", "+989123456789"), ("00989123456789", "+989123456789"),
        ("02537137000", "+982537137000"), ("37137000", "+982537137000"), ("+12025550123", "+12025550123"),
        ("", "anonymous"), ("anonymous", "anonymous"), ("Unavailable", "anonymous"), ("201", "anonymous"),
        ("0", "anonymous"),
        ("1" * 40, "anonymous"),
    ],
)  # fmt: skip
def test_who_calls_is_read_as_the_trunk_presents_it(numbers, raw, caller):
    assert numbers.caller(raw) == caller


@pytest.mark.parametrize(
    ("caller_id", "shown"),
    [("+982537137000", "02537137000"), ("137", "137"), ("anonymous", ""), ("sip:201", "201"), ("a<b>1", "1"), ("", "")],
)
def test_the_called_see_what_the_trunk_takes(numbers, caller_id, shown):
    assert numbers.shown(caller_id) == shown
