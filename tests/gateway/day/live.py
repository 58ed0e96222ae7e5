"""Calls while a manager answers in person: one telephone in the city is theirs, and they are rung through the trunk."""

RINGING_SECONDS = 30


def play(day, city):
    """Play every story that has a manager on the air, one after another."""
    for n, played in enumerate(day.calls.values()):
        if "live" not in played.story.given:
            continue
        try:
            with day.call(played.number) as played.citizen:
                _plays(day, played, n, city)
        except Exception as trouble:  # noqa: BLE001  # told by the test of this call
            played.trouble = trouble


def _plays(day, played, n, city):
    """Keep the session on the air until the citizen has asked for it, or has other matters."""
    steps, live = played.story.steps, {"live": played.story.given["live"]}
    with day.air:
        day.supervisor.arranges(live, "")
        played.citizen.dials(day.place.exchange.uri())
        day.does(played, steps[0], n)
        day.does(played, steps[1], n)
        if steps[2].does.startswith("dial:"):
            city.wait_ringing(RINGING_SECONDS)
        day.supervisor.clears(live)
    for step in steps[2:]:
        if step.does.startswith("dial:"):
            _becomes(step.does.removeprefix("dial:"), played, city)
            day.hears(played, step)
        else:
            day.does(played, step, n)


def _becomes(status, played, city):
    """Have the manager talk, or be busy."""
    if status == "completed":
        city.answer()
        city.hears(1)
    played.keyed.append("")
    played.citizen.waits()
    if status == "completed":
        city.hangs_up()
    else:
        city.answer(486)
