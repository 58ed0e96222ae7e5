"""A room for whole files, by name: put in at once, read from any place, taken away. Knows not what they hold."""

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

import fsspec
from fsspec.core import split_protocol

TRIES = 2


class Away(Exception):
    """The store cannot be used now; try again later."""


class Store:
    """One directory, or one bucket or part of it; `told` is said to fsspec's file system."""

    def __init__(self, url: str, told: Mapping[str, Any] | None = None) -> None:
        protocol, root = split_protocol(url)
        self._protocol, self._root, self._told = protocol or "file", root.rstrip("/"), dict(told or {})

    @property
    def local(self) -> bool:
        return self._protocol == "file"

    @property
    def _files(self) -> Any:
        """Find the file system anew each time: fsspec keeps one for each process, and none outlives a fork."""
        files = fsspec.filesystem(self._protocol, **self._told)
        if not self.local:
            files.retries = TRIES  # of its own, beside those of the library below it
        return files

    def _at(self, place: str) -> str:
        """Name a place below the root. Raises FileNotFoundError for one that leads elsewhere."""
        parts = PurePosixPath(place).parts
        if not parts or parts[0] == "/" or ".." in parts or "\0" in place:
            raise FileNotFoundError(place)
        return f"{self._root}/{place}"

    def put(self, part: Path, place: str) -> None:
        """Bring in a file that lies on this machine, synced; it is there whole or not at all. Raises Away."""
        target = self._at(place)
        with _reached():
            if self.local:
                Path(target).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                part.rename(target)
                sync(Path(target).parent)
                return
            try:
                self._files.put_file(str(part), target)
            except FileNotFoundError as why:  # the bucket is not there
                raise OSError(str(why)) from why
            part.unlink(missing_ok=True)

    def open(self, place: str) -> BinaryIO:
        """Open for reading from any place. Raises FileNotFoundError, Away."""
        target = self._at(place)
        with _reached():
            file = self._files.open(target, "rb")
        return cast("BinaryIO", file if self.local else _Distant(file))

    def holds(self, place: str) -> bool:
        """Say whether a file is there. Raises Away."""
        try:
            self.open(place).close()
        except FileNotFoundError:
            return False
        return True

    def usable(self) -> None:
        """See that what speaks to it is installed. Raises Away."""
        with _reached():
            fsspec.get_filesystem_class(self._protocol)

    def reach(self) -> None:
        """See that it answers, and that what it is to hold may be there. Raises Away."""
        with _reached():
            if self.local:
                Path(self._root).mkdir(parents=True, exist_ok=True, mode=0o700)
                return
            try:
                self._files.ls(self._root)
            except FileNotFoundError:  # nothing has been kept yet, or there is no such bucket
                self._lists(self._root.partition("/")[0])

    def _lists(self, bucket: str) -> None:
        try:
            self._files.ls(bucket)
        except FileNotFoundError as why:
            raise OSError(f"there is no bucket {bucket}") from why

    def remove(self, place: str) -> None:
        """Take a file away, if it is there. Raises Away."""
        target = self._at(place)
        with _reached():
            try:
                self._files.rm_file(target)
            except FileNotFoundError:
                return

    def link(self, place: str, other: str) -> bool:
        """Let a file be found under another name, too; say whether that took no room again. Raises Away."""
        here, there = self._at(place), self._at(other)
        with _reached():
            if self.local:
                Path(there).unlink(missing_ok=True)
                Path(there).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                with suppress(OSError):  # no links there, or no more of them
                    os.link(here, there)
                    return True
            self._files.cp_file(here, there)
            return False

    def places(self) -> Iterator[str]:
        """List everything, sorted. Raises Away."""
        with _reached():
            found = self._files.find(self._root)
        root = str(self._files._strip_protocol(self._root)).rstrip("/")  # noqa: SLF001  # as find() names what it finds
        for path in sorted(found):
            yield str(path)[len(root) + 1 :]


class _Distant(io.RawIOBase):
    """A file of an object store, whose every reading may fail as reaching it may."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readinto(self, into: Any) -> int:
        """Read a part. Raises Away."""
        with _reached():
            some = self._file.read(len(into))
        into[: len(some)] = some
        return len(some)

    def close(self) -> None:
        """Close what it is read from, too."""
        self._file.close()
        super().close()


@contextmanager
def _reached() -> Iterator[None]:
    """Call every trouble of the way there by one name; a file that is not there is no such trouble."""
    try:
        yield
    except FileNotFoundError:
        raise
    except Exception as why:  # botocore's and aiohttp's own are no OSError, and need not be installed
        raise Away(f"{type(why).__name__}: {why}"[:300]) from why


def sync(directory: Path) -> None:
    """Let the name itself survive a power failure."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
