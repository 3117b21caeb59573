"""``grpc.health.v1.Health``: whether a service answers calls, once or whenever that changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import grpc
import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc

_Context = grpc.aio.ServicerContext[Any, Any]


class Health(health_pb2_grpc.HealthServicer):  # type: ignore[misc]
    """Tells all services of a server to be serving, or none.

    The servicer that comes with gRPC lets a watcher who does not read his answers keep others from being
    told; here each watcher waits for himself.

    Parameters
    ----------
    services : sequence of str
        Names that may be asked for, beside the empty one for the whole server.
    """

    def __init__(self, services: Sequence[str]) -> None:
        self._services = frozenset(services) | {""}
        self._is_serving = False
        self._is_ending = False
        self._changed = asyncio.Event()

    def set_serving(self, *, is_serving: bool) -> None:
        """Change the answer, and tell those who watch."""
        if is_serving != self._is_serving and not self._is_ending:
            self._is_serving = is_serving
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()

    def end(self) -> None:
        """Tell those who watch that nothing is serving, for good: they would keep a server from ending."""
        self._is_ending = True
        self._is_serving = False
        self._changed.set()

    async def Check(self, request: Any, context: _Context) -> Any:  # noqa: N802 - named by the proto
        """Answer once."""
        if request.service not in self._services:
            await context.abort(grpc.StatusCode.NOT_FOUND, "no service of this name")
        return self._answer(request.service)

    async def List(self, _request: Any, _context: _Context) -> Any:  # noqa: N802
        """Answer for all services."""
        return health_pb2.HealthListResponse(
            statuses={service: self._answer(service) for service in sorted(self._services)}
        )

    async def Watch(self, request: Any, _context: _Context) -> AsyncIterator[Any]:  # noqa: N802
        """Answer now, and whenever the answer changes."""
        last = None
        while True:
            changed, is_ending = self._changed, self._is_ending
            answer = self._answer(request.service)
            if answer != last:
                yield answer
                last = answer
            if is_ending:
                return
            await changed.wait()

    def _answer(self, service: str) -> Any:
        if service not in self._services:
            return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVICE_UNKNOWN)
        if self._is_serving:
            return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)
        return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.NOT_SERVING)
