"""Processes that call, started together; what became of all their calls."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from service.load.calling import Called, CallPlan
from service.load.figures import Figures, percentiles
from service.load.histogram import make_histogram
from service.load.server_process import ServerProcess, pinned_to
from service.load.site import CALLER, LoadSite

TESTS = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "service.load.calling")
START_S = 3.0
"""Time that processes have to start before the first call."""
END_S = 60.0
"""Time that they have beyond the last deadline."""


ANSWERED = "OK"
"""Status of the calls that were."""


class Callers:
    """Processes at work.

    Parameters
    ----------
    plans : sequence of CallPlan
        One of each process.
    cores : sequence of int
        On which they run; empty: on all.

    Attributes
    ----------
    ends_at : float
        ``time.monotonic`` when no more calls come.
    """

    def __init__(self, plans: Sequence[CallPlan], cores: Sequence[int] = ()) -> None:
        environment = os.environ | {"PYTHONPATH": str(TESTS)}
        self.timeout_s = max(plan.seconds + plan.deadline_s for plan in plans) + START_S + END_S
        self.ends_at = max(plan.starts_at + plan.seconds for plan in plans)
        self._processes = []
        for plan in plans:
            process = subprocess.Popen(
                [*pinned_to(cores), *COMMAND],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
            )
            assert process.stdin is not None
            json.dump(asdict(plan), process.stdin)
            process.stdin.close()
            process.stdin = None
            self._processes.append(process)

    def wait(self) -> list[Called]:
        """Wait for the ends of all calls."""
        try:
            outputs = [process.communicate(timeout=self.timeout_s)[0] for process in self._processes]
        finally:
            for process in self._processes:
                process.kill()
                process.wait()
        if failed := [process.returncode for process in self._processes if process.returncode]:
            raise RuntimeError(f"processes that call ended with {failed}")
        return [Called(**json.loads(output)) for output in outputs]


@dataclass(frozen=True, slots=True)
class Load:
    """How calls come.

    Attributes
    ----------
    seconds : float
        How long they come.
    n_at_once : int
        As many are kept running; 0: they come at a constant rate.
    rate : float
        Calls a second, if ``n_at_once`` is 0.
    deadline_s : float
        Of each call.
    n_processes : int
        That call.
    """

    seconds: float
    n_at_once: int = 0
    rate: float = 0.0
    deadline_s: float = 30.0
    n_processes: int = 1


class CallerRuns:
    """Runs of callers on one server, each with applicants who have not come yet.

    Parameters
    ----------
    site : LoadSite
    server : ServerProcess
    cores : sequence of int
        On which callers run; empty: on all.
    """

    def __init__(self, site: LoadSite, server: ServerProcess, cores: Sequence[int] = ()) -> None:
        self._site = site
        self._server = server
        self._cores = cores
        self._first = 0
        self._n_runs = 0

    def run(self, load: Load) -> list[Called]:
        """Let calls come, and wait for their ends."""
        called = self.start(load).wait()
        self._first = max(self._first - 1, *(part.last_number for part in called)) + 1
        return called

    def start(self, load: Load) -> Callers:
        """Let calls come; their applicants may come again in the next run."""
        self._n_runs += 1
        starts_at = time.monotonic() + START_S
        n = load.n_processes
        shares = [load.n_at_once // n + (k < load.n_at_once % n) for k in range(n)]
        plans = [self._plan(load, starts_at, k, share) for k, share in enumerate(shares)]
        return Callers(plans, self._cores)

    def _plan(self, load: Load, starts_at: float, k: int, n_at_once: int) -> CallPlan:
        delay_s = k / load.rate if load.rate else 0.0  # processes take turns
        return CallPlan(
            address=self._server.address,
            certificates=str(self._site.folder / "certs"),
            name=CALLER,
            applicants=str(self._site.applicants_file),
            prefix=f"run{self._n_runs}",
            first=self._first + k,
            step=load.n_processes | 1,  # odd: each process gets both kinds of applicants
            seconds=load.seconds,
            deadline_s=load.deadline_s,
            n_at_once=n_at_once,
            rate=load.rate / load.n_processes,
            starts_at=starts_at + delay_s,
        )


def merged(parts: Sequence[Called], name: str) -> npt.NDArray[np.float64]:
    """Put a column of several processes together."""
    return np.concatenate([np.asarray(getattr(part, name), np.float64) for part in parts])


def statuses(parts: Sequence[Called]) -> Counter[str]:
    """Count how calls ended."""
    return Counter(status for part in parts for status in part.status)


def latencies_ms(parts: Sequence[Called], status: str = ANSWERED) -> npt.NDArray[np.float64]:
    """Give how long the calls took that ended so, each from the moment at which it was due."""
    has_status = np.concatenate([np.array(part.status, dtype=object) == status for part in parts])
    return np.asarray(merged(parts, "latency_ms")[has_status])


def describe_latencies(latency_ms: npt.NDArray[np.float64]) -> Figures:
    """Count calls, and give percentiles and histogram of their latencies."""
    return {
        "n_calls": len(latency_ms),
        "latency": percentiles(latency_ms.tolist()),
        "histogram": make_histogram(latency_ms),
    }


def describe(parts: Sequence[Called]) -> Figures:
    """Tell in figures what became of the calls.

    Parameters
    ----------
    parts : sequence of Called
        One of each process.

    Returns
    -------
    dict
        ``latency`` is of the calls that were answered, ``histogram`` of all; ``not_answered`` has both for
        each other status. All count from the moment at which a call was due.
    """
    latency_ms, counts = latencies_ms(parts), statuses(parts)
    outcomes: Counter[str] = Counter()
    stages: dict[str, float] = {}
    for part in parts:
        outcomes.update(part.outcomes)
        for stage, ms in part.stage_ms.items():
            stages[stage] = stages.get(stage, 0.0) + ms
    took_s = max(part.took_s for part in parts)
    n_answered = max(len(latency_ms), 1)
    return {
        "n_calls": sum(len(part.status) for part in parts),
        "n_answered": len(latency_ms),
        "answered_per_s": round(len(latency_ms) / took_s, 2),
        "seconds": round(took_s, 2),
        "statuses": dict(counts),
        "outcomes": dict(outcomes.most_common()),
        "latency": percentiles(latency_ms.tolist()),
        "histogram": make_histogram(merged(parts, "latency_ms")),
        "not_answered": {
            status: describe_latencies(latencies_ms(parts, status)) for status in counts if status != ANSWERED
        },
        "sent_late": percentiles(merged(parts, "late_ms").tolist()),
        "mean_stage_ms": {stage: round(ms / n_answered, 2) for stage, ms in stages.items()},
        "callers_cpu_s": round(sum(part.cpu_s for part in parts), 2),
    }
