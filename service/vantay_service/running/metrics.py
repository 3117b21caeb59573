"""What the service counts and times, for Prometheus. Labels are methods, roles, codes: never a person."""

from __future__ import annotations

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0)
"""Bounds of histograms of calls: from a comparison of templates to ten images on a busy machine."""
LAG_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0)
QUALITY = (10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0)


class Metrics:
    """The metrics of one server, in a registry of its own: several servers may run in one process.

    Attributes
    ----------
    registry : CollectorRegistry
        With the metrics below, and those of the process.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._make_call_metrics()
        self._make_queue_metrics()
        self._make_state_metrics()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)

    def _make_call_metrics(self) -> None:
        self.calls = self._counter("calls", "Calls that ended", ["method", "role", "code"])
        self.refusals = self._counter("call_refusals", "Calls that failed", ["method", "reason"])
        self.calls_running = self._gauge("calls_running", "Calls that are being answered", ["kind"])
        self.request_bytes_in_flight = self._gauge("request_bytes_in_flight", "Of requests being answered")
        self.call_seconds = self._histogram("call_seconds", "From a call's arrival to its end", ["method"])
        self.stage_seconds = self._histogram("stage_seconds", "Of a stage of a call", ["method", "stage"])
        self.outcomes = self._counter("check_outcomes", "Answers of intake checks", ["outcome"])
        self.quality = self._histogram("capture_quality", "Of captures, 0 to 100", ["modality"], QUALITY)

    def _make_queue_metrics(self) -> None:
        self.workers = self._gauge("workers", "Threads that do the engine's work")
        self.workers_busy = self._gauge("workers_busy", "Threads that are at work")
        self.queue_depth = self._gauge("queue_depth", "Work that waits for a thread", ["priority"])
        self.queue_seconds = self._histogram("queue_seconds", "Time that work waited", ["priority"])
        self.queue_refused = self._counter("queue_refused", "Work that found the queue full", ["priority"])
        self.queue_dropped = self._counter("queue_dropped", "Work that never began", ["priority", "cause"])
        self.queue_abandoned = self._counter(
            "queue_abandoned", "Work that was finished for a caller who had gone", ["priority"]
        )

    def _make_state_metrics(self) -> None:
        self.ready = self._gauge("ready", "1 when calls are answered")
        self.loop_lag_seconds = self._histogram(
            "event_loop_lag_seconds", "How late a timer of the event loop was", [], LAG_SECONDS
        )
        self.subjects = self._gauge("subjects", "People enrolled", ["status"])
        self.gallery_members = self._gauge("gallery_members", "Members of a gallery", ["gallery"])
        self.disk_free_bytes = self._gauge("disk_free_bytes", "On the disk of the database")
        self.purged = self._counter("purged", "Stored answers and captures whose time was over", ["what"])
        self.upkeep_failures = self._counter("upkeep_failures", "Background tasks that failed", ["task"])

    def exposition(self) -> bytes:
        """Give all metrics in the text format of Prometheus."""
        return generate_latest(self.registry)

    def _counter(self, name: str, text: str, labels: list[str]) -> Counter:
        return Counter(name, text, labels, namespace="vantay", registry=self.registry)

    def _gauge(self, name: str, text: str, labels: tuple[str, ...] | list[str] = ()) -> Gauge:
        return Gauge(name, text, labels, namespace="vantay", registry=self.registry)

    def _histogram(
        self, name: str, text: str, labels: list[str], bounds: tuple[float, ...] = SECONDS
    ) -> Histogram:
        return Histogram(name, text, labels, namespace="vantay", registry=self.registry, buckets=bounds)
