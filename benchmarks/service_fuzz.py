"""Whether a server survives what nobody means: mutated requests of every method, over loopback.

    python benchmarks/service_fuzz.py --requests 100000 --seed 1
    python benchmarks/service_fuzz.py --requests 2000 --seed 7 --json fuzz.json

A server in this process, with the real engine on SQLite and a few people enrolled, gets sound requests whose
fields, images, templates, or bytes on the wire were changed, by several callers at once; one in twenty is a
bulk enrolment, one in fifty a look at the feed. Statuses are counted by method. The program fails if one of
them is UNKNOWN, INTERNAL or DATA_LOSS, or if a sound request is not answered at the end; what the server
logged of its own mistakes is printed, one line a place.

Memory is the resident set of this process, callers included. It is taken after a first part that fills caches
and at the end, with the number of subjects then: requests that enrol somebody make the gallery grow, and are
counted. Models are not there: images of fingers go through the classical extractor, photos are decoded and
refused.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import gc
import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import grpc
import grpc.aio
from benchmarks.harness.figures_file import FiguresFile
from google.protobuf.message import Message

import vantay
from intake.people import enrol_people
from service.mutation import SOUND, WATCH, bulk_requests, methods, mutate
from service.wire import serving
from vantay.engine import Engine
from vantay.settings import EngineSettings
from vantay_service.v1.intake_pb2 import CheckApplicantRequest

FORBIDDEN = {"UNKNOWN", "INTERNAL", "DATA_LOSS"}
N_ENROLLED = 6
WARM_UP_PART = 0.2
TIMEOUT_S = 30.0
WATCH_TIMEOUT_S = 0.05
PACKAGE = "/vantay.v1."


SOURCES = Path(vantay.__file__).parents[1]
"""Places are told from there on: where the sources lie is nobody's business."""


class Incidents(logging.Handler):
    """Counts the server's own mistakes by place."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.places: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Note where an error was raised."""
        where = getattr(record, "where", None) or [f"{record.pathname}:{record.lineno}"]
        place = where[-1].removeprefix(f"{SOURCES}/")
        self.places[f"{getattr(record, 'error', record.getMessage())} at {place}"] += 1


class Callers:
    """Send mutated requests, several at once.

    Parameters
    ----------
    channel : grpc.aio.Channel
    stream_channel : grpc.Channel
        For streams of requests.
    seed : int
        Request number i is the same whatever the others are.
    """

    def __init__(self, channel: grpc.aio.Channel, stream_channel: grpc.Channel, seed: int) -> None:
        self._channel: Any = channel
        self._stream_channel: Any = stream_channel
        self._seed = seed
        self._next = 0
        self.statuses: Counter[tuple[str, str]] = Counter()

    async def send(self, until: int, n_callers: int) -> None:
        """Send requests up to a number."""
        await asyncio.gather(*(self._send_on(until) for _ in range(n_callers)))

    async def _send_on(self, until: int) -> None:
        while self._next < until:
            number, self._next = self._next, self._next + 1
            await self._send_one(random.Random(f"{self._seed}/{number}"))

    async def _send_one(self, chance: random.Random) -> None:
        kind = chance.random()
        if kind < 0.05:
            path = "EnrolmentService/BulkEnrol"
            stream = [mutate(request, chance) for request in bulk_requests() if chance.random() < 0.8]
            status = await asyncio.to_thread(self._send_stream, path, stream)
        elif kind < 0.07:
            path = "DecisionFeed/Watch"
            status = await self._status_of(path, mutate(WATCH, chance), WATCH_TIMEOUT_S)
        else:
            method = chance.choice(methods())
            path = method.path
            request = renew(chance.choice(method.requests), chance)
            status = await self._status_of(path, mutate(request, chance), TIMEOUT_S)
        self.statuses[path, status] += 1

    async def _status_of(self, path: str, request: bytes, timeout_s: float) -> str:
        """Wait for the end of a call; name how it ended."""
        try:
            async for _ in self._channel.unary_stream(PACKAGE + path)(request, timeout=timeout_s):
                pass
        except grpc.aio.AioRpcError as error:
            return error.code().name
        return "OK"

    def _send_stream(self, path: str, requests: list[bytes]) -> str:
        """Send a stream by gRPC's other client: the one on asyncio calls streams that end early INTERNAL."""
        try:
            for _ in self._stream_channel.stream_stream(PACKAGE + path)(iter(requests), timeout=TIMEOUT_S):
                pass
        except grpc.RpcError as error:
            return error.code().name
        return "OK"


def renew(request: Message, chance: random.Random) -> Message:
    """Make every second application a new one, which is searched and enrols nobody."""
    if not isinstance(request, CheckApplicantRequest) or chance.random() < 0.5:
        return request
    renewed = CheckApplicantRequest()
    renewed.CopyFrom(request)
    renewed.application_reference = f"F-{chance.getrandbits(64):x}"
    renewed.ClearField("enrol_if")
    return renewed


def resident_mib() -> float:
    """Give the resident set of this process, without what is free already."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def take_memory(engine: Engine, n_requests: int) -> dict[str, float]:
    """Note memory and how large the gallery is."""
    counts = engine.stats()
    return {
        "n_requests": n_requests,
        "resident_mib": round(resident_mib(), 1),
        "n_subjects": counts.n_subjects,
        "n_templates": counts.n_templates,
    }


async def fuzz(arguments: argparse.Namespace, engine: Engine) -> dict[str, Any]:
    """Send all requests; give what was counted."""
    memory = [take_memory(engine, 0)]
    async with serving(engine) as wire, grpc.aio.insecure_channel(wire.address) as channel:
        stream_channel = grpc.insecure_channel(wire.address)
        callers = Callers(channel, stream_channel, arguments.seed)
        start = time.perf_counter()
        n_warm_up = int(arguments.requests * WARM_UP_PART)
        for part in range(arguments.samples + 1):
            until = n_warm_up + (arguments.requests - n_warm_up) * part // arguments.samples
            await callers.send(until, arguments.callers)
            memory.append(take_memory(engine, until))
            print(f"{until:>8} requests, {memory[-1]['resident_mib']:.0f} MiB", file=sys.stderr)
        took_s = time.perf_counter() - start
        stream_channel.close()
        sound: Any = channel.unary_unary(PACKAGE + SOUND.path)
        await sound(SOUND.requests[0].SerializeToString(), timeout=TIMEOUT_S)
    return {
        "requests": arguments.requests,
        "seed": arguments.seed,
        "seconds": round(took_s, 1),
        "memory": memory,
        "n_forbidden": sum(n for (_, status), n in callers.statuses.items() if status in FORBIDDEN),
        "statuses": tabulate(callers.statuses),
    }


def tabulate(statuses: Counter[tuple[str, str]]) -> dict[str, dict[str, int]]:
    """Put counts by method and status."""
    table: dict[str, dict[str, int]] = {}
    for (path, status), n in sorted(statuses.items()):
        table.setdefault(path, {})[status] = n
    return table


def report(result: dict[str, Any]) -> bool:
    """Print what was counted; tell whether nothing forbidden was."""
    totals: Counter[str] = Counter()
    for path, counts in result["statuses"].items():
        print(f"{path:<32}" + "  ".join(f"{status} {n}" for status, n in counts.items()))
        totals.update(counts)
    print("all:", ", ".join(f"{status} {n}" for status, n in totals.most_common()))
    for sample in result["memory"]:
        print("memory: " + ", ".join(f"{name} {value}" for name, value in sample.items()))
    for place, n in result["incidents"].items():
        print(f"incident: {n} × {place}")
    return not FORBIDDEN & totals.keys()


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--callers", type=int, default=4, help="requests that are on their way at once")
    parser.add_argument("--samples", type=int, default=8, help="how often memory is taken after the warm-up")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    return parser.parse_args()


def main() -> int:
    """Do what the command line says."""
    arguments = parse_arguments()
    file = FiguresFile(arguments)
    incidents = Incidents()
    logger = logging.getLogger("vantay_service")
    logger.addHandler(incidents)
    logger.propagate = False
    with tempfile.TemporaryDirectory() as folder:
        os.environ["VANTAY_MODEL_DIR"] = str(Path(folder, "models"))
        settings = EngineSettings(Path(folder, "vantay.db"), extractor="classical")
        with Engine.open(settings=settings) as engine:
            enrol_people(engine, range(N_ENROLLED))
            result = asyncio.run(fuzz(arguments, engine))
    result["incidents"] = dict(incidents.places.most_common())
    file.write(result)
    return 0 if report(result) else 1


if __name__ == "__main__":
    sys.exit(main())
