"""How this gateway is doing, in figures."""

from collections.abc import Iterator

from ivr.gateway.parts import Parts
from ivr.meters import Metric, gauge


def look(parts: Parts, now: float) -> Iterator[Metric]:
    """Give every figure there is."""
    yield gauge("hotline_gateway_exchange_up", "Whether it hears the exchange's news.", float(parts.ari.up.is_set()))
    yield gauge("hotline_gateway_calls", "Telephones in its hands.", len(parts.lines))
    yield gauge("hotline_gateway_ringing", "Telephones that ring for the hotline.", len(parts.ringing))
    yield gauge("hotline_gateway_voices_open", "Recordings promised and not finished.", len(parts.ledger.open_voices()))
    untold, oldest = parts.ledger.untold()
    yield gauge("hotline_gateway_news_pending", "News that the hotline has not taken yet.", untold)
    age = max(0.0, now - oldest) if oldest is not None else 0.0
    yield gauge("hotline_gateway_news_oldest_seconds", "For how long the oldest of it has waited.", age)
