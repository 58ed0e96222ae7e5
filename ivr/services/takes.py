"""What supervisors said on the telephone, asked for by turns, which wait for no store, and answered by who may wait."""

from queue import Empty, SimpleQueue


class Takes:
    """The questions and answers of one process; another one asks for itself."""

    def __init__(self) -> None:
        self._asked: SimpleQueue[str] = SimpleQueue()
        self._answers: dict[str, str | None] = {}

    def ask(self, sid: str) -> str | None:
        """Give a voice's clip; "" while it is being made, None if there is nothing to hear."""
        if sid not in self._answers:
            self._answers[sid] = ""
            self._asked.put(sid)
        return self._answers[sid]

    def next(self, seconds: float) -> str | None:
        """Wait for a question; None if none comes in time."""
        try:
            return self._asked.get(timeout=seconds)
        except Empty:
            return None

    def answer(self, sid: str, clip: str | None) -> None:
        self._answers[sid] = clip

    def forget(self, sid: str) -> None:
        """Let it be asked again."""
        self._answers.pop(sid, None)
