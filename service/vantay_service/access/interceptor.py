"""Stands before every handler: lets a call in, or refuses it and says so in the audit log."""

from __future__ import annotations

import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import grpc.aio

from vantay.store import Actor
from vantay_service.access.admission import Admission, Peer
from vantay_service.access.denials import Denials, RefusedCall
from vantay_service.access.guarded_handler import guard_handler
from vantay_service.access.method_roles import method_of
from vantay_service.access.open_streams import OpenStreams
from vantay_service.access.refusal import Refusal, abort
from vantay_service.call import Call, set_current_call
from vantay_service.error_status import AnyContext

NOBODY = "nobody"
"""Stands in the audit log for a caller without a usable certificate."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_REQUEST_ID_KEY = "x-request-id"


class AccessInterceptor(grpc.aio.ServerInterceptor):
    """Sets `vantay_service.call.current_call` for calls that are let in; refuses the others.

    Parameters
    ----------
    admission : Admission
        Decides.
    denials : Denials
        Writes down who was refused for want of a role or a sound certificate; not who only called too often.
    """

    def __init__(self, admission: Admission, denials: Denials) -> None:
        self._admission = admission
        self._denials = denials
        self._streams = OpenStreams()

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Any, Any] | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Put a guard before the handler of the method; a method that is not there stays unimplemented."""
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        guard = _CallGuard(
            self._admission,
            self._denials,
            self._streams if handler.response_streaming else None,
            handler_call_details,
        )
        return guard_handler(handler, guard)

    async def close(self) -> None:
        """Write down what was only counted; for the end of the service."""
        await self._denials.close()


class _CallGuard:
    """The guard of one call."""

    def __init__(
        self,
        admission: Admission,
        denials: Denials,
        streams: OpenStreams | None,
        details: grpc.HandlerCallDetails,
    ) -> None:
        self._admission = admission
        self._denials = denials
        self._streams = streams
        self._is_counted = False
        self._method = method_of(details.method)
        self._request_id = _request_id(details.invocation_metadata)
        self._peer = Peer(NOBODY, None)

    async def admit(self, context: AnyContext) -> None:
        try:
            self._peer = self._admission.identify(context.auth_context(), context.peer())
            role = self._admission.admit(self._peer, self._method)
            self._enter()
        except Refusal as refusal:
            await self._refuse(refusal, context)
        else:
            set_current_call(Call(Actor(self._peer.name, role or "", self._request_id), self._method))

    async def check_again(self, context: AnyContext) -> None:
        try:
            self._admission.check(self._peer, self._method)
        except Refusal as refusal:
            await self._refuse(refusal, context)

    def _enter(self) -> None:
        if self._streams is not None:
            self._streams.enter(self._peer.name)
            self._is_counted = True

    def leave(self) -> None:
        if self._streams is not None and self._is_counted:
            self._streams.leave(self._peer.name)
            self._is_counted = False

    async def _refuse(self, refusal: Refusal, context: AnyContext) -> None:
        if refusal.code is not grpc.StatusCode.RESOURCE_EXHAUSTED:
            actor = Actor(self._peer.name, "", self._request_id)
            await self._denials.note(RefusedCall(actor, self._method), refusal)
        await abort(context, refusal)


def _request_id(metadata: Any) -> str:
    """Take the identifier that the caller gave the call, if it is a harmless one, else make one."""
    for key, value in metadata or ():
        if key == _REQUEST_ID_KEY and isinstance(value, str) and _REQUEST_ID.fullmatch(value):
            return value
    return uuid.uuid4().hex
