"""Where the day is played: a PostgreSQL (or SQLite), the whole hotline served, and the floor beside it."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from pydantic import SecretStr

from bench.day import floor
from bench.day.provider import ACCOUNT, TOKEN
from db import migrate
from ivr.config import Config, Data
from ivr.services.desk import Desk
from tests.served import House, children, free_port
from tests.servers import Postgres

SAFE = {"fsync": "on", "full_page_writes": "on", "shared_buffers": "128MB"}
PARTS = {"web": "ivr.cli web", "jobs": "work --only jobs", "sweep": "work --only sweep", "valkey": "ivr.cli broker"}
PROCESSES = 2


class Place:
    """Everything of one measurement, in a directory of its own; `fill` may put calls into the database first."""

    def __init__(self, home, media_port, *, sqlite=False, fill=None):
        self.home, self.server = Path(home), None if sqlite else Postgres(**SAFE)
        (self.home / "d" / "var").mkdir(parents=True)
        self.url = f"sqlite:///{self.home}/d/var/bench.db" if sqlite else self.server.create("day", "template0")
        migrate.upgrade(self.url)
        if fill:
            fill(self.url)
        floor.prepare(self.url)
        settings = {
            "IVR_SERVER__PATIENCE_SECONDS": "3",  # as shipped
            "IVR_DATA__DATABASE_URL": self.url,
            "IVR_SERVER__PROCESSES": "1" if sqlite else str(PROCESSES),
            "IVR_TWILIO__ACCOUNT_SID": ACCOUNT,
            "IVR_TWILIO__AUTH_TOKEN": TOKEN,
            "IVR_TWILIO__API_URL": f"http://127.0.0.1:{media_port}",
        }
        self.house = House(home, **settings)
        self.floor_port = free_port()
        self.floor_url = f"http://127.0.0.1:{self.floor_port}"
        self.floor = None

    def __enter__(self):
        self.house.start()
        environment = {**self.house.environment, "IVR_SERVER__PORT": str(self.floor_port)}
        with (self.home / "floor.log").open("w") as log:
            words = [sys.executable, "-m", "bench.day.floor", self.url]
            self.floor = subprocess.Popen(words, env=environment, stdout=log, stderr=log)
        return self

    def __exit__(self, *_):
        for ends in (self._ends_floor, self.house.stop, *([self.server.stop] if self.server else [])):
            with suppress(subprocess.TimeoutExpired):
                ends()

    def _ends_floor(self):
        self.floor.terminate()
        self.floor.wait(20)

    @property
    def desk(self):
        """Give what it takes to open what the house keeps."""
        return Desk(Config(data=Data(dir=self.home / "d", database_url=SecretStr(self.url))), None, None, {})

    def parts(self):
        """List who works here by name, for the sampler."""
        groups = {"generator": [os.getpid()], "floor": [self.floor.pid, *children(self.floor.pid)]}
        if self.server:
            groups["postgres"] = [self.server.process.pid, *children(self.server.process.pid)]
        for pid, words in children(self.house.process.pid).items():
            name = next(
                (name for name, told in PARTS.items() if told in words), "valkey" if "valkey" in words else None
            )
            if name:
                groups.setdefault(name, []).append(pid)
        return groups
