"""What Prometheus is told: what a process counts itself, and what is looked up when it asks."""

import hmac
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

__all__ = ["CONTENT_TYPE", "DIRECTORY", "Meters", "Metric", "counter", "gauge", "let_in", "page"]

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
DIRECTORY: Final = "PROMETHEUS_MULTIPROC_DIR"  # read by the library, once, when it is imported
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SCHEME: Final = "Bearer "

Labels = TypeVar("Labels", bound=tuple[str, ...])


class Meters:
    """One web process's counts; with a directory, the library adds up what all processes of this web part counted."""

    def __init__(self, directory: str = "") -> None:
        self._own = CollectorRegistry()
        self._shown = self._own
        if directory:
            self._shown = CollectorRegistry()
            MultiProcessCollector(self._shown, directory)  # type: ignore[no-untyped-call]
        self._webhooks = Counter(
            "hotline_webhooks",
            "Webhooks answered, by kind, HTTP status, and whether the caller heard an apology.",
            ("webhook", "status", "outcome"),
            registry=self._own,
        )
        self._seconds = Histogram(
            "hotline_webhook_seconds", "How long answers took.", ("webhook",), registry=self._own, buckets=SECONDS
        )

    def answered(self, webhook: str, status: int, seconds: float, *, apology: bool) -> None:
        """Count one answer."""
        self._webhooks.labels(webhook, str(status), "apology" if apology else "taken").inc()
        self._seconds.labels(webhook).observe(seconds)

    def page(self, looked_up: Iterable[Metric]) -> bytes:
        """Write the whole page."""
        return generate_latest(self._shown) + page(looked_up)


class _Given(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        yield from self._metrics


def page(metrics: Iterable[Metric]) -> bytes:
    """Write a page of what was looked up."""
    registry = CollectorRegistry()
    registry.register(_Given(list(metrics)))
    return generate_latest(registry)


def gauge(name: str, words: str, value: float | Mapping[Labels, float], labels: tuple[str, ...] = ()) -> Metric:
    """Make something that goes up and down: one value, or one for each set of labels."""
    return _filled(GaugeMetricFamily(name, words, labels=labels), value)


def counter(name: str, words: str, value: float | Mapping[Labels, float], labels: tuple[str, ...] = ()) -> Metric:
    """Make something that only goes up."""
    return _filled(CounterMetricFamily(name, words, labels=labels), value)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, value: float | Mapping[Labels, float]) -> Metric:
    if not isinstance(value, Mapping):
        family.add_metric((), value)
        return family
    for labels, number in value.items():
        family.add_metric(labels, number)
    return family


def let_in(token: str, authorization: str, *, nearby: bool) -> bool:
    """Say whether somebody may read: with the token, or, where none is set, from this very machine."""
    if not token:
        return nearby
    given = authorization.removeprefix(SCHEME) if authorization.startswith(SCHEME) else ""
    return hmac.compare_digest(given.encode(), token.encode())
