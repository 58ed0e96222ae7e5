"""Say what to look at, and when: rq jobs by name and row id, never more than that."""

from ivr.queues.names import FETCH_RECORDING, JOBS, QUEUES, JobKind
from ivr.queues.sender import Queues
from ivr.queues.valkey import ValkeyError, ValkeyServer
from ivr.queues.worker import run_worker

__all__ = ["FETCH_RECORDING", "JOBS", "QUEUES", "JobKind", "Queues", "ValkeyError", "ValkeyServer", "run_worker"]
