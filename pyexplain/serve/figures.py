"""Figures of a service in Prometheus' text form: requests, seconds, how many are at work."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Figures:
    """Of one service; nothing is shared between two in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        here = self.registry
        self.requests = Counter("pyexplain_requests", "Requests answered.", ("path", "status"), registry=here)
        told = "Seconds from a request to its answer."
        self.seconds = Histogram("pyexplain_request_seconds", told, ("path",), buckets=SECONDS, registry=here)
        self.at_work = Gauge("pyexplain_requests_in_progress", "Requests that are being answered.", registry=here)
        self.reloads = Counter("pyexplain_reloads", "Runs that took another one's place.", registry=here)

    def text(self) -> bytes:
        """The text form, version 0.0.4."""
        return generate_latest(self.registry)
