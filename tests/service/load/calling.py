"""A process that calls: so many at once, or so many a second whatever becomes of them.

``python -m service.load.calling`` reads a `CallPlan` as JSON from standard input and writes what became of
each call to standard output. Requests are bytes that were made before, so that calling costs little.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import grpc
import grpc.aio

from service.load.applicants import ApplicantFile, Applicants, Application
from vantay_service.client.connection import TlsFiles, open_async_channel
from vantay_service.v1.intake_pb2 import CheckApplicantResponse, Outcome

METHOD = "/vantay.v1.IntakeService/CheckApplicant"
SENT_TOO_LATE = "NOT_SENT"
"""Status of calls whose deadline was over before this process came to send them."""
CONNECT_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class CallPlan:
    """What a process calls.

    Attributes
    ----------
    address, certificates, name : str
        Of the server; folder of the authority; the caller's name there.
    applicants : str
        File of applications.
    prefix : str
        Of their references.
    first, step : int
        Which of the applications: every ``step``-th from ``first`` on.
    seconds : float
        How long calls are begun.
    deadline_s : float
        Of each call, from the moment at which it was to be sent.
    n_at_once : int
        As many calls are kept running; 0: they are sent at a constant rate.
    rate : float
        Calls a second, if ``n_at_once`` is 0.
    starts_at : float
        ``time.monotonic`` of the first call; 0: at once.
    enrols : bool
        Whether captures are kept.
    """

    address: str
    certificates: str
    name: str
    applicants: str
    prefix: str
    first: int
    step: int
    seconds: float
    deadline_s: float
    n_at_once: int = 0
    rate: float = 0.0
    starts_at: float = 0.0
    enrols: bool = True


@dataclass(slots=True)
class Called:
    """What became of calls; the lists go together.

    Attributes
    ----------
    at_s : list of float
        When each was to be sent, seconds after the start.
    latency_ms : list of float
        From then to its end.
    late_ms : list of float
        By how much this process sent it later.
    status : list of str
        Names of gRPC's codes, or `SENT_TOO_LATE`.
    outcomes : dict of str to int
        Of the checks that were answered.
    stage_ms : dict of str to float
        Sum over the answers, of the stages that they tell.
    took_s : float
        From the start to the end of the last call.
    cpu_s : float
        Of this process.
    last_number : int
        Of the last applicant whose turn came.
    """

    at_s: list[float] = field(default_factory=list)
    latency_ms: list[float] = field(default_factory=list)
    late_ms: list[float] = field(default_factory=list)
    status: list[str] = field(default_factory=list)
    outcomes: dict[str, int] = field(default_factory=dict)
    stage_ms: dict[str, float] = field(default_factory=dict)
    took_s: float = 0.0
    cpu_s: float = 0.0
    last_number: int = -1


class Calling:
    """Makes the calls of a plan.

    Parameters
    ----------
    plan : CallPlan
    channel : grpc.aio.Channel
    """

    def __init__(self, plan: CallPlan, channel: Any) -> None:
        self._plan = plan
        file = ApplicantFile(Path(plan.applicants))
        numbers = range(plan.first, len(file), plan.step)
        self._applicants = Applicants(file, plan.prefix, numbers, enrols=plan.enrols)
        self._call: Callable[..., Any] = channel.unary_unary(METHOD)
        self._outcomes: Counter[str] = Counter()
        self._stages: dict[str, float] = {}
        self._start = 0.0
        self.called = Called()

    async def run(self) -> Called:
        """Make all calls, and wait for their ends."""
        plan = self._plan
        self._start = plan.starts_at or time.monotonic()
        await asyncio.sleep(self._start - time.monotonic())
        if plan.n_at_once:
            await asyncio.gather(*(self._keep_calling() for _ in range(plan.n_at_once)))
        else:
            await self._call_at_rate()
        self.called.took_s = time.monotonic() - self._start
        self.called.last_number = self._applicants.last_number
        self.called.outcomes, self.called.stage_ms = dict(self._outcomes), self._stages
        usage = resource.getrusage(resource.RUSAGE_SELF)
        self.called.cpu_s = usage.ru_utime + usage.ru_stime
        return self.called

    async def _keep_calling(self) -> None:
        while (now := time.monotonic()) < self._start + self._plan.seconds:
            await self._check(now)

    async def _call_at_rate(self) -> None:
        """Begin each call at its time, whether or not those before it have ended."""
        plan = self._plan
        running: set[asyncio.Task[None]] = set()
        for i in range(int(plan.seconds * plan.rate)):
            due = self._start + i / plan.rate
            if (ahead_s := due - time.monotonic()) > 0 or i % 16 == 0:  # ends are heard of even when late
                await asyncio.sleep(max(ahead_s, 0.0))
            task = asyncio.create_task(self._check(due))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running)

    async def _check(self, due: float) -> None:
        application = self._applicants.next()
        sent = time.monotonic()
        left_s = due + self._plan.deadline_s - sent
        status = await self._send(application, left_s) if left_s > 0 else SENT_TOO_LATE
        if status not in {"OK", "DEADLINE_EXCEEDED"}:
            self._applicants.put_back(application)
        called = self.called
        called.at_s.append(round(due - self._start, 4))
        called.late_ms.append(round(1e3 * (sent - due), 3))
        called.latency_ms.append(round(1e3 * (time.monotonic() - due), 3))
        called.status.append(status)

    async def _send(self, application: Application, left_s: float) -> str:
        try:
            answer = CheckApplicantResponse.FromString(await self._call(application.request, timeout=left_s))
        except grpc.aio.AioRpcError as error:
            return error.code().name
        self._outcomes[Outcome.Name(answer.outcome).removeprefix("OUTCOME_")] += 1
        for timing in answer.timings:
            self._stages[timing.stage] = self._stages.get(timing.stage, 0.0) + timing.duration_ms
        return "OK"


async def carry_out(plan: CallPlan) -> Called:
    """Connect, then make the calls of a plan."""
    async with open_async_channel(
        plan.address, TlsFiles.in_folder(Path(plan.certificates), plan.name)
    ) as channel:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            await channel.channel_ready()
        return await Calling(plan, channel).run()


def main() -> None:
    """Do what standard input says."""
    json.dump(asdict(asyncio.run(carry_out(CallPlan(**json.load(sys.stdin))))), sys.stdout)


if __name__ == "__main__":
    main()
