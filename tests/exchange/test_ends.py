"""Whatever becomes of a test, its exchange and its telephones do not outlive it."""

import subprocess
import sys
import time
from pathlib import Path

from tests.exchange.asterisk import SUITE, Asterisk, unpacked
from tests.exchange.telephone import Telephone
from tests.served import running

ROOT = Path(__file__).parents[2]
TEST = f"""
import time
from tests.exchange.asterisk import Asterisk
from tests.exchange.telephone import Telephone
with Asterisk({SUITE!r}) as asterisk, Telephone() as telephone:
    telephone.dial(asterisk.uri())
    print(asterisk.process.pid, telephone.process.pid, asterisk.home, flush=True)
    time.sleep(60)
"""


def test_they_end_with_a_test_that_is_killed():
    unpacked()
    with subprocess.Popen([sys.executable, "-c", TEST], stdout=subprocess.PIPE, text=True, cwd=ROOT) as test:
        asterisk, telephone, home = test.stdout.readline().split()
        assert running(asterisk)
        assert running(telephone)
        test.kill()
    deadline = time.monotonic() + 5
    while running(asterisk) or running(telephone):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert home.startswith("/tmp/h137-")


def test_two_exchanges_do_not_get_into_each_others_way():
    with Asterisk() as first, Asterisk() as second:
        for exchange in (first, second):
            with Telephone() as telephone:
                telephone.dial(exchange.uri())
                assert [one["caller"]["number"] for one in exchange.ari("GET", "/channels")] == ["02188137137"]


def test_an_exchange_takes_its_directory_with_it():
    with Asterisk() as exchange:
        exchange.stop()
        assert exchange.process.returncode == 0
        exchange.start()
    assert not exchange.home.exists()
    assert not running(exchange.process.pid)


def test_a_telephone_can_call_again_and_hears_each_call_by_itself():
    with Asterisk() as exchange, Telephone() as telephone:
        for _ in range(2):
            telephone.dial(exchange.uri())
            assert abs(telephone.hears(0.7)).max() > 0.02
            telephone.hangs_up()
            assert 0.5 < len(telephone.heard()) / 8000 < 2
            assert telephone.codes == [200, 200, 200]
