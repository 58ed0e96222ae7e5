"""Who is told how a browser registers at the exchange: each operator of themselves, and nobody else of anything."""

import pytest
from pydantic import SecretStr

from ivr.config import Config, Gateway, Twilio
from ivr.services import users
from ivr.telephony.accounts import accounts
from ivr.telephony.extensions import extension
from tests.web.staff import PASSWORD, Staff

URL = "wss://137.example.ir/ws"
LINES = Gateway(
    ari_url="http://127.0.0.1:8088", auth_token=SecretStr("a"), webrtc_url=URL, webrtc_secret=SecretStr("a secret")
)


def changed(app, **sections):
    """Let the installation under test be another one."""
    desk = app.extensions["ivr"].desk
    config = desk.config.model_copy(update={"twilio": Twilio(), "gateway": LINES, **sections})
    object.__setattr__(desk, "config", config)
    object.__setattr__(desk, "accounts", accounts(config))


@pytest.fixture
def comes(app):
    """Let somebody be hired and log in."""
    changed(app)

    def come(name, role="operator", *, must_change=False, **more):
        shell = app.extensions["ivr"]
        with shell.database.transaction() as session:
            users.add(session, name, role, PASSWORD, shell.now(), must_change=must_change, **more)
        return Staff(app, name).logs_in()

    return come


def asks(somebody):
    return somebody.client.get("/phone/extension")


def test_each_operator_gets_their_own(comes, app):
    sara, omid = (asks(comes(name)).get_json() for name in ("sara", "omid"))
    assert (sara["url"], sara["name"], omid["name"]) == (URL, "sara", "omid")
    assert len({sara["password"], omid["password"]}) == 2
    assert sara["password"] == extension(app.extensions["ivr"].desk.config, "sara").password
    assert "a secret" not in f"{sara}{omid}"


def test_the_answer_is_not_kept_and_the_page_holds_no_password(comes):
    sara = comes("sara")
    assert asks(sara).headers["Cache-Control"] == "no-store"
    password = asks(sara).get_json()["password"]
    sara.opens("/phone?line=operator")
    assert password not in sara.page
    assert "connect-src 'self' wss://137.example.ir;" in sara.headers["Content-Security-Policy"]
    sara.opens("/phone")
    assert "wss:" not in sara.headers["Content-Security-Policy"]


def test_a_stranger_gets_none_even_at_home(app):
    changed(app, server=app.extensions["ivr"].desk.config.server.model_copy(update={"public_url": "http://127.0.0.1"}))
    assert app.test_client().get("/phone", headers={"Host": "127.0.0.1"}).status_code == 200
    answer = app.test_client().get("/phone/extension", headers={"Host": "127.0.0.1"})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "who",
    [
        {"telephone": "sip:201"},
        {"telephone": "client:omid"},
        {"telephone": "+989121234567"},
        {"role": "district", "scope": "district.3"},
        {"must_change": True},
    ],
    ids="-".join,
)
def test_nobody_else_gets_any(comes, who):
    assert asks(comes("sara", **who)).status_code in {302, 403, 404}


@pytest.mark.parametrize(
    "sections",
    [
        {"gateway": LINES.model_copy(update={"webrtc_url": ""})},
        {"gateway": LINES.model_copy(update={"webrtc_secret": SecretStr("")})},
        {"gateway": LINES.model_copy(update={"ari_url": ""})},
        {"twilio": Twilio(account_sid="AC1", auth_token=SecretStr("t"))},
    ],
    ids=["no address", "no secret", "no exchange", "the provider dials"],
)
def test_without_an_exchange_that_dials_there_is_none(comes, app, sections):
    sara = comes("sara")
    changed(app, **sections)
    assert asks(sara).status_code == 404
    sara.opens("/phone?line=operator")
    assert "wss:" not in sara.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["trunk", "hotline-137-ws", "hotline-137-operator"])
def test_no_operator_takes_a_name_of_the_exchanges_own(name):
    assert extension(Config(gateway=LINES), name) is None


@pytest.mark.parametrize("url", ["http://x/ws", "wss://x/ws; script-src *", "wss://a b", "wss://x/ws?y", "ws://"])
def test_an_address_is_a_websockets(url):
    with pytest.raises(ValueError, match="webrtc_url"):
        Gateway(webrtc_url=url)
