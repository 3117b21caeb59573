"""`make_server`: the gRPC server with its interceptors, services and ports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import grpc
import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from vantay.errors import InvalidSetting
from vantay_service.access.denials import NoteAudit
from vantay_service.access.interceptor import AccessInterceptor
from vantay_service.access.opening import Access, AccessSettings, open_access
from vantay_service.running.metrics import Metrics
from vantay_service.running.observation import ObservationInterceptor
from vantay_service.running.overload import OverloadInterceptor, OverloadLimits
from vantay_service.running.readiness import Readiness
from vantay_service.running.settings import ServiceSettings, read_address
from vantay_service.running.traces import Traces
from vantay_service.running.work_queue import ThreadWorkQueue

Service: TypeAlias = tuple[Callable[[Any, grpc.aio.Server], None], Any]
"""What adds a servicer to a server, and the servicer."""

N_OTHER_CALLS = 256
"""Calls beside those that are admitted: health checks, and those that are being turned away."""
MAX_METADATA_BYTES = 16 << 10

_HEALTH_SERVICE = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name


@dataclass(frozen=True, slots=True)
class Instruments:
    """What all calls go through and are told to."""

    queue: ThreadWorkQueue
    readiness: Readiness
    metrics: Metrics
    traces: Traces
    note_audit: NoteAudit


@dataclass(frozen=True, slots=True)
class BoundServer:
    """A server that listens once it is started.

    Attributes
    ----------
    server : grpc.aio.Server
    access : AccessInterceptor
        To be closed after the server.
    port, plaintext_port : int, optional
        Where callers with certificates reach it; where those on this machine do without.
    """

    server: grpc.aio.Server
    access: AccessInterceptor
    port: int | None
    plaintext_port: int | None


def make_server(
    settings: ServiceSettings, services: Sequence[Service], names: Sequence[str], instruments: Instruments
) -> BoundServer:
    """Put a server together and bind its ports.

    Parameters
    ----------
    settings : ServiceSettings
    services : sequence of Service
        Of Vantay; health and reflection come to them.
    names : sequence of str
        Full names of these services, for reflection.
    instruments : Instruments

    Raises
    ------
    InvalidSetting
        If certificates or the roles file cannot be used, or an address cannot be listened on.
    """
    access = _open_access(settings, instruments.note_audit)
    server = grpc.aio.server(
        interceptors=[
            ObservationInterceptor(instruments.metrics, instruments.traces),
            access.interceptor,
            _make_overload(settings, instruments),
        ],
        options=_options(settings),
        maximum_concurrent_rpcs=settings.max_calls + settings.max_streams + N_OTHER_CALLS,
    )
    for add, servicer in services:
        add(servicer, server)
    health_pb2_grpc.add_HealthServicer_to_server(instruments.readiness.health, server)
    if settings.with_reflection:
        reflection.enable_server_reflection([*names, _HEALTH_SERVICE, reflection.SERVICE_NAME], server)
    port = plaintext_port = None
    if (credentials := access.credentials) is not None:
        port = _bound("address", settings.address, lambda text: server.add_secure_port(text, credentials))
    if settings.plaintext_address:
        plaintext_port = _bound("plaintext_address", settings.plaintext_address, server.add_insecure_port)
    return BoundServer(server, access.interceptor, port, plaintext_port)


def _make_overload(settings: ServiceSettings, instruments: Instruments) -> OverloadInterceptor:
    limits = OverloadLimits(settings.max_calls, settings.max_streams, settings.max_bytes_in_flight)
    return OverloadInterceptor(limits, instruments.queue, instruments.readiness, instruments.metrics)


def _open_access(settings: ServiceSettings, note_audit: NoteAudit) -> Access:
    caller = settings.plaintext_caller if settings.plaintext_address else None
    found = AccessSettings.of_folder(
        settings.certificate_folder,
        roles=settings.roles_file,
        allow_reflection=settings.with_reflection,
        plaintext_caller=caller,
    )
    return open_access(found if settings.address else replace(found, server=None), note_audit)


def _bound(name: str, text: str, bind: Callable[[str], int]) -> int:
    address = read_address(name, text)
    try:
        return bind(str(address))
    except RuntimeError as error:
        raise InvalidSetting(
            f"{name} {address} cannot be listened on: is another server running, or the address not one of "
            "this machine?"
        ) from error


def _options(settings: ServiceSettings) -> list[tuple[str, Any]]:
    return [
        ("grpc.so_reuseport", 0),  # else a second server would take half of the callers in silence
        ("grpc.max_receive_message_length", settings.max_message_bytes),
        ("grpc.max_metadata_size", MAX_METADATA_BYTES),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ]
