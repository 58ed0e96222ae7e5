"""The house itself: its rooms, its doors, its size, its words."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml

from ivr import catalogue, jobs
from ivr.config import Config
from ivr.queues.names import JOBS, QUEUES
from tests.readings import readings

ROOT = Path(__file__).parent.parent
SOURCES = sorted([*ROOT.glob("ivr/**/*.py"), *ROOT.glob("db/**/*.py"), *ROOT.glob("tests/**/*.py")])
PERSIAN = re.compile("[\u0600-\u06ff]")
PUBLIC = {"audio", "health", "login"}


def lint_imports(folder):
    command = [Path(sys.executable).parent / "lint-imports", "--config", ROOT / "pyproject.toml", "--no-cache"]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(folder)}
    )


def test_imports_only_go_down():
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout


def test_a_planted_trespass_breaks_the_contract(tmp_path):
    for package in ("ivr", "db"):
        subprocess.run(["cp", "-r", ROOT / package, tmp_path], check=True)
    with (tmp_path / "ivr/flow/engine.py").open("a") as engine:
        engine.write("\nimport ivr.services.calls  # a trespass\n")
    done = lint_imports(tmp_path)
    assert done.returncode != 0
    assert "ivr.flow.engine -> ivr.services.calls" in done.stdout


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_are_small(path):
    text = path.read_text(encoding="utf-8")
    if "migrations/versions" in str(path):
        return
    assert len(text.splitlines()) <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < 40, f"{node.name} is too long"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_persian_in_python(path):
    if path.name != "persian.py":
        assert not PERSIAN.search(path.read_text(encoding="utf-8"))


def test_every_blueprint_is_guarded(app):
    guards = app.extensions["ivr_guards"]
    assert set(app.blueprints) == set(guards)
    assert {name for name, guard in guards.items() if guard is None} == PUBLIC


def test_every_page_refuses_a_stranger(app):
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if rule.endpoint.split(".")[0] in PUBLIC | {"static"}:
            continue
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            url = re.sub(r"<[^>]+>", "1", rule.rule)
            answer = client.open(url, method=method, headers={"X-Forwarded-For": "203.0.113.9"})
            assert answer.status_code in {302, 400, 401, 403, 405, 415}, f"{method} {url}: {answer.status_code}"
            assert answer.status_code != 302 or "/login" in answer.location


def test_every_job_resolves_and_has_a_queue():
    for name, kind in JOBS.items():
        assert callable(getattr(jobs, name.removeprefix("ivr.jobs.")))
        assert kind.queue in QUEUES


def test_the_call_flows_have_no_errors(config):
    found = catalogue.load(config.callflows_dir, "fa")
    problems = catalogue.problems(found, config.callflows_dir / "audio" / "fa")
    assert [problem for problem in problems if problem.level == "error"] == []


def settings(section, prefix=""):
    for name, value in section.items():
        if isinstance(value, dict):
            yield from settings(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


SECRET = {
    "server.secret_key",
    "data.store_key",
    "data.store_secret",
    "twilio.auth_token",
    "twilio.signing_key",
    "phone.auth_token",
    "gateway.ari_password",
    "gateway.auth_token",
    "gateway.webrtc_secret",
    "metrics.token",
}


def known_settings():
    return {
        f"{section}.{name}"
        for section, field in Config.model_fields.items()
        if section != "root"
        for name in type(field.default).model_fields
    }


def test_config_yaml_has_every_setting_and_no_secret():
    written = set(settings(yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))))
    assert written | {"phone.account_sid"} == known_settings() - SECRET


def test_the_readme_explains_every_setting():
    table = (ROOT / "README.md").read_text(encoding="utf-8").split("## Settings")[1].split("\n## ")[0]
    explained = set(re.findall(r"`([a-z]+\.[a-z_]+)`", table)) - {"config.yaml"}
    assert explained == known_settings() - SECRET - {"phone.account_sid"}


@cache
def read_somewhere():
    own = ROOT / "ivr/config.py"
    return {
        one
        for path in ROOT.glob("ivr/**/*.py")
        for one in readings(path.read_text(encoding="utf-8"), inside=path == own)
    }


@pytest.mark.parametrize("setting", sorted(known_settings()))
def test_every_setting_is_read(setting):
    assert tuple(setting.split(".")) in read_somewhere()


def test_everything_read_is_a_setting():
    assert {f"{section}.{name}" for section, name in read_somewhere()} <= known_settings()


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("desk.config.feedback.max_tries", {("feedback", "max_tries")}),
        ("def f(desk):\n limits = desk.config.feedback\n return limits.max_tries", {("feedback", "max_tries")}),
        ("from ivr.config import Codes\ndef f(limits: Codes):\n return limits.tries", {("codes", "tries")}),
        ("from ivr.config import Config\ndef f(given: Config):\n return given.server.port", {("server", "port")}),
        ("from db.models import Recording\ndef f(one: Recording):\n return one.state", set()),
        ("def f(limits):\n return limits.max_tries", set()),
        ("ticket.callbacks.max_tries", set()),
        ("def f(desk):\n office = desk.office\n return office.opens", set()),
    ],
)
def test_a_setting_counts_as_read_only_off_its_own_section(source, read):
    assert readings(source) == read
