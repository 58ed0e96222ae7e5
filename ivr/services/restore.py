"""A restore: into an empty data directory and an empty database, whole or not at all."""

import json
import os
import shutil
import tarfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db import dumping
from db.models import FileKey
from ivr import vault
from ivr.config import Config
from ivr.services import archive, masters
from ivr.services.archive import BackupError

CACHES = {"speech"}  # of var/: prompts that `ivr check` may have spoken already
CHUNK = 1024 * 1024
MOVING = "moving"  # from here on the directory is neither empty nor whole, until the stage is gone


@dataclass(frozen=True)
class Restored:
    """What came out of an archive; `installation` has its config.yaml and callflows/, to be put in place by hand."""

    made_at: str
    rows: int
    files: int
    installation: Path


def unfinished(config: Config) -> bool:
    """Say whether a restore into this data directory has not come to its end."""
    return (config.var_dir / archive.RESTORING).exists()


def restore(config: Config, path: Path) -> Restored:
    """Fill an empty installation out of an archive. Raises BackupError."""
    keys = archive.keys_of(config)
    stage = config.var_dir / archive.RESTORING
    try:
        with path.open("rb") as file, vault.Opened(file, keys) as opened:
            _insist_on_empty(config)
            with _staged(stage), tarfile.open(fileobj=opened, mode="r|") as tar:
                return _read(config, tar, stage)
    except vault.WrongKey as why:
        raise BackupError(f"this is not the key of {path.name}: {why}") from why
    except (vault.Damaged, tarfile.TarError, EOFError) as why:
        raise BackupError(f"{path.name} is damaged or not whole: {why}") from why
    except (OSError, dumping.Unfit) as why:
        raise BackupError(str(why)) from why


def _insist_on_empty(config: Config) -> None:
    left = [path for path in config.recordings_dir.glob("*") if not path.name.startswith(".")]
    left += [
        path for path in config.var_dir.glob("*") if path.name not in CACHES and archive.RESTORING not in path.name
    ]
    if left:
        raise BackupError(f"the data directory is not empty ({left[0]}): a restore goes into an empty one")
    if not dumping.is_empty(config.database_url):
        raise BackupError("the database is not empty: a restore goes into an empty one")


@contextmanager
def _staged(stage: Path) -> Iterator[None]:
    """Collect files where `ivr serve` refuses to start beside them; a killed restore's are thrown away first."""
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True, mode=0o700)
    try:
        yield
    except BaseException:
        if not (stage / MOVING).exists():
            shutil.rmtree(stage)
        raise
    shutil.rmtree(stage)


def _read(config: Config, tar: tarfile.TarFile, stage: Path) -> Restored:
    members = iter(tar)
    begin = _beginning(tar, members)
    counted: Counter[str] = Counter()
    with dumping.filling(config.database_url, str(begin["revision"])) as database:
        end: dict[str, Any] | None = None
        for member in members:
            content = tar.extractfile(member)
            if content is None or end is not None:
                raise BackupError("the archive holds something that no backup writes")
            if member.name == archive.END:
                end = json.load(content)
            elif member.name.startswith("rows/"):
                table, rows = member.name.split("/")[1], archive.unpack(content.read())
                if table == FileKey.__tablename__:
                    _insist_on_keys(config, rows)
                database.add(table, rows)
            else:
                counted["files"] += 1
                _keep(stage, member.name, content)
        if end is None or end["files"] != counted["files"]:
            raise BackupError("the archive does not hold as many files as it says")
        if any(database.count(table) != n for table, n in end["rows"].items()):
            raise BackupError("the archive does not hold as many rows as it says")
        _move(config, stage)
    number = sum(end["rows"].values())
    return Restored(begin["made_at"], number, counted["files"], config.data.dir.resolve() / "restored")


def _insist_on_keys(config: Config, rows: list[dict[str, Any]]) -> None:
    """Bring in no voices that nobody could open here."""
    under = Counter(row["master"] for row in rows if row["master"])
    try:
        path = masters.path_of(config)
        masters.insist(vault.Keys.read(path), under, path)
    except vault.NoKey as why:
        raise BackupError(f"the voices of this archive cannot be opened: {why} (data.keys_file)") from why


def _beginning(tar: tarfile.TarFile, members: Iterator[tarfile.TarInfo]) -> dict[str, Any]:
    first = next(members, None)
    content = tar.extractfile(first) if first is not None and first.name == archive.BEGIN else None
    begin: dict[str, Any] = json.load(content) if content else {}
    if begin.get("format") != archive.FORMAT:
        raise BackupError("the archive is of a form that this program does not know")
    return begin


def _keep(stage: Path, name: str, content: Any) -> None:
    """Write a file down for good, at its place below the stage and nowhere else."""
    target = stage / name
    if not target.resolve().is_relative_to(stage.resolve()):
        raise BackupError("the archive holds something that no backup writes")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        shutil.copyfileobj(content, file, CHUNK)
        file.flush()
        os.fsync(file.fileno())


def _move(config: Config, stage: Path) -> None:
    """Put files into their places; the database follows as the last."""
    (stage / MOVING).touch()
    data = config.data.dir.resolve()
    for root, place in ((stage / "data", data), (stage / "installation", data / "restored")):
        for path in sorted(root.rglob("*")):
            if path.is_file():
                target = place / path.relative_to(root)
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                shutil.move(path, target)
