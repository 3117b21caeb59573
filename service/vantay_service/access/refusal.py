"""A call that is refused for who the caller is, and how the caller is told."""

from __future__ import annotations

from typing import Never

import grpc

from vantay_service.error_status import AnyContext, ErrorStatus, end_call


class Refusal(Exception):
    """Why a call is refused.

    Parameters
    ----------
    code : grpc.StatusCode
        What gRPC calls it.
    reason : str
        Machine-readable: ``ROLE_MISSING``, ``CERTIFICATE_REVOKED``, …; docs/access.md lists them.
    message : str
        For people: what was asked and what would be needed.
    retry_after_s : float, optional
        When it is worth trying again, if it is.
    """

    def __init__(
        self, code: grpc.StatusCode, reason: str, message: str, *, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.retry_after_s = retry_after_s


async def abort(context: AnyContext, refusal: Refusal) -> Never:
    """End the call with the refusal, its reason, and when to try again where that may help."""
    status = ErrorStatus(refusal.code, refusal.reason, str(refusal), retry_after_s=refusal.retry_after_s)
    await end_call(context, status)


def unauthenticated(reason: str, message: str) -> Refusal:
    """Make the refusal of a caller whose certificate does not hold."""
    return Refusal(grpc.StatusCode.UNAUTHENTICATED, reason, message)
