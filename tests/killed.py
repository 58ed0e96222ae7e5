"""A process of ours that is killed in the middle of something, as by a power failure."""

import gc
import os
import sys
import traceback

KILLED = 9


def kill():
    """End this process now, without any tidying up."""
    os._exit(KILLED)


def dies_in(do):
    """Do this in a process of its own, and say whether it was killed there; else why not is on its stderr."""
    child = os.fork()
    if not child:
        gc.disable()  # an S3 client left by an earlier test would wait for a thread that only the parent has
        try:
            do()
        except BaseException:  # noqa: BLE001  # whatever it was is told
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED
