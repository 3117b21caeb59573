"""kill −9 of a server that is at work, in rounds: what it acknowledged is in store, feed and audit log.

In each round a server is started, and gets all applications again that the one before it did not acknowledge,
and some that it did; the feed is read from its beginning. Then callers send new applications, of newcomers,
who are enrolled, and of residents; the server is killed at a random moment after the first answer, in every
second round as soon after that as something is written, and the database is inspected.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from google.protobuf.message import Message

from service.load.applicants import Applicants, Application
from service.load.kill_inspection import Inspection
from service.load.server_process import ServerProcess, free_port
from service.load.site import LoadSite
from vantay.engine import Engine
from vantay.store import AuditAnchor
from vantay_service.client import AsyncVantayClient, CallSettings, RetryPolicy, ServiceError
from vantay_service.v1.decisions_pb2 import Decision
from vantay_service.v1.intake_pb2 import CheckApplicantRequest, CheckApplicantResponse, Outcome

ONE_ATTEMPT = CallSettings(retries=RetryPolicy(n_attempts=1))
PATIENT = CallSettings(
    deadline_s=120.0, retries=RetryPolicy(n_attempts=1000, max_pause_s=0.5), heartbeat_s=1.0
)
FEED_TIMEOUT_S = 60.0
N_ASKED_AGAIN = 20
POLL_S = 0.0005
NEAR_S = 0.005
"""A commit, and the answer that follows it, take milliseconds."""
LONGEST_WAIT_S = 2.0


@dataclass(slots=True)
class Ledger:
    """What callers know.

    Attributes
    ----------
    answers : dict of str to CheckApplicantResponse
        By reference: what was acknowledged.
    sent : dict of str to Application
        Everything that was sent.
    n_kept, n_lost : int
        Of what was sent and not acknowledged before the kill: what was there, and what was not.
    """

    answers: dict[str, CheckApplicantResponse] = field(default_factory=dict)
    sent: dict[str, Application] = field(default_factory=dict)
    n_kept: int = 0
    n_lost: int = 0


class ServiceKillRounds:
    """The rounds on one database, which grows.

    Parameters
    ----------
    site : LoadSite
        A copy, of which no server runs.
    seed : int
        Of the moments.
    n_callers : int
    longest_s : float
        After the first answer the server is killed within this time.
    """

    def __init__(self, site: LoadSite, seed: int, *, n_callers: int = 4, longest_s: float = 1.5) -> None:
        self._site = site
        self._moments = random.Random(seed)
        self._n_callers, self._longest_s = n_callers, longest_s
        self._port = free_port()
        file = site.applicants
        self._applicants = Applicants(file, "kill", range(len(file)))
        with Engine.open(settings=site.engine_settings, create=False) as engine:
            self._before = engine.stats()
        self._anchor: AuditAnchor | None = None
        self._watched: dict[int, Decision] = {}
        self.ledger = Ledger()
        self.findings: list[str] = []
        self.n_rounds = 0

    def run(self) -> None:
        """Run a round: start, ask again, load, kill, inspect."""
        self.n_rounds += 1
        with ServerProcess(self._site.folder, port=self._port) as server:
            server.wait_until_ready()
            asyncio.run(self._ask_again_and_watch())
            asyncio.run(self._load_and_kill(server))
        self.inspect()

    def finish(self) -> None:
        """Start a last server, ask again, and let it end; after that everything sent is acknowledged."""
        with ServerProcess(self._site.folder, port=self._port) as server:
            server.wait_until_ready()
            asyncio.run(self._ask_again_and_watch())
            if (code := server.end()) != 0:
                self._find(f"the server ended with code {code}")
        self.inspect()

    async def _load_and_kill(self, server: ServerProcess) -> None:
        answered = asyncio.Event()
        async with self._watching():
            callers = [asyncio.create_task(self._keep_calling(answered)) for _ in range(self._n_callers)]
            await answered.wait()
            await asyncio.sleep(self._moments.uniform(0.0, self._longest_s))
            await asyncio.to_thread(self._kill, server)
            await asyncio.gather(*callers)

    def _kill(self, server: ServerProcess) -> None:
        """Kill; in every second round when the log of writes changes, that is near a commit."""
        if self.n_rounds % 2 == 0:
            log = self._site.folder / "vantay.db-wal"
            before, started = log.stat().st_mtime_ns, time.monotonic()
            while log.stat().st_mtime_ns == before and time.monotonic() - started < LONGEST_WAIT_S:
                time.sleep(POLL_S)
            time.sleep(self._moments.uniform(0.0, NEAR_S))
        server.kill()

    async def _keep_calling(self, answered: asyncio.Event) -> None:
        """Call until the server is gone."""
        async with AsyncVantayClient(f"127.0.0.1:{self._port}", self._site.tls, ONE_ATTEMPT) as client:
            while True:
                application = self._applicants.next()
                self.ledger.sent[application.reference] = application
                try:
                    answer = await client.check_applicant(_request(application))
                except ServiceError as error:
                    if error.code.name not in {"UNAVAILABLE", "CANCELLED"}:
                        self._find(f"{application.reference} ended as {error}")
                    answered.set()
                    return
                self.ledger.answers[application.reference] = answer
                answered.set()

    @asynccontextmanager
    async def _watching(self) -> AsyncIterator[None]:
        """Watch the feed from where the watcher was, through whatever happens to the server."""
        async with AsyncVantayClient(f"127.0.0.1:{self._port}", self._site.tls, PATIENT) as client:
            watcher = asyncio.create_task(self._watch(client))
            try:
                yield
            finally:
                watcher.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await watcher

    async def _watch(self, client: AsyncVantayClient) -> None:
        async for decision in client.decisions.watch(max(self._watched, default=0) + 1):
            self._watched[decision.sequence] = decision

    async def _ask_again_and_watch(self) -> None:
        """Send again what was not acknowledged, and some of what was; read the feed from its beginning."""
        ledger = self.ledger
        unanswered = [reference for reference in ledger.sent if reference not in ledger.answers]
        answered = list(ledger.answers)
        again = self._moments.sample(answered, min(N_ASKED_AGAIN, len(answered)))
        async with AsyncVantayClient(f"127.0.0.1:{self._port}", self._site.tls, PATIENT) as client:
            for reference in [*unanswered, *again]:
                answer = await client.check_applicant(_request(ledger.sent[reference]))
                self._compare_answers(reference, answer)
            decisions = await self._read_feed(client)
        self._compare_feed(decisions)

    def _compare_answers(self, reference: str, answer: CheckApplicantResponse) -> None:
        first = self.ledger.answers.get(reference)
        if first is None:
            self.ledger.answers[reference] = answer
            self.ledger.n_kept += answer.is_repeat
            self.ledger.n_lost += not answer.is_repeat
        elif not answer.is_repeat or _decided(answer) != _decided(first):
            self._find(f"{reference} was answered otherwise when it was sent again")

    async def _read_feed(self, client: AsyncVantayClient) -> list[Decision]:
        """Read the feed from its beginning until everything was there that was acknowledged or watched."""
        missing = {*self.ledger.answers, *(seen.application_reference for seen in self._watched.values())}
        decisions: list[Decision] = []
        if not missing:
            return decisions
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FEED_TIMEOUT_S), contextlib.aclosing(client.decisions.watch()) as feed:
                async for decision in feed:
                    decisions.append(decision)
                    missing.discard(decision.application_reference)
                    if not missing:
                        break
        if missing:
            self._find(f"the feed lacks {len(missing)} decisions that were told before, as {min(missing)}")
        return decisions

    def _compare_feed(self, decisions: Sequence[Decision]) -> None:
        """The numbers have no gap, a reference comes once, and what a watcher saw before is still so."""
        if [decision.sequence for decision in decisions] != list(range(1, len(decisions) + 1)):
            self._find("the numbers of the feed have gaps")
        references = [decision.application_reference for decision in decisions]
        if len(set(references)) < len(references):
            self._find("a reference is in the feed twice")
        by_sequence = {decision.sequence: decision for decision in decisions}
        for sequence, seen in self._watched.items():
            if by_sequence.get(sequence) != seen:
                self._find(f"decision {sequence} of the feed was another one before")
        for decision in decisions:
            answer = self.ledger.answers.get(decision.application_reference)
            if answer is not None and not _tells(decision, answer):
                self._find(f"decision {decision.sequence} does not tell what was answered")

    def inspect(self) -> None:
        """Look into the database while no server runs."""
        inspection = Inspection(self._site, self.ledger.answers, self.ledger.sent, self._before)
        findings, self._anchor = inspection.run(self._anchor)
        for finding in findings:
            self._find(finding)

    def _find(self, finding: str) -> None:
        self.findings.append(f"round {self.n_rounds}: {finding}")


def _request(application: Application) -> CheckApplicantRequest:
    return CheckApplicantRequest.FromString(application.request)


def _decided(answer: CheckApplicantResponse) -> Message:
    """Give an answer without what tells only of the call."""
    told = CheckApplicantResponse()
    told.CopyFrom(answer)
    told.ClearField("is_repeat")
    told.ClearField("timings")
    return told


def _tells(decision: Decision, answer: CheckApplicantResponse) -> bool:
    return (
        f"OUTCOME_{decision.outcome}" == Outcome.Name(answer.outcome)
        and decision.subject_id == answer.subject_id
        and decision.case_id == answer.case_id
        and list(decision.reasons) == list(answer.reasons)
        and decision.due == answer.due
    )
