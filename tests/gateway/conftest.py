"""One stage for all tests of conformance; those that are marked so are played side by side."""

import os

import pytest

from tests.gateway.stage import Stage

# Calls in real time among killed processes, which a busy machine can spoil: `make calls` plays them.
if os.environ.get("HOTLINE_CALLS") != "1":
    collect_ignore_glob = ["test_killed.py"]

MARK = "side_by_side"
under_way = pytest.StashKey()


def pytest_configure(config):
    config.addinivalue_line("markers", f"{MARK}: played together with all others so marked; takes `stage` alone")


@pytest.fixture(scope="session")
def stage(tmp_path_factory):
    with Stage(tmp_path_factory.mktemp("stage")) as one:
        yield one
        assert one.desk.unsigned == []
        assert one.desk.lost == []


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Begin all that are marked with the first of them, and give each its own outcome."""
    if pyfuncitem.get_closest_marker(MARK) is None:
        return None
    session, one = pyfuncitem.session, pyfuncitem.funcargs["stage"]
    if under_way not in session.stash:
        together = [item for item in session.items if item.get_closest_marker(MARK)]
        session.stash[under_way] = {item.nodeid: one.hands.submit(_play, item, one) for item in together}
    session.stash[under_way][pyfuncitem.nodeid].result()
    return True


def _play(item, stage):
    parameters = item.callspec.params if hasattr(item, "callspec") else {}
    item.obj(stage=stage, **parameters)
