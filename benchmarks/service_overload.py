"""What becomes of the service when far more is asked of it than it can answer.

    python benchmarks/service_overload.py --folder DIR --seconds 120 --json overload.json

DIR is built by `service_gallery.py`, or on first use; the run works on a copy of it. In turn: single checks;
the capacity, that is checks a second with the best number of them at once; ten times as many at a constant
rate, each with a deadline; single checks again, at once. Goodput is what was answered within its deadline,
over the seconds during which calls came. Recovery is the time from the last call that came to the first five
single checks in a row whose median is at most 1.5 times what it was.

The processes that call run on the same machine, and take their share of it: callers_cpu_s tells how much;
--server-cores and --caller-cores keep them apart.
Exit code 1 if the server ended or failed, a call ended as UNKNOWN or INTERNAL, or the audit log does not
hold.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from benchmarks.harness.figures_file import FiguresFile

from service.load.applicants import Applicants
from service.load.callers import CallerRuns, Load, describe, latencies_ms, statuses
from service.load.calling import SENT_TOO_LATE
from service.load.command_line import add_run_arguments, add_site_arguments, running_server
from service.load.figures import Figures, describe_run, percentiles
from service.load.server_process import MemorySamples, ServerProcess
from service.load.site import LoadSite
from vantay.engine import Engine
from vantay.errors import VantayError
from vantay_service.client import CallSettings, RetryPolicy, ServiceError, VantayClient
from vantay_service.v1.intake_pb2 import CheckApplicantRequest

REFUSED = "RESOURCE_EXHAUSTED"
FORBIDDEN = {"UNKNOWN", "INTERNAL", "DATA_LOSS"}
TRIALS = (2, 4, 8, 16)
TRIAL_S = 5.0
SLOWER = 1.5
N_IN_A_ROW = 5
MAX_RECOVERY_S = 60.0
NO_RETRIES = CallSettings(retries=RetryPolicy(n_attempts=1))


class SingleChecks:
    """One check at a time, of people who are enrolled, keeping nothing."""

    def __init__(self, site: LoadSite, server: ServerProcess) -> None:
        file = site.applicants
        self._applicants = Applicants(file, "single", range(0, len(file), 2), enrols=False)
        self._address, self._tls = server.address, site.tls

    def take(self, n: int) -> list[float]:
        """Give how long each of so many took, ms."""
        with VantayClient(self._address, self._tls, NO_RETRIES) as client:
            return [self._take_one(client) for _ in range(n)]

    def recover(self, allowed_ms: float) -> float | None:
        """Give the seconds until so many in a row have a median that is allowed; None if they never have."""
        started = time.monotonic()
        latest: list[float] = []
        with VantayClient(self._address, self._tls, NO_RETRIES) as client:
            while (past_s := time.monotonic() - started) < MAX_RECOVERY_S:
                latest = [*latest[1 - N_IN_A_ROW :], self._take_one(client)]
                if len(latest) == N_IN_A_ROW and statistics.median(latest) <= allowed_ms:
                    return round(past_s, 2)
        return None

    def _take_one(self, client: VantayClient) -> float:
        request = CheckApplicantRequest.FromString(self._applicants.next().request)
        started = time.perf_counter()
        try:
            client.check_applicant(request)
        except ServiceError:
            return float("inf")  # turned away: not recovered
        return 1e3 * (time.perf_counter() - started)


def find_capacity(runs: CallerRuns, seconds: float) -> tuple[int, Figures]:
    """Find the number of checks at once with which most are answered; measure with it."""
    rates = {n: describe(runs.run(Load(TRIAL_S, n_at_once=n)))["answered_per_s"] for n in TRIALS}
    best = max(rates, key=lambda n: rates[n])
    return best, describe(runs.run(Load(seconds, n_at_once=best))) | {"trials_per_s": rates}


def measure(site: LoadSite, server: ServerProcess, arguments: argparse.Namespace) -> Figures:
    """Find the capacity, ask for many times as much, and look how soon all is well again."""
    runs, single = CallerRuns(site, server, arguments.caller_cores), SingleChecks(site, server)
    runs.run(Load(TRIAL_S, n_at_once=2))
    before_ms = single.take(arguments.singles)
    best, capacity = find_capacity(runs, arguments.capacity_seconds)
    rate = arguments.factor * capacity["answered_per_s"]
    load = Load(arguments.seconds, rate=rate, deadline_s=arguments.deadline, n_processes=arguments.processes)
    reasons_before, cpu_s = server.check_reasons(), server.cpu_s()
    with MemorySamples(server).taken() as memory:
        callers = runs.start(load)
        time.sleep(callers.ends_at - time.monotonic())
        recovery_s = single.recover(SLOWER * statistics.median(before_ms))  # while the last calls end
        called = callers.wait()
    latency_ms, counts = latencies_ms(called), statuses(called)
    n_good = int(np.count_nonzero(latency_ms <= 1e3 * arguments.deadline))
    reasons = server.check_reasons() - reasons_before
    goodput = n_good / arguments.seconds
    return (
        {
            "factor": arguments.factor,
            "best_at_once": best,
            "capacity_per_s": capacity["answered_per_s"],
            "capacity": capacity,
            "deadline_s": arguments.deadline,
            "offered_per_s": round(rate, 2),
            "sent_per_s": round((sum(counts.values()) - counts[SENT_TOO_LATE]) / arguments.seconds, 2),
            "goodput_per_s": round(goodput, 2),
            "goodput_share": round(goodput / capacity["answered_per_s"], 3),
            "reasons_in_server_log": dict(reasons.most_common()),
            "refused": percentiles(latencies_ms(called, REFUSED).tolist()),
            "server_cpu_s": round(server.cpu_s() - cpu_s, 2),
            "memory": memory.figures(),
            "single_before": percentiles(before_ms),
            "recovery_s": recovery_s,
        }
        | describe(called)
        | {"seconds": arguments.seconds}
    )


def find_faults(site: LoadSite, server: ServerProcess, figures: Figures) -> list[str]:
    """Tell what must not be; the server is ended."""
    found = [
        f"{n} calls ended as {status}" for status, n in figures["statuses"].items() if status in FORBIDDEN
    ]
    if not server.is_running:
        found.append("the server has ended")
    if (code := server.end()) != 0:
        found.append(f"the server ended with code {code}")
    errors = [line["message"] for line in server.log_lines() if line["level"] == "ERROR"]
    found += [f"{n} errors in the log: {message}" for message, n in Counter(errors).items()]
    with Engine.open(settings=site.engine_settings, create=False) as engine:
        try:
            figures["n_audit_entries"] = engine.verify_audit().n_entries
        except VantayError as error:
            found.append(f"the audit log: {error}")
    return found


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_site_arguments(parser)
    add_run_arguments(parser)
    parser.add_argument("--seconds", type=float, default=120.0, help="of overload")
    parser.add_argument("--factor", type=float, default=10.0, help="times the capacity")
    parser.add_argument("--deadline", type=float, default=2.0, help="of each call, seconds")
    parser.add_argument("--processes", type=int, default=2, help="that call")
    parser.add_argument("--capacity-seconds", type=float, default=20.0)
    parser.add_argument("--singles", type=int, default=50, help="single checks before")
    return parser.parse_args()


def main() -> None:
    """Measure, print and write; exit code 1 if something is wrong."""
    arguments = parse_arguments()
    file = FiguresFile(arguments)
    with running_server(arguments, "overload") as (site, server, told):
        figures = describe_run("service_overload", "overload", told) | measure(site, server, arguments)
        figures["findings"] = find_faults(site, server, figures)
    file.print_and_write(figures)
    if figures["findings"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
