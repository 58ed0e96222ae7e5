"""What the measurements measure with can be trusted."""

import subprocess
import sys
import time
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from bench.exchange import callers, gaps
from bench.exchange.callers import Listen, Press, Speak
from bench.exchange.processor import Sampler

SECOND = np.sin(np.arange(8000) / 5)


def test_a_scenario_holds_every_step_in_order(tmp_path):
    steps = [Listen(1.5), Press("#"), Speak(SECOND), Press("4")]
    scenario = ET.parse(callers.write_scenario(steps, tmp_path)).getroot()
    done = [one.get("milliseconds") or one.get("play_pcap_audio") for one in scenario.iter() if one.tag in
            ("pause", "exec")]  # fmt: skip
    assert [part.rpartition("/")[2] for part in done] == [
        "1500", "dtmf_2833_pound.pcap", "500", "speech-2.pcap", "1000", "dtmf_2833_4.pcap", "500",
    ]  # fmt: skip
    assert callers.seconds(steps) == 3.5


def test_a_second_of_speech_is_fifty_packets_twenty_milliseconds_apart(tmp_path):
    path = tmp_path / "one.pcap"
    path.write_bytes(callers.pcap(SECOND))
    arrivals = gaps.times(path)
    assert len(arrivals) == 50
    assert gaps.summary(arrivals) == {"packets": 50, "p50_ms": 20.0, "p99_ms": 20.0, "longest_ms": 20.0, "late": 0}


def test_a_gap_is_seen():
    found = gaps.summary([0, 0.02, 0.1, 0.12])
    assert (found["longest_ms"], found["late"]) == (80.0, 1)
    assert gaps.summary([]) == {"packets": 0}


def test_a_busy_process_is_told_from_an_idle_one():
    words = {"busy": "while True: pass", "idle": "import time; time.sleep(60)"}
    running = {name: subprocess.Popen([sys.executable, "-c", word]) for name, word in words.items()}
    try:
        sampler = Sampler({name: [process.pid] for name, process in running.items()})
        time.sleep(1)
        use = sampler.end()
    finally:
        for process in running.values():
            process.kill()
            process.wait()
    assert use.cores["busy"] > 20
    assert use.cores["idle"] < 20
    assert 0 < use.machine <= 100
    assert use.megabytes["busy"] > 1


def test_sipps_count_is_read(tmp_path):
    (tmp_path / "sipp").write_text(
        "  Successful call        |        0                  |       38                 \n"
        "  Failed call            |        0                  |        2                 \n"
    )
    assert callers.outcome(tmp_path) == (38, 2)
    (tmp_path / "sipp").write_text("nothing was started")
    with pytest.raises(ValueError, match="invalid literal"):
        callers.outcome(tmp_path)
