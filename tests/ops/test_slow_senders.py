"""Half-open connections do not keep a telephone waiting, with the proxy of ops/nginx in front."""

from contextlib import ExitStack

import pytest
import requests

from tests.ops.front import needs_nginx, served

HALF_OPEN, TURNS = 50, 40

pytestmark = [needs_nginx, pytest.mark.filterwarnings("ignore:Unverified HTTPS request")]


@pytest.fixture
def front(tmp_path):
    with served(tmp_path) as proxy:
        yield proxy


def test_whole_forms_are_answered_while_half_ones_hang(front):
    """Check 25; how long it takes is what `python -m bench.slow_senders` measures."""
    with ExitStack() as opened, requests.Session() as session:
        for _ in range(HALF_OPEN):
            opened.enter_context(front.half_open())
        assert {front.rings(session, n).status_code for n in range(TURNS)} == {200}


def test_a_form_over_64_kib_never_reaches_the_house(front):
    answer = requests.post(f"{front.url}/voice/answer", data={"Body": "x" * 70_000}, timeout=10, verify=False)
    assert answer.status_code == 413
    assert "nginx" in answer.text
    assert requests.get(f"{front.url}/metrics", timeout=10, verify=False).status_code == 404
