"""Measure what an intake check costs beyond the two engine calls that it makes, templates in.

Run: ``python benchmarks/intake_overhead.py --subjects 1000 --checks 200``. Every applicant claims to be who
they are, so that a check is a 1:1 comparison, a search of everyone, and a transaction. The engine calls and
the check are made in turn, of the same templates; what is printed is the difference of each pair.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from benchmarks.harness.figures_file import FiguresFile

from vantay.engine import Engine
from vantay.fingerprint.codec import encode
from vantay.intake.application import (
    Applicant,
    Application,
    Captures,
    CardKind,
    Claim,
    ConsentGiven,
    ResidenceCard,
    TravelDocument,
)
from vantay.intake.desk import IntakeDesk
from vantay.intake.result import Outcome
from vantay.intake.rules import load_rules
from vantay.store import Actor, Enrolment, NewEncounter, NewTemplate
from vantay.types import FingerPosition, FingerTemplate
from vantay_datasets.synthetic.population import FingerRates, MistakeRates, Population, PopulationOptions

Fingers = dict[FingerPosition, FingerTemplate]
SOUND = FingerRates(amputee=0, worn_hands=0, bandaged=0, poor=0)
RIGHT = MistakeRates(persons_swapped=0, hands_swapped=0, fingers_swapped=0)
ACTOR = Actor("benchmark", "intake")


def make_population(n_subjects: int) -> Population:
    """Make grown-ups with sound fingers, captured without mistakes."""
    options = PopulationOptions(min_age_years=20, fingers=SOUND, mistakes=RIGHT)
    return Population(11, n_subjects, options=options)


def enrol_all(engine: Engine, population: Population) -> None:
    """Enrol everyone by the first encounter."""
    first = 0
    for batch in population.iter_encounters(with_faces=False):
        rows = [_row(f"S-{number}", encounter.fingers) for number, encounter in enumerate(batch, start=first)]
        engine.load(rows)
        first += len(rows)


def _row(subject_id: str, fingers: Mapping[FingerPosition, FingerTemplate]) -> Enrolment:
    templates = tuple(NewTemplate(p, encode(t), t.quality) for p, t in fingers.items())
    return Enrolment(NewEncounter(subject_id, templates))


def application(number: int, fingers: Fingers, round_number: int) -> Application:
    """Make the application of somebody who claims to be who they are."""
    now = datetime.now(UTC)
    return Application(
        reference=f"A-{number}-{round_number}",
        level=2,
        applicant=Applicant("name/1", date(1990, 5, 17), "KOR"),
        travel_document=TravelDocument("P1", "KOR", date(2090, 1, 1)),
        residence_card=ResidenceCard(CardKind.PERMANENT, "C1", None),
        consent=ConsentGiven("consent/1", now),
        captures=Captures(fingers),
        claim=Claim(f"S-{number}"),
    )


def timed(act: Callable[[], object]) -> tuple[float, float]:
    """Give wall-clock and CPU time of this thread, ms."""
    wall, cpu = time.perf_counter(), time.thread_time()
    act()
    return 1e3 * (time.perf_counter() - wall), 1e3 * (time.thread_time() - cpu)


def measure(engine: Engine, desk: IntakeDesk, population: Population, n_checks: int) -> np.ndarray:
    """Time the engine calls and the check: (n, 4) ms, wall and CPU of the one and of the other."""
    rows = []
    for i in range(n_checks + 5):
        number = i % len(population)
        fingers = dict(population.encounters(number, number + 1, 1, with_faces=False).encounter(0).fingers)
        fingers = {p: replace(t, quality=80) for p, t in fingers.items()}
        asked = application(number, fingers, i // len(population))

        def calls(subject_id: str = f"S-{number}", fingers: Fingers = fingers) -> None:
            engine.verify(subject_id, fingers)
            engine.identify(fingers)

        def check(asked: Application = asked) -> None:
            outcome = desk.check(asked, ACTOR).outcome
            assert outcome is Outcome.KNOWN, outcome

        both = (calls, check) if i % 2 else (check, calls)  # caches favour the second one
        times = {act: timed(act) for act in both}
        rows.append((*times[calls], *times[check]))
    return np.array(rows[5:])


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subjects", type=int, default=1000)
    parser.add_argument("--checks", type=int, default=200)
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    file = FiguresFile(arguments)
    population = make_population(arguments.subjects)
    with tempfile.TemporaryDirectory() as folder, Engine.open(Path(folder) / "vantay.db") as engine:
        enrol_all(engine, population)
        desk = IntakeDesk(engine, replace(load_rules(), needs_face=False))
        times = measure(engine, desk, population, arguments.checks)
    named = {
        "engine calls": times[:, 0],
        "engine calls, CPU": times[:, 1],
        "check": times[:, 2],
        "check, CPU": times[:, 3],
        "overhead": times[:, 2] - times[:, 0],
        "overhead, CPU": times[:, 3] - times[:, 1],
    }
    quantiles = {
        name: {f"p{q}_ms": round(float(np.percentile(values, q)), 2) for q in (50, 90, 99)}
        for name, values in named.items()
    }
    file.print_and_write({"n_subjects": arguments.subjects, "n_checks": arguments.checks, **quantiles})


if __name__ == "__main__":
    main()
