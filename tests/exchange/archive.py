"""Asterisk out of Debian's own packages: unpacked beside the system, not into it, once for each machine."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hotline-137"
PACKAGES = ("asterisk", "asterisk-modules", "asterisk-core-sounds-en-gsm", "libc6")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PATIENCE_SECONDS = 300
OPTIONS = {
    "Dir::Etc": "etc",
    "Dir::State": "",
    "Dir::State::lists": "lists",
    "Dir::State::status": "status",
    "Dir::Cache": "",
    "Dir::Cache::archives": "archives",
}
WORDS = {
    "Dir::Etc::sourceparts": "-",
    "APT::Install-Recommends": "false",
    "APT::Sandbox::User": "",
    "Acquire::Languages": "none",
    "Acquire::Retries": "3",
    "Acquire::http::Timeout": "30",
    "Debug::NoLocking": "1",
}


class NotToBeHad(RuntimeError):
    """Raised when the archive cannot be reached, or this is no Debian."""


def tree(suite):
    """Give the directory that holds a suite's Asterisk and every library it needs."""
    CACHE.mkdir(parents=True, exist_ok=True)
    place = CACHE / f"asterisk-{suite}"
    with (CACHE / f"asterisk-{suite}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.is_dir():
            for left in CACHE.glob(f".{suite}-*"):
                shutil.rmtree(left)  # somebody was killed over it: whoever works on one holds the lock
            half = Path(tempfile.mkdtemp(prefix=f".{suite}-", dir=CACHE))
            try:
                _unpack(suite, half / "tree")
                (half / "tree").rename(place)
            finally:
                shutil.rmtree(half)
    return place


def _unpack(suite, place):
    apt = place.with_name("apt")
    options = _prepare(suite, apt)
    _run("apt-get", *options, "update")
    _run("apt-get", *options, "--yes", "--download-only", "install", *PACKAGES)
    for package in sorted((apt / "archives").glob("*.deb")):
        _run("dpkg-deb", "-x", package, place)
    # What the package's own script would do; without it there is no beep, and a recording that never was is `done`.
    sounds = place / "usr/share/asterisk/sounds"
    (sounds / "en").unlink(missing_ok=True)
    (sounds / "en").symlink_to("en_US_f_Allison")


def _prepare(suite, apt):
    """Lay out directories for an apt that knows of nothing installed here; give the options that lead there."""
    for name in ("lists/partial", "archives/partial", "etc/apt.conf.d", "etc/preferences.d"):
        (apt / name).mkdir(parents=True)
    (apt / "status").touch()
    if not KEYRING.exists():
        raise NotToBeHad("only Debian has Debian's keys")
    source = f"deb [signed-by={KEYRING}] {_mirror()} {suite} main\n"
    (apt / "etc/sources.list").write_text(source)
    settings = {**{name: apt / path for name, path in OPTIONS.items()}, **WORDS}
    return ["-qq", *(part for name, value in settings.items() for part in ("-o", f"{name}={value}"))]


def _mirror():
    """Find the mirror that this machine already uses."""
    sites = _run("apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages").split()
    for site in sites:
        if "security" not in site:
            return site
    raise NotToBeHad("apt knows no mirror")


def _run(*words):
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS)
    except subprocess.CalledProcessError as error:
        raise NotToBeHad(f"{words[0]}: {error.stderr[-500:]}") from error
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        raise NotToBeHad(str(error)) from error
    return done.stdout
