"""Archives that this version of the program did not make."""

import io
import tarfile

import pytest

from ivr import vault
from ivr.services import archive, restore
from ivr.services.archive import BackupError
from tests.restored import nothing_is_in, rows_of


def sealed(path, kept, members):
    key = archive.keys_of(kept).newest
    with path.open("wb") as file, vault.Sealer(file, key) as into, tarfile.open(fileobj=into, mode="w|") as tar:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


def begin(revision):
    return (archive.BEGIN, f'{{"format": 1, "revision": "{revision}", "made_at": ""}}'.encode())


def test_an_earlier_versions_rows_are_brought_to_this_one(kept, target, tmp_path):
    line = {"number": "client:maya", "holder": "maya", "seen_at": "2026-11-24T06:30:00+00:00"}
    rows = ("rows/phone_line/00000000", archive.pack([line]))
    end = (archive.END, b'{"rows": {"phone_line": 1}, "files": 0}')
    restore.restore(target, sealed(tmp_path / "old", kept, [begin("0001"), rows, end]))
    found = rows_of(target.database_url)
    assert found["phone_line"][0][:2] == ("client:maya", "maya")
    assert found["figure_day"] == [], "a table that came later is there"


def test_a_later_versions_archive_is_refused(kept, target, tmp_path):
    end = (archive.END, b'{"rows": {}, "files": 0}')
    with pytest.raises(BackupError, match="newer than this program"):
        restore.restore(target, sealed(tmp_path / "new", kept, [begin("9999"), end]))
    assert nothing_is_in(target)


@pytest.mark.parametrize("name", ["../out", "/tmp/out", "data/../../../out"])
def test_nothing_is_written_outside(kept, target, tmp_path, name):
    end = (archive.END, b'{"rows": {}, "files": 1}')
    with pytest.raises(BackupError, match="no backup writes"):
        restore.restore(target, sealed(tmp_path / "bad", kept, [begin("0001"), (name, b"x"), end]))
    assert nothing_is_in(target)
