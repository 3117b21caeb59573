"""What the service costs over the engine call: the same question to a server, and to an engine here.

Both work on one database. Each question is asked in turn of the one and of the other, and what counts is the
difference of the two times, question by question. Every applicant is enrolled, claims to be who they are, and
nothing of the captures is kept, so that the gallery stays as it is.

Two searches by one probe never take the same time, and the difference has what both were late by. Two figures
tell how much of it that is: the desk is asked twice, and the time that a call took beside its stages (search,
verification, transaction), which it tells itself, is compared as well.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from service.load.applicants import Applicants
from service.load.figures import Figures, percentiles
from service.load.server_process import ServerProcess
from service.load.site import LoadSite
from vantay.engine import Engine
from vantay.intake.application import Application, Captures
from vantay.intake.desk import IntakeDesk
from vantay.intake.result import CheckResult, Outcome
from vantay.intake.rules import load_rules
from vantay.store import Actor
from vantay_service.client import VantayClient
from vantay_service.conversion.checks import read_application
from vantay_service.conversion.limits import RequestLimits
from vantay_service.v1 import intake_pb2 as pb
from vantay_service.v1.identification_pb2 import IdentifyRequest

N_WARM_UP = 20
ACTOR = Actor("load-1", "intake")

Question = Mapping[str, Callable[[], object]]
"""One question in the ways in which it is asked."""


class OverheadRun:
    """Asks a server and an engine.

    Parameters
    ----------
    site : LoadSite
    server : ServerProcess
    engine : Engine
        Open on the server's database.
    """

    def __init__(self, site: LoadSite, server: ServerProcess, engine: Engine) -> None:
        self._site = site
        self._server = server
        self._engine = engine
        self._desk = IntakeDesk(engine, load_rules(site.rules_file))

    def measure(self, n_questions: int) -> Figures:
        """Ask; give percentiles of each way and of the differences."""
        times: dict[str, list[float]] = {}
        beside: dict[str, list[float]] = {}
        with VantayClient(self._server.address, self._site.tls) as client:
            questions = self._questions(client, n_questions + N_WARM_UP)
            gc.collect()
            gc.disable()  # of this process, which asks; the server collects as always
            try:
                for i, question in enumerate(questions):
                    for name, took_ms, stages_ms in _ask(question, i):
                        times.setdefault(name, []).append(took_ms)
                        beside.setdefault(name, []).append(took_ms - stages_ms)
            finally:
                gc.enable()
        return self._figures(_warm(times), _warm(beside))

    def _questions(self, client: VantayClient, n: int) -> Iterator[Question]:
        file = self._site.applicants
        residents = range(0, len(file), 2)
        by_service = Applicants(file, "service", residents, enrols=False)
        by_desk, again = (Applicants(file, name, residents, enrols=False) for name in ("desk", "again"))
        for _ in range(n):
            yield self._question(client, *(by.next().request for by in (by_service, by_desk, again)))

    def _question(self, client: VantayClient, for_service: bytes, for_desk: bytes, again: bytes) -> Question:
        request = pb.CheckApplicantRequest.FromString(for_service)
        search = IdentifyRequest(probe=request.captures.samples)
        application, same = (
            read_application(pb.CheckApplicantRequest.FromString(text), RequestLimits())
            for text in (for_desk, again)
        )
        captures, claimed_id = application.captures, _claimed(application)
        return {
            "check, service": lambda: client.check_applicant(request),
            "check, desk": lambda: self._desk.check(application, ACTOR),
            "check, desk again": lambda: self._desk.check(same, ACTOR),
            "verify and identify": lambda: (
                self._engine.verify(claimed_id, captures.fingers, face=captures.face),
                self._identify(captures),
            ),
            "identify, service": lambda: client.identify(search),
            "identify, engine": lambda: self._identify(captures),
        }

    def _identify(self, captures: Captures) -> object:
        return self._engine.identify(captures.fingers, face=captures.face)

    def _figures(self, times: Mapping[str, np.ndarray], beside: Mapping[str, np.ndarray]) -> Figures:
        lines = self._server.check_lines()[N_WARM_UP:]
        differences = {
            "check: service over desk": times["check, service"] - times["check, desk"],
            "check: service over desk, beside the stages": beside["check, service"] - beside["check, desk"],
            "check: desk over desk": times["check, desk again"] - times["check, desk"],
            "check: service over verify and identify": times["check, service"] - times["verify and identify"],
            "identify: service over engine": times["identify, service"] - times["identify, engine"],
        }
        server = {
            "whole call": [line["ms"] for line in lines],
            **{
                stage: [line["stages_ms"].get(stage, 0.0) for line in lines]
                for stage in (lines[-1]["stages_ms"] if lines else ())
            },
        }
        return {
            "n_questions": len(times["check, service"]),
            "times": {name: percentiles(taken.tolist()) for name, taken in times.items()},
            "differences": {name: percentiles(taken.tolist()) for name, taken in differences.items()},
            "server_log": {name: percentiles(taken) for name, taken in server.items()},
        }


def _warm(times: Mapping[str, list[float]]) -> dict[str, np.ndarray]:
    return {name: np.array(taken[N_WARM_UP:]) for name, taken in times.items()}


def _ask(question: Question, i: int) -> Iterator[tuple[str, float, float]]:
    """Ask in each way, beginning with another one each time: who comes later finds warm caches.

    Gives the way, its milliseconds, and those of the stages that the answer tells of.
    """
    ways = list(question.items())
    turn = i % len(ways)
    for name, act in ways[turn:] + ways[:turn]:
        started = time.perf_counter()
        answer = act()
        took_ms = 1e3 * (time.perf_counter() - started)
        _check_answer(answer)
        yield name, took_ms, _stages_ms(answer)


def _stages_ms(answer: object) -> float:
    """Add up the stages of a check; 0 of what tells none."""
    if isinstance(answer, CheckResult):
        return sum(answer.timings_ms.values())
    if isinstance(answer, pb.CheckApplicantResponse):
        return sum(time.duration_ms for time in answer.timings)
    return 0.0


def _check_answer(answer: object) -> None:
    """Refuse to time what was not asked: twins and clerical mistakes may be a conflict, but nobody is new."""
    outcome = getattr(answer, "outcome", None)
    if outcome in {pb.OUTCOME_REFUSED, pb.OUTCOME_RECAPTURE, Outcome.REFUSED, Outcome.RECAPTURE}:
        raise RuntimeError(f"an applicant was answered {outcome}, expected one who is searched")


def _claimed(application: Application) -> str:
    if application.claim is None:
        raise RuntimeError("an applicant who claims nothing, expected one who is enrolled")
    return application.claim.subject_id
