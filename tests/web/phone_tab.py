"""Somebody at a browser phone, without the browser."""

import re

import numpy as np
import requests


class Tab:
    """A tab: has the page's token and number, and asks as its scripts would."""

    def __init__(self, house):
        self.house = house
        self.session = requests.Session()

    def __enter__(self):
        page = self.session.get(f"{self.house.url}/phone", timeout=5).text
        self.holder = re.search('data-holder="([^"]+)"', page)[1]
        self.csrf = re.search('name="csrf-token" content="([^"]+)"', page)[1]
        self.headers = {"X-Phone-Tab": self.holder, "X-CSRFToken": self.csrf}
        return self

    def __exit__(self, *problem):
        self.session.close()

    def posts(self, path, asked=None, **more):
        url = f"{self.house.url}/phone{path}"
        return self.session.post(url, json=asked or {}, headers={**self.headers, **more}, timeout=5)

    def polls(self, line="", **asked):
        asked = {"line": line, **asked}
        return self.session.get(f"{self.house.url}/phone/poll", params=asked, headers=self.headers, timeout=5).json()

    def calls(self, number):
        return self.posts("/calls", {"from": number}).json()

    def sends(self, recording, number, pcm):
        url = f"{self.house.url}/phone/recordings/{recording}/chunk?n={number}"
        return self.session.post(url, data=pcm, headers=self.headers, timeout=5)

    def records(self, call, **asked):
        return self.posts(f"/calls/{call}/recordings", asked).json()["sid"]

    def speaks(self, seconds):
        """Call, say something, and have it kept."""
        sid = self.records(self.calls("anonymous")["sid"])
        for number in range(seconds):
            self.sends(sid, number, hum(1))
        self.posts(f"/recordings/{sid}/end")
        return sid


def hum(seconds, level=0.3):
    samples = level * np.sin(np.arange(int(seconds * 8000)) * 0.5)
    return (samples * 32767).astype("<i2").tobytes()
