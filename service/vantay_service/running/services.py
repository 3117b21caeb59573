"""Which services a server has."""

from __future__ import annotations

from collections.abc import Sequence

from vantay_service.desks import Desks
from vantay_service.handlers import make_services
from vantay_service.running.server import Service
from vantay_service.running.settings import ServiceSettings
from vantay_service.v1 import (
    cases_pb2,
    decisions_pb2,
    enrolment_pb2,
    identification_pb2,
    intake_pb2,
    verification_pb2,
)
from vantay_service.work import WorkQueue

SERVICE_NAMES = tuple(
    service.full_name
    for module in (cases_pb2, decisions_pb2, enrolment_pb2, identification_pb2, intake_pb2, verification_pb2)
    for service in module.DESCRIPTOR.services_by_name.values()
)
"""Full names, as ``vantay.v1.IntakeService``."""


def services_of(desks: Desks, queue: WorkQueue, settings: ServiceSettings) -> Sequence[Service]:
    """Make the services of Vantay."""
    return make_services(desks, queue, settings)
