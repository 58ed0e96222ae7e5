"""Ringing a telephone, and telling how it went in the words of TwiML."""

import asyncio
import contextlib

from ivr.gateway.ari import AriError
from ivr.gateway.ledger import Leg
from ivr.gateway.line import GRACE_SECONDS, Gone, Line
from ivr.gateway.numbers import NoSuchLine
from ivr.gateway.parts import Parts

REASON_SECONDS = 2.0
LATE_SECONDS = 2.0  # the exchange's own clock ends a ringing first
LONGEST_SECONDS = 4 * 3600

# Q.850 causes, https://www.itu.int/rec/T-REC-Q.850, and SIP's answers where the exchange passes them on.
CAUSES = {17: "busy", 21: "busy", 18: "no-answer", 19: "no-answer", 16: "no-answer", 0: "no-answer", 26: "no-answer"}
ANSWERS = {
    486: "busy", 600: "busy", 603: "busy", 408: "no-answer", 480: "no-answer", 487: "no-answer", 403: "failed",
    404: "failed", 410: "failed", 484: "failed", 488: "failed", 503: "failed",
}  # fmt: skip


class Unreached(Exception):
    """Nobody answered; `status` is busy, no-answer, failed or canceled."""

    def __init__(self, status: str) -> None:
        super().__init__(status)
        self.status = status


def judged(cause: int, tech_cause: int, *, rang: bool) -> str:
    """Say what a telephone that did not answer was: a dead trunk ends like a patient one, but never rang."""
    if tech_cause in ANSWERS:
        return ANSWERS[tech_cause]
    status = CAUSES.get(cause, "failed")
    return "failed" if status == "no-answer" and cause in (0, 16) and not rang else status


async def ring(parts: Parts, leg: Leg, seconds: int, longest: int = LONGEST_SECONDS) -> Line:
    """Ring a leg until it is answered, and tell its statuses; if cancelled, it stops ringing. Raises Unreached."""
    parts.teller.announce(leg)
    line = parts.open_line(leg)
    answered = parts.ringing[leg.channel] = asyncio.get_running_loop().create_future()
    try:
        await _order(parts, leg, seconds, longest)
        if await line.first(answered, seconds=seconds + LATE_SECONDS) is None:
            raise Unreached("no-answer")
    except asyncio.CancelledError:
        await _stop(parts, leg, line, "canceled")
        raise
    except Gone:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(line.destroyed.wait(), REASON_SECONDS)
        status = judged(line.cause, line.tech_cause, rang=leg.status == "ringing")
        await _stop(parts, leg, line, status)
        raise Unreached(status) from None
    except (AriError, NoSuchLine):
        await _stop(parts, leg, line, "failed")
        raise Unreached("failed") from None
    except Unreached as why:
        await _stop(parts, leg, line, why.status)
        raise
    finally:
        parts.ringing.pop(leg.channel, None)
    parts.teller.stand(leg, "in-progress")
    return line


async def _order(parts: Parts, leg: Leg, seconds: int, longest: int) -> None:
    shown = parts.numbers.shown(leg.caller)
    await parts.ari.ask(
        "POST",
        "/channels",
        {"variables": {"TIMEOUT(absolute)": str(longest + seconds + GRACE_SECONDS)}},
        endpoint=parts.numbers.endpoint(leg.called),
        app=parts.ari.app,
        appArgs=f"leg,{leg.sid}",
        channelId=leg.channel,
        callerId=f"{shown} <{shown}>" if shown else None,
        timeout=seconds,
    )


async def _stop(parts: Parts, leg: Leg, line: Line, status: str) -> None:
    await line.hang_up()
    parts.teller.stand(leg, status)
    parts.close_line(leg)
