"""Calls while a manager answers in person: the manager is rung through the trunk."""

from tests.gateway.day import outbound
from tests.outside.evening import QUICKER


class Live:
    """Plays every story that has a manager on the air, one after another."""

    def __call__(self, day):
        for n, played in enumerate(list(day.calls.values())):
            if "live" in played.story.given:
                self._plays(day, n, played)

    def _plays(self, day, n, played):
        number = f"0{played.story.given['live'].removeprefix('+98')}"
        try:
            with day.trunk.telephone(number) as manager, day.call(played.number) as played.citizen:
                day.place.exchange.reaches("trunk")
                rest = self._asks(day, n, played, manager)
                for step in rest:
                    self._does(day, n, played, step, manager)
        except Exception as trouble:  # noqa: BLE001  # told by the test of this call
            played.trouble = trouble

    def _asks(self, day, n, played, manager):
        """Keep the session on the air until the citizen has asked for it, or has other matters; give what follows."""
        steps, live = played.story.steps, played.story.given
        with day.air:
            day.supervisor.arranges(live, "")
            try:
                played.citizen.dials(day.place.exchange.uri())
                day.does(played, steps[0], n)
                if "taken" in played.story.given:
                    day.exchange.dials(QUICKER).presses("5").hangs_up()
                day.does(played, steps[1], n)
                if steps[2].does.startswith("dial:"):
                    manager.wait_ringing(outbound.RINGING_SECONDS)
            finally:
                day.supervisor.clears(live)
        return steps[2:]

    def _does(self, day, n, played, step, manager):
        if not step.does.startswith("dial:"):
            day.does(played, step, n)
            return
        status = step.does.removeprefix("dial:")
        if status == "completed":
            manager.answer()
            manager.hears(1)
        played.keyed.append("")
        played.citizen.waits()
        outbound.becomes(status, manager)
        day.hears(played, step)
