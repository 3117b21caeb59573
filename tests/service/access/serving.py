"""A real gRPC server with mutual TLS on loopback, whose handlers tell by whom they were reached."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import grpc
import grpc.aio
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import ErrorInfo, RetryInfo
from google.rpc.status_pb2 import Status
from grpc_health.v1 import health_pb2

from vantay.store import NewAuditEntry
from vantay_service.access.admission import AccessRules, Admission
from vantay_service.access.certificates import Authority, IssuedFiles
from vantay_service.access.credentials import ServerFiles, server_credentials
from vantay_service.access.denials import Denials
from vantay_service.access.interceptor import AccessInterceptor
from vantay_service.access.rate_limit import RateLimiter
from vantay_service.access.roles import Roles
from vantay_service.access.trust import Trust
from vantay_service.call import current_call
from vantay_service.error_status import AnyContext

T = TypeVar("T")
DAY = timedelta(days=1)

CHECK = "/vantay.v1.IntakeService/CheckApplicant"
ENROL = "/vantay.v1.EnrolmentService/Enrol"
BULK = "/vantay.v1.EnrolmentService/BulkEnrol"
WATCH = "/vantay.v1.DecisionFeed/Watch"
HEALTH = "/grpc.health.v1.Health/Check"
REFLECTION = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"


@dataclass
class Clock:
    """The time, for as long as nobody moves it."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Server:
    """Where the server listens, whom it was reached by, and what it wrote down."""

    authority: Authority
    port: int
    plaintext_port: int
    interceptor: AccessInterceptor
    reached: list[str] = field(default_factory=list)
    noted: list[NewAuditEntry] = field(default_factory=list)

    def channel(self, caller: IssuedFiles | None, trusted: bytes | None = None) -> Any:
        pair = (None, None) if caller is None else (caller.key.read_bytes(), caller.certificate.read_bytes())
        trusted = trusted or self.authority.certificate_file.read_bytes()
        # a channel of its own, not one that another test left open
        options = [("grpc.use_local_subchannel_pool", 1)]
        credentials = grpc.ssl_channel_credentials(trusted, *pair)
        return grpc.aio.secure_channel(f"localhost:{self.port}", credentials, options)

    def plaintext_channel(self) -> Any:
        return grpc.aio.insecure_channel(f"127.0.0.1:{self.plaintext_port}")

    async def ask(self, caller: IssuedFiles | None, method: str = CHECK) -> bytes:
        async with self.channel(caller) as channel:
            return bytes(await channel.unary_unary(method)(b"x" if method == CHECK else b"", timeout=10))


@asynccontextmanager
async def serving(
    authority: Authority,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    allow_reflection: bool = False,
    plaintext_caller: str | None = None,
    note_audit: Callable[[NewAuditEntry], Awaitable[object]] | None = None,
) -> AsyncIterator[Server]:
    noted: list[NewAuditEntry] = []

    async def note(entry: NewAuditEntry) -> None:
        noted.append(entry)

    trust = Trust(authority.certificate_file, authority.revocation_file, clock=clock, interval_s=0.0)
    roles = Roles(authority.roles_file, interval_s=0.0)
    rules = AccessRules(roles.book, trust, allow_reflection, plaintext_caller)
    interceptor = AccessInterceptor(Admission(rules, RateLimiter()), Denials(note_audit or note))
    server = grpc.aio.server(interceptors=[interceptor])
    reached: list[str] = []
    server.add_generic_rpc_handlers(handlers(reached))
    files = ServerFiles.of_folder(authority.folder)
    port = server.add_secure_port("127.0.0.1:0", server_credentials(files, interval_s=0.0))
    plaintext_port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield Server(authority, port, plaintext_port, interceptor, reached, noted)
    finally:
        await server.stop(None)


def handlers(reached: list[str]) -> tuple[grpc.GenericRpcHandler, ...]:
    """Make one method of each kind; each notes who reached it."""

    def note() -> bytes:
        actor = current_call().actor
        reached.append(actor.name)
        return f"{actor.name} {actor.role} {actor.request_id}".encode()

    async def one(request: bytes, context: AnyContext) -> bytes:
        return note()

    async def count(requests: AsyncIterator[bytes], context: AnyContext) -> bytes:
        note()
        return str([message async for message in requests]).encode()

    async def watch(request: bytes, context: AnyContext) -> AsyncIterator[bytes]:
        told = note()
        while True:
            yield told
            await asyncio.sleep(0.01)

    async def echo(requests: AsyncIterator[bytes], context: AnyContext) -> AsyncIterator[bytes]:
        note()
        async for message in requests:
            yield message

    async def health(request: object, context: AnyContext) -> health_pb2.HealthCheckResponse:
        note()
        return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)

    def service(name: str, **methods: Any) -> grpc.GenericRpcHandler:
        return grpc.method_handlers_generic_handler(name, methods)

    return (
        service("vantay.v1.IntakeService", CheckApplicant=grpc.unary_unary_rpc_method_handler(one)),
        service(
            "vantay.v1.EnrolmentService",
            Enrol=grpc.stream_unary_rpc_method_handler(count),
            BulkEnrol=grpc.stream_stream_rpc_method_handler(echo),
            Unheard=grpc.unary_unary_rpc_method_handler(one),
        ),
        service("vantay.v1.DecisionFeed", Watch=grpc.unary_stream_rpc_method_handler(watch)),
        service(
            "grpc.health.v1.Health",
            Check=grpc.unary_unary_rpc_method_handler(
                health,
                health_pb2.HealthCheckRequest.FromString,
                health_pb2.HealthCheckResponse.SerializeToString,
            ),
        ),
        service(
            "grpc.reflection.v1.ServerReflection",
            ServerReflectionInfo=grpc.stream_stream_rpc_method_handler(echo),
        ),
    )


def run(scenario: Coroutine[Any, Any, T]) -> T:
    async def bounded() -> T:
        async with asyncio.timeout(30):
            return await scenario

    return asyncio.run(bounded())


async def refusal_of(call: Awaitable[object]) -> tuple[grpc.StatusCode, str]:
    """Give the code and the machine-readable reason that a call is refused with."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    return refused.value.code(), reason_of(refused.value)


def reason_of(error: grpc.aio.AioRpcError) -> str:
    info = ErrorInfo()
    for detail in details_of(error):
        if detail.Unpack(info):
            assert info.domain == "vantay"
            return str(info.reason)
    return ""


def retry_delay_of(error: grpc.aio.AioRpcError) -> Duration:
    info = RetryInfo()
    assert any(detail.Unpack(info) for detail in details_of(error))
    delay: Duration = info.retry_delay
    return delay


def details_of(error: grpc.aio.AioRpcError) -> list[Any]:
    found = [value for key, value in error.trailing_metadata() if key == "grpc-status-details-bin"]
    return list(Status.FromString(found[0]).details) if found else []


def key_of(files: IssuedFiles) -> EllipticCurvePrivateKey:
    key = load_pem_private_key(files.key.read_bytes(), password=None)
    assert isinstance(key, EllipticCurvePrivateKey)
    return key


def keys_of(authority: Authority) -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
    """Give the certificate and the key of an authority, to make what it would not make itself."""
    pair = IssuedFiles(authority.certificate_file, authority.folder / "ca.key")
    return x509.load_pem_x509_certificate(pair.certificate.read_bytes()), key_of(pair)


def written(folder: Path, certificate: x509.Certificate, key: EllipticCurvePrivateKey) -> IssuedFiles:
    name = f"{certificate.serial_number:x}"
    files = IssuedFiles(folder / f"{name}.pem", folder / f"{name}.key")
    files.certificate.write_bytes(certificate.public_bytes(Encoding.PEM))
    files.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    files.key.chmod(0o600)
    return files
