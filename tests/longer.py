"""Checks that take long: a short form in `make test`, and all of it in `make soak`."""

import os

SOAKING = os.environ.get("HOTLINE_SOAK") == "1"


def times(short, whole):
    """Say how often something is to happen."""
    return whole if SOAKING else short
