"""What a use case refuses: nothing is changed then, and the labels have words for why."""


class Refused(ValueError):
    """Not allowed; `reason` names the words for it in the labels."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
