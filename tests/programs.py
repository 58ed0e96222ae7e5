"""Programs that some tests are made with, and that a machine may not have."""

import os
import shutil

import pytest


def needs(*programs):
    """Skip a test where one is missing; where CI is true nothing is skipped: the test runs, and fails."""
    missing = [program for program in programs if shutil.which(program) is None]
    return pytest.mark.skipif(bool(missing) and not os.environ.get("CI"), reason=f"not installed: {', '.join(missing)}")
