"""The services of `vantay.v1`: each handler converts, hands the work to a desk, and converts back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import grpc.aio

from vantay_service.conversion.limits import RequestLimits
from vantay_service.desks import Desks
from vantay_service.handlers.cases import CaseHandlers
from vantay_service.handlers.desk_calls import DeskCalls
from vantay_service.handlers.feed import FeedHandlers
from vantay_service.handlers.feed_tail import FeedTail
from vantay_service.handlers.intake import IntakeHandlers
from vantay_service.handlers.searches import IdentificationHandlers, VerificationHandlers
from vantay_service.handlers.subjects import EnrolmentHandlers
from vantay_service.v1 import (
    cases_pb2,
    decisions_pb2,
    enrolment_pb2,
    identification_pb2,
    intake_pb2,
    verification_pb2,
)
from vantay_service.v1.cases_pb2_grpc import add_CaseServiceServicer_to_server
from vantay_service.v1.decisions_pb2_grpc import add_DecisionFeedServicer_to_server
from vantay_service.v1.enrolment_pb2_grpc import add_EnrolmentServiceServicer_to_server
from vantay_service.v1.identification_pb2_grpc import add_IdentificationServiceServicer_to_server
from vantay_service.v1.intake_pb2_grpc import add_IntakeServiceServicer_to_server
from vantay_service.v1.verification_pb2_grpc import add_VerificationServiceServicer_to_server
from vantay_service.work import WorkQueue

AddService: TypeAlias = Callable[[Any, grpc.aio.Server], None]

_DEFAULT_LIMITS = RequestLimits()


SERVICE_NAMES = tuple(
    service.full_name
    for module in (cases_pb2, decisions_pb2, enrolment_pb2, identification_pb2, intake_pb2, verification_pb2)
    for service in module.DESCRIPTOR.services_by_name.values()
)
"""Full names, as ``vantay.v1.IntakeService``: for health and reflection."""


def make_services(
    desks: Desks, queue: WorkQueue, limits: RequestLimits = _DEFAULT_LIMITS
) -> list[tuple[AddService, object]]:
    """Make the handlers of all services, each with the function that adds it to a server.

    Parameters
    ----------
    desks : Desks
        Who does the work.
    queue : WorkQueue
        Where the work waits.
    limits : RequestLimits
        Of requests, checked before anything is decoded.
    """
    calls = DeskCalls(queue)
    tail = FeedTail(desks.engine.last_decision)
    return [
        (add_CaseServiceServicer_to_server, CaseHandlers(desks.cases, calls)),
        (add_DecisionFeedServicer_to_server, FeedHandlers(desks.records, tail)),
        (add_EnrolmentServiceServicer_to_server, EnrolmentHandlers(desks.records, calls, limits)),
        (add_IdentificationServiceServicer_to_server, IdentificationHandlers(desks.records, calls, limits)),
        (add_IntakeServiceServicer_to_server, IntakeHandlers(desks.intake, calls, limits)),
        (add_VerificationServiceServicer_to_server, VerificationHandlers(desks.records, calls, limits)),
    ]
