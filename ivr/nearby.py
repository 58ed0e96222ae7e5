"""Who asks from this very machine, and not through a proxy that stands on it."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

TOLD_BY_PROXIES = frozenset(
    {"forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via"}
)


def nearby(headers: Iterable[str], host: str, peer: str | None, base_url: str) -> bool:
    """Say whether a request came over the loopback alone; an address that the world knows means that a proxy may be."""
    if any(name.lower() in TOLD_BY_PROXIES for name in headers):
        return False
    return all(_loopback(name) for name in (urlsplit(base_url).hostname, urlsplit(f"//{host}").hostname, peer))


def _loopback(name: str | None) -> bool:
    try:
        return name == "localhost" or ipaddress.ip_address(name or "").is_loopback
    except ValueError:
        return False
