"""The files for those who run the house: each is read by the program that it is written for, where that is here."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.ops.front import needs_nginx, written
from tests.programs import needs

ROOT = Path(__file__).parent.parent.parent
UNITS = sorted((ROOT / "ops/systemd").glob("*.service"))
CONTAINER = ROOT / "ops/container/Containerfile"


@needs("systemd-analyze")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_can_read_its_units(unit, tmp_path):
    """The one thing changed is the place of the command, which must exist."""
    copy = tmp_path / unit.name
    copy.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(), flags=re.MULTILINE))
    command = ["systemd-analyze", "verify", "--man=no", copy]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_units_give_no_right_that_the_house_does_not_need():
    assert len(UNITS) == 2
    for unit in UNITS:
        lines = unit.read_text().splitlines()
        for wanted in ("NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "Restart=always"):
            assert wanted in lines, unit.name


@needs_nginx
def test_nginx_can_read_its_site(tmp_path):
    done = subprocess.run(["nginx", "-t", *written(tmp_path, 8137, 8443)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_container_takes_what_there_is_and_is_not_root():
    text = CONTAINER.read_text()
    taken = [word for line in re.findall(r"^COPY (?!--)(.*) \S+$", text, re.MULTILINE) for word in line.split()]
    assert [path for path in taken if not (ROOT / path).exists()] == []
    assert "--require-hashes" in text
    assert re.search(r"^USER (?!root)", text, re.MULTILINE)
    check = re.search(r"^HEALTHCHECK .*\\\n\s+CMD (\[.*\])$", text, re.MULTILINE)
    assert compile(json.loads(check[1])[2], "healthcheck", "exec")
