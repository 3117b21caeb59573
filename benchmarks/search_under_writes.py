"""Search while people are enrolled, added to and erased: is every answer right, and how long does it take.

Run ``python benchmarks/search_under_writes.py [--subjects N] [--searchers N] [--threads N] [--seconds S]``.
One thread writes without a pause: it enrols newcomers and erases some of them. The searchers ask for people
who stay enrolled throughout, with the fingers and the face of another encounter, and for the writer's own
newcomers and victims. An answer is wrong if somebody is found whose erasure had been acknowledged before the
search began, or somebody is not found who was enrolled a second before, unless a comparison with them alone
does not reach the threshold either. Exit code 1 if an answer was wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from benchmarks.harness.figures_file import FiguresFile

from vantay import Engine
from vantay.errors import IncompatibleTemplate, SubjectNotFound
from vantay.settings import EngineSettings
from vantay.types import FaceTemplate, FingerPosition, FingerTemplate
from vantay_datasets.synthetic.population import Population

SEED = 7
SETTLED_S = 1.0
BATCH = 500


@dataclass
class Told:
    """What the writer has acknowledged, and when; read by the searchers."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    enrolled: dict[int, float] = field(default_factory=dict)
    erased: dict[int, float] = field(default_factory=dict)


@dataclass
class Findings:
    """What the searchers saw."""

    times_ms: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Course:
    """What goes on at once, seen from each of its threads.

    Attributes
    ----------
    engine : Engine
    population : Population
        Its first `n_subjects` stay enrolled throughout; newcomers are those behind them.
    n_subjects : int
    until : float
        ``time.monotonic`` of the end.
    told : Told
    findings : Findings
    """

    engine: Engine
    population: Population
    n_subjects: int
    until: float
    told: Told = field(default_factory=Told)
    findings: Findings = field(default_factory=Findings)


Samples = tuple[dict[FingerPosition, FingerTemplate], FaceTemplate | None]


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subjects", type=int, default=2000, help="enrolled throughout (default 2000)")
    parser.add_argument("--searchers", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1, help="of one search (default 1)")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    file = FiguresFile(arguments)
    with tempfile.TemporaryDirectory() as folder:
        settings = EngineSettings(database=Path(folder) / "people.db", n_threads=arguments.threads)
        figures = measure(settings, arguments.subjects, arguments.searchers, arguments.seconds)
    file.print_and_write(figures)
    if figures["wrong_answers"]:
        raise SystemExit(1)


def measure(settings: EngineSettings, n_subjects: int, n_searchers: int, seconds: float) -> dict[str, object]:
    """Return the figures by name."""
    population = Population(SEED, 100 * n_subjects)
    with Engine.open(settings=settings) as engine:
        for index in range(n_subjects):
            enrol(engine, population, index)
        fingers, face = samples_of(population, 0)
        engine.identify(fingers, face=face)
        course = Course(engine, population, n_subjects, time.monotonic() + seconds)
        threads = [threading.Thread(target=write, args=(course,))]
        threads += [threading.Thread(target=search, args=(course, seed)) for seed in range(n_searchers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    told, findings = course.told, course.findings
    p50, p99 = np.percentile(findings.times_ms, [50, 99])
    return {
        "subjects": n_subjects,
        "searchers": n_searchers,
        "n_threads": settings.n_threads,
        "seconds": seconds,
        "writes": len(told.enrolled) + len(told.erased),
        "searches": len(findings.times_ms),
        "p50_ms": round(float(p50), 1),
        "p99_ms": round(float(p99), 1),
        "p99_over_p50": round(float(p99 / p50), 2),
        "wrong_answers": findings.wrong,
    }


def samples_of(population: Population, index: int, number: int = 1) -> Samples:
    """Capture a person: fingers and face."""
    encounter = population.encounter(index, number)
    return dict(encounter.fingers), encounter.face


def name_of(index: int) -> str:
    """Name a person."""
    return f"P{index:07}"


def enrol(engine: Engine, population: Population, index: int) -> None:
    """Enrol a person's first encounter."""
    fingers, face = samples_of(population, index, 0)
    engine.enrol(name_of(index), fingers, face=face)


def write(course: Course) -> None:
    """Enrol and erase until the time is over; an error ends it, and is a finding."""
    try:
        _write(course)
    except Exception as error:  # noqa: BLE001 - any error is a finding
        course.findings.wrong.append(f"writer: {type(error).__name__}: {error}")


def _write(course: Course) -> None:
    told, first = course.told, course.n_subjects
    for index in count(first):
        if time.monotonic() >= course.until:
            return
        enrol(course.engine, course.population, index)
        with told.lock:
            told.enrolled[index] = time.monotonic()
        if index % 3 == 1 and index > first:  # those below were to stay
            course.engine.erase(name_of(index - 1))
            with told.lock:
                told.erased[index - 1] = time.monotonic()


def search(course: Course, seed: int) -> None:
    """Search for settled people, newcomers and victims in turn, and look at the answers."""
    draw, findings = random.Random(seed), course.findings
    while time.monotonic() < course.until:
        index, must_be = _choose(draw, course.n_subjects, course.told)
        samples = samples_of(course.population, index)
        if not samples[0] and samples[1] is None:
            continue
        began = time.perf_counter()
        try:
            result = course.engine.identify(samples[0], face=samples[1])
        except Exception as error:  # noqa: BLE001 - any error is a finding
            findings.wrong.append(f"{name_of(index)}: {type(error).__name__}: {error}")
            continue
        findings.times_ms.append(1000 * (time.perf_counter() - began))
        is_found = name_of(index) in {candidate.subject_id for candidate in result.matches}
        if is_found and not must_be:
            findings.wrong.append(f"{name_of(index)} found after its erasure")
        if must_be and not is_found and _reaches(course.engine, index, result.threshold, samples):
            findings.wrong.append(f"{name_of(index)} not found")


def _reaches(engine: Engine, index: int, threshold: float, samples: Samples) -> bool:
    """Tell whether a person is like enough by itself: some were enrolled with a face only."""
    fingers, face = samples
    try:
        return engine.verify(name_of(index), fingers, face=face).score >= threshold
    except (IncompatibleTemplate, SubjectNotFound):
        return False


def _choose(draw: random.Random, n_subjects: int, told: Told) -> tuple[int, bool]:
    """Pick a person, and tell whether a search that begins now must find it."""
    with told.lock:
        erased = list(told.erased)[-50:]
        settled = [
            index
            for index, at in list(told.enrolled.items())[-50:]
            if index not in told.erased and index % 3 and at < time.monotonic() - SETTLED_S
        ]
    kind = draw.choice(["settled", "newcomer", "victim"])
    if kind == "newcomer" and settled:
        return draw.choice(settled), True
    if kind == "victim" and erased:
        return draw.choice(erased), False
    return draw.randrange(n_subjects), True


if __name__ == "__main__":
    main()
