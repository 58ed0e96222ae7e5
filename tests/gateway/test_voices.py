"""Recordings are mended, judged and trimmed, whatever the exchange left."""

import asyncio
import struct

import numpy as np
import pytest

from ivr.gateway.ari import AriError
from ivr.gateway.ledger import Ledger, Voice
from ivr.gateway.voices import RATE, Voices, levels, samples_of, sid_of, spoken, trimmed, wav_of
from tests.exchange.speaker import WORDS, speech

VOICE = np.rint(speech(WORDS["thanks"]) * 32767).astype("<i2")
NOISE = np.random.default_rng(137)
SID, CALL = "RE" + "1" * 32, "CA" + "1" * 32


def quiet(seconds):
    return np.zeros(round(seconds * RATE), "<i2")


def at(dbfs, seconds, *, of=NOISE.standard_normal):
    """Give a steady noise, or another sound, at a level."""
    sound = of(round(seconds * RATE))
    return np.rint(sound / np.sqrt(np.mean(sound**2)) * 32768 * 10 ** (dbfs / 20)).astype("<i2")


def hum(size):
    return np.sin(np.arange(size) * 2 * np.pi * 50 / RATE)


def header(promised):
    """Give a header that promises so many bytes."""
    return b"RIFF" + struct.pack("<I", promised + 36) + b"WAVEfmt " + struct.pack(
        "<IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16
    ) + b"data" + struct.pack("<I", promised)  # fmt: skip


@pytest.mark.parametrize("promised", [0, 2, 2**31, 2**32 - 37, len(VOICE) * 2])
@pytest.mark.parametrize("more", [b"", b"\x01"])
def test_a_header_counts_for_nothing_and_half_a_sample_neither(promised, more):
    assert np.array_equal(samples_of(header(promised) + VOICE.tobytes() + more), VOICE)


@pytest.mark.parametrize("data", [b"", b"R", b"RIFF", header(0)[:30], header(0), header(160) + b"\x01"])
def test_what_holds_nothing_holds_no_samples(data):
    assert len(samples_of(data)) == 0


def test_sound_without_a_header_is_sound():
    assert np.array_equal(samples_of(VOICE.tobytes()), VOICE)


def test_what_was_written_is_read_again():
    assert np.array_equal(samples_of(wav_of(VOICE)), VOICE)
    assert wav_of(VOICE)[:4] == b"RIFF"


@pytest.mark.parametrize(
    ("sound", "said"),
    [
        (VOICE, True),
        (np.concatenate([quiet(60), VOICE, quiet(60)]), True),
        (np.concatenate([at(-60, 5), VOICE // 30]), True),
        (at(-30, 5), True),
        (at(-20, 0.12), True),
        (np.concatenate([at(-55, 3), at(-30, 0.2), at(-55, 3)]), True),
        (quiet(5), False),
        (quiet(0), False),
        (at(-60, 5), False),
        (at(-45, 5), False),
        (at(-42, 5, of=hum), False),
        (at(-10, 0.05), False),
        (np.concatenate([quiet(2), at(-10, 0.02), quiet(2)]), False),
    ],
    ids=[
        "a sentence", "between long silences", "from far away", "a noisy street", "a short word",
        "a word over a noisy line",
        "silence", "nothing", "a quiet line", "a noisy line", "a hum", "too short", "a click",
    ],
)  # fmt: skip
def test_something_was_said_or_not(sound, said):
    assert spoken(sound) == said


def test_what_was_said_is_left_with_a_quarter_second_round_it():
    kept = trimmed(np.concatenate([quiet(3), VOICE, quiet(5)]))
    assert len(VOICE) / RATE - 0.3 < len(kept) / RATE < len(VOICE) / RATE + 0.6
    loud = kept[np.flatnonzero(kept)[0] : np.flatnonzero(kept)[-1] + 1]
    assert loud.tobytes() in VOICE.tobytes()


def test_silence_in_the_middle_is_kept():
    assert len(trimmed(np.concatenate([VOICE, quiet(4), VOICE]))) > 2 * len(VOICE) + 3 * RATE


@pytest.mark.parametrize("sound", [quiet(0), quiet(3), at(-60, 3)])
def test_of_silence_nothing_is_left(sound):
    assert len(trimmed(sound)) == 0


def test_levels_are_measured_to_the_last_sample():
    assert len(levels(quiet(0))) == 0
    assert len(levels(np.ones(161, "<i2"))) == 2
    assert levels(np.full(160, 1000, "<i2"))[0] == pytest.approx(1000)


def test_every_gateway_gives_a_name_the_same_sid():
    assert sid_of("tape") == sid_of("tape") != sid_of("tapes")
    assert len(sid_of("tape")) == 34


class Shelf:
    """An exchange that has one file, or nothing, or trouble."""

    def __init__(self, data=None, status=404):
        self.data, self.status, self.deleted = data, status, []

    async def raw(self, method, path):
        if self.data is None:
            raise AriError(self.status, "")
        return self.data

    async def quietly(self, method, path):
        self.deleted.append((method, path))


@pytest.fixture
def ledger(tmp_path):
    one = Ledger(tmp_path / "ledger.db")
    yield one
    one.close()


def taken(directory, ledger, shelf, **given):
    voice = Voice(SID, CALL, "a name/with a slash", **{"source": "RecordVerb", **given})
    voices = Voices(directory / "voices", ledger, shelf)
    asyncio.run(voices.take(voice))
    return voice, voices


def test_a_recording_is_kept_until_it_is_deleted(tmp_path, ledger):
    shelf = Shelf(wav_of(np.concatenate([quiet(3), VOICE])))
    voice, voices = taken(tmp_path, ledger, shelf)
    assert (voice.status, voice.seconds) == ("completed", 2)
    ledger.keep_voice(voice)
    asyncio.run(voices.clear(voice))
    assert shelf.deleted == [("DELETE", "/recordings/stored/a%20name%2Fwith%20a%20slash")]
    assert voices.delete(SID)
    assert not voices.path(SID).exists()
    assert (ledger.voice(SID).status, voices.delete(SID)) == ("deleted", False)
    assert not voices.delete("RE" + "9" * 32)


@pytest.mark.parametrize(
    ("data", "given", "status", "seconds"),
    [
        (None, {}, "absent", 0),
        (wav_of(quiet(4)), {}, "absent", 0),
        (wav_of(quiet(4)), {"trim": False}, "absent", 0),
        (wav_of(np.concatenate([quiet(4), VOICE])), {"trim": False}, "completed", 6),
        (wav_of(quiet(4)), {"source": "DialVerb", "trim": False}, "completed", 4),
        (wav_of(quiet(4)), {"source": "DialVerb"}, "absent", 0),
        (wav_of(VOICE // 40), {"source": "DialVerb", "trim": False}, "completed", 2),
    ],
)
def test_a_recording_is_judged(tmp_path, ledger, data, given, status, seconds):
    voice, voices = taken(tmp_path, ledger, Shelf(data), **given)
    assert (voice.status, voice.seconds) == (status, seconds)
    assert voices.path(SID).exists() == (status == "completed")
    assert not list((tmp_path / "voices").glob(".*"))


def test_an_exchange_in_trouble_keeps_the_recording_for_later(tmp_path, ledger):
    with pytest.raises(AriError):
        taken(tmp_path, ledger, Shelf(status=500))
