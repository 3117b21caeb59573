"""How fast the service answers: a server process over mutual TLS on loopback, and processes that call it.

    python benchmarks/service_load.py --folder DIR --overhead 1000 --json overhead.json
    python benchmarks/service_load.py --folder DIR --closed 1,2,4,8,16 --seconds 20 --json closed.json
    python benchmarks/service_load.py --folder DIR --rate 20 --seconds 600 --json load.json
    python benchmarks/service_load.py --folder DIR --images 40 --json images.json
    python benchmarks/service_load.py --table *.json

DIR is built by `service_gallery.py`, or on first use; a run works on a copy of it. Times need an idle machine
with two cores; the load average is among the figures.

--overhead asks a server and an engine in this process the same questions in turn, on the same database: what
the service adds to a check by the desk, to the engine's verify and identify, and to an identify.
--closed keeps so many checks running at once, for so many seconds each.
--rate sends checks at a constant rate whatever becomes of them. A latency counts from the moment at which the
call was to be sent, so that calls that wait behind a slow one count in full; sent_late tells how far the
process that calls was behind. Of --closed and --rate, histogram has the latencies of all calls in bins 5 %
wide, and not_answered those of the calls that ended otherwise than well, by status.
--images sends one check at a time with ten 500 ppi images and a portrait, nothing else going on.

Half of the applicants are enrolled and claim to be who they are; the others are newcomers, and are enrolled
by the check. Some are twins or clerical mistakes, and become cases.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from benchmarks.harness.figures_file import FiguresFile

from service.load.callers import CallerRuns, Load, describe
from service.load.command_line import add_run_arguments, add_site_arguments, running_server
from service.load.figures import Figures, describe_run, percentiles
from service.load.histogram import make_histogram
from service.load.image_applications import image_requests, image_samples
from service.load.overhead import OverheadRun
from service.load.server_process import MemorySamples, ServerProcess
from service.load.site import LoadSite
from service.load.table import render_table
from vantay.engine import Engine
from vantay_service.client import VantayClient
from vantay_service.v1 import intake_pb2 as pb

IMAGE_DEADLINE_S = 120.0
WARM_UP_S = 5.0
N_IMAGE_PEOPLE = 4
N_IMAGE_WARM_UP = 3


def measure_overhead(site: LoadSite, server: ServerProcess, arguments: argparse.Namespace) -> Figures:
    """Ask the server and an engine of this process the same questions."""
    with Engine.open(settings=site.engine_settings, create=False) as engine:
        return OverheadRun(site, server, engine).measure(arguments.overhead)


def measure_closed(site: LoadSite, server: ServerProcess, arguments: argparse.Namespace) -> Figures:
    """Keep so many checks running at once, by each number in turn."""
    runs = warm_runs(site, server, arguments.caller_cores)
    figures = {}
    for n_at_once in (int(part) for part in arguments.closed.split(",")):
        figures[str(n_at_once)] = measured(runs, server, Load(arguments.seconds, n_at_once=n_at_once))
        print(f"{n_at_once} at once: {figures[str(n_at_once)]['answered_per_s']} per second", file=sys.stderr)
    return {"by_concurrency": figures}


def measure_rate(site: LoadSite, server: ServerProcess, arguments: argparse.Namespace) -> Figures:
    """Send checks at a constant rate, and follow the server's memory."""
    runs = warm_runs(site, server, arguments.caller_cores)
    with MemorySamples(server).taken() as memory:
        figures = measured(runs, server, Load(arguments.seconds, rate=arguments.rate))
    return {"rate": arguments.rate} | figures | {"memory": memory.figures()}


def warm_runs(site: LoadSite, server: ServerProcess, cores: tuple[int, ...]) -> CallerRuns:
    """Call for a while, so that files are in memory and the queue knows how long work takes."""
    runs = CallerRuns(site, server, cores)
    runs.run(Load(WARM_UP_S, n_at_once=2))
    return runs


def measured(runs: CallerRuns, server: ServerProcess, load: Load) -> Figures:
    """Let calls come, and tell also what they cost the server."""
    before_s = server.cpu_s()
    figures = describe(runs.run(load))
    cpu_ms = 1e3 * (server.cpu_s() - before_s)
    return figures | {"server_cpu_ms_per_answer": round(cpu_ms / max(figures["n_answered"], 1), 2)}


def measure_images(site: LoadSite, server: ServerProcess, arguments: argparse.Namespace) -> Figures:
    """Make one check with images after the other."""
    people = [image_samples(person) for person in range(N_IMAGE_PEOPLE)]
    n_requests = arguments.images + N_IMAGE_WARM_UP
    latency_ms: list[float] = []
    stages: dict[str, list[float]] = {}
    outcomes: Counter[str] = Counter()
    with VantayClient(server.address, site.tls) as client:
        for i, request in enumerate(image_requests("images", people, n_requests)):
            started = time.perf_counter()
            answer = client.check_applicant(request, deadline_s=IMAGE_DEADLINE_S)
            took_ms = 1e3 * (time.perf_counter() - started)
            if i < N_IMAGE_WARM_UP:
                continue
            latency_ms.append(took_ms)
            outcomes[pb.Outcome.Name(answer.outcome).removeprefix("OUTCOME_")] += 1
            for timing in answer.timings:
                stages.setdefault(timing.stage, []).append(timing.duration_ms)
    return {
        "n_checks": len(latency_ms),
        "request_bytes": request.ByteSize(),
        "outcomes": dict(outcomes),
        "latency": percentiles(latency_ms),
        "histogram": make_histogram(latency_ms),
        "stages": {stage: percentiles(taken) for stage, taken in stages.items()},
    }


MODES = {
    "overhead": measure_overhead,
    "closed": measure_closed,
    "rate": measure_rate,
    "images": measure_images,
}


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_site_arguments(parser)
    add_run_arguments(parser)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--overhead", type=int, metavar="N", help="questions")
    mode.add_argument("--closed", metavar="N,N,…", help="checks that run at once")
    mode.add_argument("--rate", type=float, metavar="R", help="checks a second")
    mode.add_argument("--images", type=int, metavar="N", help="checks with images")
    parser.add_argument("--seconds", type=float, default=20.0, help="of --rate, and of each part of --closed")
    return parser.parse_args()


def main() -> None:
    """Measure as the command line says, print and write; or lay out what was written before."""
    if sys.argv[1:2] == ["--table"]:
        print(render_table([json.loads(Path(name).read_text(encoding="utf-8")) for name in sys.argv[2:]]))
        return
    arguments = parse_arguments()
    file = FiguresFile(arguments)
    mode = next(name for name in MODES if getattr(arguments, name) is not None)
    with running_server(arguments, f"load-{mode}") as (site, server, told):
        figures = describe_run("service_load", mode, told) | MODES[mode](site, server, arguments)
        figures["server_exit_code"] = server.end()
    file.print_and_write(figures)


if __name__ == "__main__":
    main()
