"""OpenTelemetry traces of calls, where the service is told to send them; names, codes and times only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from vantay.errors import InvalidSetting

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

FLUSH_MS = 5000
"""How long the last spans have to leave when the server ends."""


class CallSpan(Protocol):
    """The span of one call."""

    def end(self, code: str, attributes: Mapping[str, str | int | float]) -> None:
        """Say how the call ended."""


class Traces(Protocol):
    """Makes spans."""

    def start(self, method: str, metadata: Mapping[str, str]) -> CallSpan:
        """Begin the span of a call, below the caller's own one if its metadata name it (W3C traceparent)."""

    def close(self) -> None:
        """Send what was not sent yet."""


class _NoSpan:
    def end(self, code: str, attributes: Mapping[str, str | int | float]) -> None:
        pass


class NoTraces:
    """Traces nothing."""

    _span = _NoSpan()

    def start(self, _method: str, _metadata: Mapping[str, str]) -> CallSpan:
        """Begin nothing."""
        return self._span

    def close(self) -> None:
        """Send nothing."""


class OpenTelemetryTraces:
    """Spans for a tracer provider."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415
            TraceContextTextMapPropagator,
        )

        self._provider = provider
        self._tracer = provider.get_tracer("vantay_service")
        self._propagator = TraceContextTextMapPropagator()

    def start(self, method: str, metadata: Mapping[str, str]) -> CallSpan:
        """Begin the span of a call."""
        from opentelemetry.trace import SpanKind  # noqa: PLC0415

        context = self._propagator.extract(metadata)
        service, _, name = method.partition("/")
        attributes = {"rpc.system": "grpc", "rpc.service": service, "rpc.method": name}
        return _Span(
            self._tracer.start_span(method, context=context, kind=SpanKind.SERVER, attributes=attributes)
        )

    def close(self) -> None:
        """Send what was not sent yet, for a few seconds at most."""
        self._provider.force_flush(FLUSH_MS)
        self._provider.shutdown()


class _Span:
    def __init__(self, span: Any) -> None:
        self._span = span

    def end(self, code: str, attributes: Mapping[str, str | int | float]) -> None:
        from opentelemetry.trace import StatusCode  # noqa: PLC0415

        self._span.set_attribute("rpc.grpc.status_code", code)
        for name, value in attributes.items():
            self._span.set_attribute(name, value)
        if code != "OK":
            self._span.set_status(StatusCode.ERROR)
        self._span.end()


def open_traces(otlp_endpoint: str) -> Traces:
    """Send traces to an endpoint; nowhere if it is empty.

    Raises
    ------
    InvalidSetting
        If an endpoint is set and the packages of the extra ``tracing`` are not installed.
    """
    if not otlp_endpoint:
        return NoTraces()
    try:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise InvalidSetting(
            "otlp_endpoint is set, expected the packages of the extra tracing: pip install 'vantay[tracing]'"
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": "vantay"}), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(
        endpoint=otlp_endpoint, insecure=otlp_endpoint.startswith("http://"), timeout=5
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return OpenTelemetryTraces(provider)
