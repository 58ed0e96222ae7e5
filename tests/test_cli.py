"""The operator of the machine gets plain words, not a traceback."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from ivr.cli import main

CALLFLOWS = Path(__file__).parent.parent / "callflows"


@pytest.fixture
def broken(tmp_path, monkeypatch):
    """An installation whose main menu says a prompt that has no words."""
    shutil.copytree(CALLFLOWS, tmp_path / "callflows")
    flow = tmp_path / "callflows" / "hotline_137.yaml"
    flow.write_text(flow.read_text(encoding="utf-8").replace("prompt: main_menu", "prompt: wordless"), encoding="utf-8")
    monkeypatch.setenv("IVR_ROOT", str(tmp_path))
    monkeypatch.setenv("IVR_DATA__DIR", str(tmp_path))


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def test_check_names_a_prompt_without_words(broken):
    done = run("check")
    assert done.exit_code == 1
    assert "wordless" in done.output


@pytest.mark.parametrize("command", [("play", "hotline_137"), ("serve",)])
def test_a_broken_flow_stops_a_start_in_plain_words(broken, command):
    done = run(*command)
    assert done.exit_code == 2
    assert "wordless" in done.output
    assert "Traceback" not in done.output


def test_check_passes_what_we_ship(tmp_path, monkeypatch):
    monkeypatch.setenv("IVR_DATA__DIR", str(tmp_path))
    assert run("check").exit_code == 0


def test_a_bad_setting_is_named_by_its_variable(monkeypatch):
    monkeypatch.setenv("IVR_SERVER__PORT", "many")
    done = run("migrate")
    assert done.exit_code == 2
    assert "IVR_SERVER__PORT" in done.output
