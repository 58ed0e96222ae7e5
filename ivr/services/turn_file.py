"""The file of a month's turns: a tar as a backup's, a part for some calls, counted and summed at its end."""

import hashlib
import json
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final

from ivr.services import archive
from ivr.vault import Damaged

FORMAT: Final = 1
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Counted:
    """How much there is in a file, and the digest of its packed parts."""

    calls: int
    turns: int
    sha256: str


class _Count:
    def __init__(self) -> None:
        self._calls, self._turns, self._digest = 0, 0, hashlib.sha256()

    def add(self, rows: Rows, packed: bytes) -> None:
        self._calls += len({row["call_id"] for row in rows})
        self._turns += len(rows)
        self._digest.update(packed)

    def sum(self) -> Counted:
        return Counted(self._calls, self._turns, self._digest.hexdigest())


def write(file: BinaryIO, month: str, parts: Iterable[Rows], now: datetime) -> Counted:
    """Write the parts as they come; no call is in two of them."""
    counted = _Count()
    with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        begin = {"format": FORMAT, "month": month, "made_at": now.isoformat()}
        archive.put(tar, archive.BEGIN, json.dumps(begin).encode(), now)
        for n, rows in enumerate(parts):
            packed = archive.pack(rows)
            counted.add(rows, packed)
            archive.put(tar, f"turns/{n:08}", packed, now)
        archive.put(tar, archive.END, json.dumps(vars(counted.sum())).encode(), now)
    return counted.sum()


def read(file: BinaryIO) -> Iterator[Rows]:
    """Give the parts. Raises Damaged, at the end too: for a file that is not what it says of itself."""
    counted, end = _Count(), None
    try:
        with tarfile.open(fileobj=file, mode="r|") as tar:
            for member in tar:
                content = tar.extractfile(member)
                said = content.read() if content is not None else b""
                if member.name == archive.BEGIN:
                    _insist_on_format(json.loads(said))
                elif member.name == archive.END:
                    end = Counted(**json.loads(said))
                else:
                    rows = archive.unpack(said)
                    counted.add(rows, said)
                    yield rows
    except (tarfile.TarError, EOFError, OSError) as why:
        raise Damaged(str(why)) from why
    if end != counted.sum():
        raise Damaged("it does not hold what it says")


def _insist_on_format(begin: dict[str, Any]) -> None:
    if begin.get("format") != FORMAT:
        raise Damaged("it is of a form that this program does not know")


def check(file: BinaryIO) -> Counted:
    """Read it to its end and count again. Raises Damaged."""
    counted = _Count()
    for rows in read(file):
        counted.add(rows, archive.pack(rows))
    return counted.sum()
