"""Sealed files: read from any place, and refused when anything about them was changed."""

import io
import os

import pytest

from ivr.vault import Damaged, Keys, NoKey, Opened, Sealer, WrongKey
from ivr.vault.frames import FRAME, HEADER_BYTES, TAG
from ivr.vault.keys import new


@pytest.fixture
def keys(tmp_path):
    new(tmp_path / "keys")
    return Keys.read(tmp_path / "keys")


def seal(keys, plain, pieces=1):
    out = io.BytesIO()
    with Sealer(out, keys.newest) as sealed:
        for start in range(0, len(plain), max(1, len(plain) // pieces)):
            sealed.write(plain[start : start + max(1, len(plain) // pieces)])
    return out.getvalue()


def frame(n):
    return slice(HEADER_BYTES + n * (FRAME + TAG), HEADER_BYTES + (n + 1) * (FRAME + TAG))


def read(sealed, keys):
    return Opened(io.BytesIO(sealed), keys).read()


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 3 * FRAME + 7])
def test_it_comes_out_as_it_went_in(keys, size):
    plain = os.urandom(size)
    sealed = seal(keys, plain, 7)
    assert read(sealed, keys) == plain
    assert len(sealed) == HEADER_BYTES + size + TAG * max(1, -(-size // FRAME))
    assert size < 16 or plain[:16] not in sealed


@pytest.mark.parametrize(
    "start", [0, 5, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME + 9, 3 * FRAME + 6, 3 * FRAME + 7, 10**9]
)
def test_it_is_read_from_any_place(keys, start):
    plain = os.urandom(3 * FRAME + 7)
    with Opened(io.BytesIO(seal(keys, plain)), keys) as opened:
        opened.seek(start)
        assert io.BufferedReader(opened).read(FRAME + 3) == plain[start : start + FRAME + 3]


@pytest.mark.parametrize("left", [0, 5, HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + TAG - 1])
def test_a_stump_is_refused(keys, left):
    with pytest.raises(Damaged):
        read(seal(keys, os.urandom(3 * FRAME))[:left], keys)


@pytest.mark.parametrize("frames", [1, 2])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_an_end_cut_off_is_seen_before_anything_is_read(keys, frames, more):
    sealed = seal(keys, os.urandom(3 * FRAME))
    with pytest.raises(Damaged):
        Opened(io.BytesIO(sealed[: HEADER_BYTES + frames * (FRAME + TAG) + more]), keys)


def test_frames_that_changed_places_do_not_open(keys):
    sealed = seal(keys, os.urandom(4 * FRAME))
    swapped = sealed[: frame(0).start] + sealed[frame(1)] + sealed[frame(0)] + sealed[frame(2).start :]
    with pytest.raises(Damaged, match="frame 0"):
        read(swapped, keys)


def test_a_frame_left_out_or_taken_from_another_file_does_not_open(keys):
    sealed, other = seal(keys, os.urandom(4 * FRAME)), seal(keys, os.urandom(4 * FRAME))
    with pytest.raises(Damaged):
        read(sealed[: frame(1).start] + sealed[frame(2).start :], keys)
    with pytest.raises(Damaged):
        read(sealed[: frame(1).start] + other[frame(1)] + sealed[frame(2).start :], keys)


@pytest.mark.parametrize("place", [HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + FRAME + TAG + 3, -1])
def test_one_bit_changed_is_noticed(keys, place):
    sealed = bytearray(seal(keys, os.urandom(2 * FRAME)))
    sealed[place] ^= 1
    with pytest.raises(Damaged):
        read(bytes(sealed), keys)


def test_another_key_is_known_for_a_wrong_one(keys, tmp_path):
    new(tmp_path / "others")
    with pytest.raises(WrongKey, match=keys.newest.name.hex()):
        read(seal(keys, b"a voice"), Keys.read(tmp_path / "others"))


def test_an_earlier_key_of_the_file_still_opens(keys, tmp_path):
    sealed = seal(keys, b"a voice")
    new(tmp_path / "later")
    both = tmp_path / "both"
    both.touch(0o600)
    both.write_text((tmp_path / "keys").read_text() + (tmp_path / "later").read_text())
    assert read(sealed, Keys.read(both)) == b"a voice"
    with pytest.raises(WrongKey):
        read(seal(Keys.read(both), b"a voice"), keys)


def test_leaving_with_an_exception_leaves_nothing_whole(keys):
    out = io.BytesIO()

    def break_off():
        with Sealer(out, keys.newest) as sealed:
            sealed.write(os.urandom(3 * FRAME))
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk"):
        break_off()
    with pytest.raises(Damaged):
        read(out.getvalue(), keys)


def test_a_keys_file_is_ours_alone_and_never_written_over(tmp_path):
    path = tmp_path / "keys"
    new(path)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        new(path)
    path.chmod(0o640)
    with pytest.raises(NoKey, match="chmod"):
        Keys.read(path)


@pytest.mark.parametrize("content", ["", "abc\n", "0" * 63, "0" * 64 + "\nrubbish"])
def test_a_file_of_something_else_is_no_keys_file(tmp_path, content):
    path = tmp_path / "keys"
    path.touch(0o600)
    path.write_text(content)
    with pytest.raises(NoKey):
        Keys.read(path)
    with pytest.raises(NoKey):
        Keys.read(tmp_path / "nowhere")
