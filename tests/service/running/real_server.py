"""A whole server in this process: certificates, database, desks; and applications for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from intake.people import fingers_of
from vantay.engine import Engine
from vantay.fingerprint.codec import encode
from vantay.settings import EngineSettings
from vantay_service.access.certificates import make_authority
from vantay_service.access.method_roles import Role
from vantay_service.client import AsyncVantayClient, TlsFiles
from vantay_service.running.serving import Running, StopSignals, serve
from vantay_service.running.settings import ServiceSettings
from vantay_service.v1 import intake_pb2 as pb
from vantay_service.v1.people_pb2 import SEX_FEMALE
from vantay_service.v1.samples_pb2 import Captures, FingerPosition, FingerSample, Samples

WITHOUT_FACES = "[captures]\nneeds_face = false\n"
NAME = "desk-1"


@dataclass(frozen=True)
class Site:
    """The files of an installation."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, people: range = range(3)) -> Site:
        """Make certificates, a database with some people, and rules that ask for no photo."""
        authority = make_authority(folder / "certs")
        authority.issue(NAME, roles=list(Role))
        (folder / "intake.toml").write_text(WITHOUT_FACES)
        with Engine.open(folder / "people.db") as engine:
            for person in people:
                engine.enrol(f"S-{person}", fingers_of(person))
        return cls(folder)

    @property
    def engine_settings(self) -> EngineSettings:
        return EngineSettings(database=self.folder / "people.db")

    @property
    def tls(self) -> TlsFiles:
        return TlsFiles.in_folder(self.folder / "certs", NAME)

    def settings(self, **changes: Any) -> ServiceSettings:
        given: dict[str, Any] = {
            "address": "127.0.0.1:0",
            "status_address": "127.0.0.1:0",
            "certificate_folder": self.folder / "certs",
            "intake_rules": self.folder / "intake.toml",
            "warms_up_images": False,
            "min_free_disk_bytes": 0,
        }
        return ServiceSettings(**(given | changes))


@asynccontextmanager
async def serving(site: Site, **changes: Any) -> AsyncIterator[Running]:
    """Run a server; it ends as by SIGTERM, and what it raises is raised."""
    signals = StopSignals()
    ready: asyncio.Future[Running] = asyncio.get_running_loop().create_future()
    running = asyncio.ensure_future(
        serve(site.settings(**changes), site.engine_settings, signals=signals, on_ready=ready.set_result)
    )
    either: set[asyncio.Future[Any]] = {running, ready}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        await running
    try:
        yield ready.result()
    finally:
        signals.press()
        await running


def client_of(site: Site, running: Running) -> AsyncVantayClient:
    """Make the client that the certificate belongs to."""
    return AsyncVantayClient(f"127.0.0.1:{running.port}", site.tls)


def samples_of(person: int, visit: int = 0) -> Samples:
    """Ten fingers as template records."""
    fingers = [
        FingerSample(position=FingerPosition.ValueType(position), template_record=encode(template))
        for position, template in fingers_of(person, visit).items()
    ]
    return Samples(fingers=fingers)


def request_of(person: int, visit: int = 0, **changes: Any) -> pb.CheckApplicantRequest:
    """An application with nothing wrong, of somebody who claims never to have been enrolled."""
    given = Timestamp()
    given.FromDatetime(datetime.now(UTC) - timedelta(minutes=5))
    fields: dict[str, Any] = {
        "application_reference": f"A-{person}-{visit}",
        "level": 2,
        "applicant": pb.Applicant(
            name_reference=f"name/{person}", birth_date="1990-05-17", nationality="KOR", sex=SEX_FEMALE
        ),
        "travel_document": pb.TravelDocument(number="P123", issuer="KOR", expires_on="2090-01-01"),
        "residence_card": pb.ResidenceCard(
            kind=pb.CARD_KIND_TEMPORARY, number="T123", expires_on="2090-01-01"
        ),
        "consent": pb.ConsentGiven(reference="consent/1", given_at=given),
        "captures": Captures(samples=samples_of(person, visit)),
    }
    return pb.CheckApplicantRequest(**(fields | changes))
