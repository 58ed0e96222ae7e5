"""What a backup holds and how it is laid out: a tar of rows and files, sealed as a whole."""

import gzip
import io
import json
import tarfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final

from ivr import vault
from ivr.config import Config, config_file
from ivr.services import clips

FORMAT: Final = 1
BEGIN, END = "begin.json", "end.json"
RESTORING = "restoring"  # below var/: as long as it is there, a restore is not done
ROWS_A_PART = 2000
KEPT_OF_VAR = ("announcements", "phone", "gateway/voices", "secrets.env")


class BackupError(Exception):
    """A backup or a restore cannot be done; the words say why, in one sentence."""


def keys_of(config: Config) -> vault.Keys:
    """Read the keys, which must lie apart from what they open. Raises BackupError."""
    written = config.backup.keys_file
    if not written:
        raise BackupError("no keys file is set (backup.keys_file): `ivr keys new FILE` makes one")
    path = Path(written).resolve()
    if path.is_relative_to(config.data.dir.resolve()):
        raise BackupError(f"{path} lies inside the data directory: keys are kept apart from what they open")
    try:
        return vault.Keys.read(path)
    except vault.NoKey as why:
        raise BackupError(str(why)) from why


def files_of(config: Config) -> Iterator[tuple[str, Path]]:
    """List the files of this installation, each with its name in the archive; unfinished ones are left out."""
    data = config.data.dir.resolve()
    roots = [config.recordings_dir, *(config.var_dir / name for name in KEPT_OF_VAR)]
    for root in roots:
        for path in _below(root):
            yield f"data/{path.relative_to(data)}", path
    yield "installation/config.yaml", config_file()
    for path in _below(config.callflows_dir):
        yield f"installation/callflows/{path.relative_to(config.callflows_dir)}", path


def name_of(place: str) -> str | None:
    """Name what lies in a store as this machine would keep it: a voice, a photo, an announcement's clip; else None."""
    path = PurePosixPath(place)
    if path.parts[0] == clips.PROMPTS:  # they are said again
        return None
    if path.parts[0] == clips.FOLDER:
        return f"data/var/{clips.FOLDER}/{path.stem}.{path.name}"
    return f"data/recordings/{place}"


def _below(root: Path) -> list[Path]:
    paths = sorted(root.rglob("*")) if root.is_dir() else [root]
    return [path for path in paths if path.is_file() and not path.name.startswith(".") and path.suffix != ".part"]


def pack(rows: Sequence[Any]) -> bytes:
    """Write rows as JSON lines, packed."""
    return gzip.compress("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode(), mtime=0)


def unpack(packed: bytes) -> list[Any]:
    return [json.loads(line) for line in gzip.decompress(packed).decode().split("\n") if line]


def put(tar: tarfile.TarFile, name: str, content: bytes, now: datetime) -> None:
    """Add a member out of memory."""
    stream(tar, name, io.BytesIO(content), now)


def stream(tar: tarfile.TarFile, name: str, content: BinaryIO, at: datetime) -> None:
    """Add a member out of what can be read, and of which the end can be found."""
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = content.seek(0, io.SEEK_END), 0o600, int(at.timestamp())
    content.seek(0)
    tar.addfile(member, content)
