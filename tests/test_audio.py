import io
import wave

import numpy as np
import pytest
import soundfile

from ivr import audio
from ivr.audio import NotAudio, Sound

RATE = 22050


def tone(seconds, size=0.3, rate=RATE, hertz=300):
    return (size * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def quiet(seconds, rate=RATE):
    return np.zeros(int(seconds * rate), dtype=np.float32)


def spoken(size=0.3):
    """A stand-in for speech: two words, a pause between, silence round both."""
    return np.concatenate([quiet(0.4), tone(0.6, size), quiet(0.5), tone(0.7, size / 2), quiet(0.8)])


@pytest.fixture
def put(tmp_path):
    def put(samples, name="voice.wav", rate=RATE, **how):
        path = tmp_path / name
        soundfile.write(path, samples, rate, **how)
        return path

    return put


@pytest.mark.parametrize("size", [0.001, 0.05, 0.3, 0.99])
@pytest.mark.parametrize("level", [-20.0, -26.0])
def test_speech_comes_out_at_the_asked_level(size, level):
    heard = audio.to_telephone(Sound(spoken(size), RATE), level)
    assert audio.speech_dbfs(heard) == pytest.approx(level, abs=1.5)
    assert np.abs(heard.samples).max() < 1.0


def test_a_pause_does_not_make_a_prompt_louder():
    short = audio.to_telephone(Sound(tone(1), RATE))
    paused = audio.to_telephone(Sound(np.concatenate([tone(1), quiet(3), tone(1)]), RATE))
    assert audio.speech_dbfs(paused) == pytest.approx(audio.speech_dbfs(short), abs=0.3)


def test_peaks_are_bent_and_never_clipped():
    clicks = tone(1, 0.02)
    clicks[::400] = 0.9
    heard = audio.to_telephone(Sound(clicks, audio.TELEPHONE_RATE))
    assert 0.7 < np.abs(heard.samples).max() < audio.CEILING + 0.001
    assert audio.speech_dbfs(heard) == pytest.approx(-20, abs=1.5)


def test_silence_round_the_speech_is_trimmed_and_the_pause_within_kept():
    heard = audio.to_telephone(Sound(spoken(), RATE))
    loud = np.flatnonzero(np.abs(heard.samples) > 0.01)
    assert 0.01 < loud[0] / heard.rate < 0.06
    assert 0.01 < (len(heard.samples) - loud[-1]) / heard.rate < 0.1
    assert heard.seconds == pytest.approx(0.6 + 0.5 + 0.7 + 0.09, abs=0.03)


@pytest.mark.parametrize("samples", [quiet(0.5), quiet(0)])
def test_digital_silence_stays_silent(samples):
    heard = audio.to_telephone(Sound(samples, RATE))
    assert not heard.samples.any()


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
def test_what_is_played_is_a_telephone_wav(rate):
    heard = audio.to_telephone(Sound(tone(1, rate=rate), rate))
    data = audio.wav_bytes(heard)
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (8000, 1, 2)
        assert file.getnframes() / 8000 == pytest.approx(heard.seconds)
    assert data == audio.wav_bytes(heard)


def test_a_pause_is_as_long_as_asked():
    assert audio.silence(0.35).seconds == 0.35


def test_two_channels_are_mixed_down(put):
    path = put(np.stack([tone(1), quiet(1)], axis=1))
    sound = audio.read(path)
    assert sound.samples.shape == (RATE,)
    assert np.abs(sound.samples).max() == pytest.approx(0.15, abs=0.01)


@pytest.mark.parametrize("name", ["call.wav", "call.mp3", "call.flac", "call.ogg"])
def test_a_recording_is_measured(put, name):
    found = audio.inspect(put(tone(2), name))
    assert found.seconds == pytest.approx(2, abs=0.1)
    assert found.rms_dbfs == pytest.approx(20 * np.log10(0.3 / np.sqrt(2)), abs=0.5)


@pytest.mark.parametrize("subtype", ["ULAW", "ALAW", "PCM_16", "FLOAT"])
def test_telephone_codecs_are_understood(put, subtype):
    assert audio.inspect(put(tone(1, rate=8000), rate=8000, subtype=subtype)).seconds == 1


def test_a_silent_recording_has_a_level_a_number_can_hold(put):
    assert audio.inspect(put(quiet(1))).rms_dbfs == audio.SILENCE_DBFS


@pytest.mark.parametrize("data", [b"", b"<html>404</html>", b"RIFF\x00\x00\x00\x00WAVE", b"\xff\xfb" * 200, b"ID3"])
@pytest.mark.parametrize("name", ["call.wav", "call.mp3"])
@pytest.mark.parametrize("judge", [audio.inspect, audio.read])
def test_what_is_no_audio_is_refused(tmp_path, data, name, judge):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(NotAudio, match=name):
        judge(path)


def test_a_recording_without_a_sample_is_refused(put):
    with pytest.raises(NotAudio, match="no sound"):
        audio.inspect(put(quiet(0)))


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.99])
def test_a_cut_recording_is_refused(put, kept):
    path = put(tone(2))
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(NotAudio, match="cut off"):
        audio.inspect(path)


def test_a_recording_written_as_a_stream_is_whole(put):
    path = put(tone(2))
    data = bytearray(path.read_bytes())
    data[4:8] = data[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    assert audio.inspect(path).seconds == pytest.approx(2)


def test_a_file_that_is_not_there_is_another_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        audio.inspect(tmp_path / "none.wav")
