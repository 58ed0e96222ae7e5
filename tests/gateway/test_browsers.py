"""`ivr gateway operators` writes who they are, and `ivr gateway check` says what their browsers lack."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from ivr.cli import main
from tests.exchange.asterisk import Asterisk
from tests.outside.operator import PASSWORD

TRANSPORT = "type = transport\nprotocol = ws\nbind = 127.0.0.1"


def looked(exchange, url):
    settings = {
        "IVR_GATEWAY__ARI_URL": exchange.url,
        "IVR_GATEWAY__ARI_PASSWORD": exchange.password,
        "IVR_GATEWAY__AUTH_TOKEN": "a",
        "IVR_GATEWAY__WEBRTC_URL": url.format(port=exchange.http_port),
    }
    command = [sys.executable, "-m", "ivr.cli", "gateway", "check"]
    done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, check=False)
    about = ("browser", "websocket", "webrtc", "hotline-137-ws")
    lines = [line.split(maxsplit=1) for line in done.stdout.splitlines()]
    return [(verdict, words) for verdict, words in lines if any(word in words for word in about)]


def test_as_shipped_nothing_is_wrong():
    with Asterisk() as exchange:
        assert [verdict for verdict, _ in looked(exchange, "ws://127.0.0.1:{port}/ws")] == ["good", "good"]
        assert looked(exchange, "") == []
        (_, (verdict, words)) = looked(exchange, "ws://127.0.0.1:{port}/elsewhere")
        assert (verdict, "do not reach" in words) == ("bad", True)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"pjsip_webrtc": {TRANSPORT: "type = nothing"}}, ["transport hotline-137-ws is missing"]),
        (
            {"modules": {"load = res_pjsip_transport_websocket.so": ""}},
            ["res_pjsip_transport_websocket.so is not loaded", "do not reach"],
        ),
        ({"modules": {"load = res_srtp.so": ""}}, ["res_srtp.so is not loaded"]),
    ],
    ids=["transport", "websocket", "srtp"],
)
def test_what_is_missing_is_named(changes, told):
    with Asterisk(changes=changes) as exchange:
        bad = [words for verdict, words in looked(exchange, "ws://127.0.0.1:{port}/ws") if verdict == "bad"]
    assert len(bad) == len(told)
    assert all(words in one for words, one in zip(told, bad, strict=True))


@pytest.fixture
def ivr(tmp_path):
    """Give commands on one installation."""
    settings = {"IVR_DATA__DIR": str(tmp_path), "IVR_GATEWAY__WEBRTC_SECRET": "a secret"}

    def run(*words, said="", **more):
        return CliRunner().invoke(main, words, input=said, env={**settings, **more})

    for name, *rest in (
        ("sara", "--role", "operator"),
        ("zahra", "--role", "supervisor"),
        ("omid", "--role", "operator", "--telephone", "sip:201"),
        ("reza", "--role", "district", "--scope", "district.3"),
        ("201", "--role", "operator"),
        ("trunk", "--role", "operator"),
    ):
        assert run("add-user", name, "--password-stdin", *rest, said=f"{PASSWORD}\n").exit_code == 0
    return run


def test_only_who_is_rung_in_the_browser_is_written(ivr):
    done = ivr("gateway", "operators")
    assert done.exit_code == 0
    heads = [line for line in done.stdout.splitlines() if line.startswith("[")]
    kinds = ("hotline-137-browser", "hotline-137-browser-address", "hotline-137-browser-password")
    assert heads == [f"[{name}]({kind})" for name in ("sara", "zahra") for kind in kinds]
    assert "a secret" not in done.output
    assert "trunk is left out" in done.stderr
    assert done.stdout == ivr("gateway", "operators").stdout, "passwords do not change by themselves"
    assert done.stdout != ivr("gateway", "operators", IVR_GATEWAY__WEBRTC_SECRET="another").stdout


def test_without_a_secret_there_is_nothing_to_write(ivr):
    done = ivr("gateway", "operators", IVR_GATEWAY__WEBRTC_SECRET="")
    assert done.exit_code == 2
    assert "IVR_GATEWAY__WEBRTC_SECRET is not set" in done.stderr
