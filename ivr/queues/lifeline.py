"""Tie a child's life to its parent's, so that a killed parent leaves nobody behind."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(signum: signal.Signals = signal.SIGTERM) -> None:
    """Ask the kernel for `signum` when the parent ends; only Linux can promise that."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(signum))


def tied_to(parent: int) -> Callable[[], None]:
    """Make what a child does between fork and exec. Tie it, unless `parent` has already gone."""

    def tie() -> None:
        die_with_parent()
        if os.getppid() != parent:
            os._exit(1)

    return tie
