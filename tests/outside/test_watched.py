"""Alarms and dashboard speak of what a served house tells, and of nothing else."""

import asyncio
import json
import re
import subprocess
import urllib.request
from pathlib import Path

import yaml

from tests.gateway.test_metrics import asked
from tests.programs import needs

OPS = Path(__file__).parent.parent.parent / "ops"
RULES, BOARD = OPS / "prometheus/alerts.yaml", OPS / "grafana/hotline-137.json"


def named(expression):
    return set(re.findall(r"\bhotline_[a-z0-9_]+", expression))


def alarms():
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels():
    return json.loads(BOARD.read_text(encoding="utf-8"))["panels"]


def told(page):
    """List the names on a page of metrics, as a question may use them."""
    return set(re.findall(r"^(hotline_[a-z0-9_]+)", page, re.MULTILINE)) | set(
        re.findall(r"^# TYPE (hotline_\S+)", page, re.MULTILINE)
    )


def opened(house, path):
    with urllib.request.urlopen(f"{house.url}{path}", timeout=10) as answer:
        return answer.read().decode()


def test_what_alarms_and_dashboard_ask_for_is_told_by_a_house_and_a_gateway(line, tmp_path):
    exchange, house = line
    exchange.dials("+989121380001").presses("1").presses("1").presses("3").speaks(3)
    ready = json.loads(opened(house, "/readyz"))
    assert ready["status"] == "ready", ready
    page = opened(house, "/metrics")
    assert 'hotline_webhooks_total{outcome="taken",status="200",webhook="answer"} 1.0' in page
    _, gateways = asyncio.run(asked(tmp_path / "gateway", "", {}))
    names = told(page) | told(gateways)
    for rule in alarms():
        wanted = named(rule["expr"])
        assert wanted or rule["alert"] == "HotlineDown"
        assert wanted <= names, rule["alert"]
    for panel in panels():
        for target in panel["targets"]:
            assert named(target["expr"])
            assert named(target["expr"]) <= names, panel["title"]


def test_every_alarm_is_explained():
    text = (OPS.parent / "docs/operations.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([A-Za-z]+)` \|", text, re.MULTILINE))
    assert explained == {rule["alert"] for rule in alarms()}


def test_every_figure_is_on_the_dashboard_or_in_an_alarm(line):
    _, house = line
    asked_for = {name for rule in alarms() for name in named(rule["expr"])}
    asked_for |= {name for panel in panels() for target in panel["targets"] for name in named(target["expr"])}
    assert {name for name in told(opened(house, "/metrics")) if not name.startswith("hotline_webhook")} - asked_for <= {
        "hotline_jobs"
    }


@needs("promtool")
def test_prometheus_can_read_its_rules():
    done = subprocess.run(["promtool", "check", "rules", RULES], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{len(alarms())} rules found" in done.stdout
