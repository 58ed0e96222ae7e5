"""<Record>, and what it has in common with a recorded <Dial>, read into verbs."""

from collections.abc import Mapping

from ivr.gateway.element import Element
from ivr.gateway.verbs import DO_NOT_TRIM, TRIM_SILENCE, Record, Report

ANY_KEY = "1234567890*#"
LONGEST_CALL = 86_400
TRIM: Mapping[str, str] = {TRIM_SILENCE: TRIM_SILENCE, DO_NOT_TRIM: DO_NOT_TRIM}
EVENTS = ("in-progress", "completed", "absent")


def record(element: Element) -> Record:
    return Record(
        action=element.address("action", element.base),
        method=element.method(),
        timeout=element.number("timeout", 5),
        max_length=element.number("maxLength", 3600, least=1, most=LONGEST_CALL),
        finish_on_key=element.plain("finishOnKey", ANY_KEY, "[0-9*#]*", "some of 0-9, * and #"),
        play_beep=element.flag("playBeep", True),
        trim=trim(element),
        report=recording_report(element),
    )


def trim(element: Element) -> str:
    return element.choice("trim", TRIM, TRIM_SILENCE)


def recording_report(element: Element) -> Report | None:
    return element.report("recordingStatusCallback", EVENTS)
