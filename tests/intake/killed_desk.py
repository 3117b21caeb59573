"""Check applicants without end, in forks of a process that is warm; for test_desk_crash.py.

A line ``DATABASE PREFIX`` on standard input forks one that had no database open before. It tells its number,
and each answer after it was given. Killing it is killing a desk; ``dead`` tells that it is gone.
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from itertools import count
from pathlib import Path

from intake.applications import NOW
from intake.people import OFFICER, WITHOUT_FACES, application_of, enrol_people
from vantay.engine import Engine
from vantay.intake.application import Application, Claim, EnrolIf
from vantay.intake.desk import IntakeDesk

N_PEOPLE = 4


def nth_application(prefix: str, n: int) -> Application:
    """One of known people, the last of whom claims to be the first."""
    person = n % N_PEOPLE
    claimed = 0 if person == N_PEOPLE - 1 else person
    return application_of(
        person,
        1 + n % 2,
        reference=f"{prefix}-{n}",
        claim=Claim(f"S-{claimed}"),
        enrol_if=frozenset(EnrolIf),
    )


def check_on(database: Path, prefix: str, n_checks: int | None = None) -> None:
    """Check until killed, or so many."""
    with Engine.open(database) as engine:
        desk = IntakeDesk(engine, WITHOUT_FACES, clock=lambda: NOW)
        for n in count() if n_checks is None else range(n_checks):
            result = desk.check(nth_application(prefix, n), OFFICER)
            if n_checks is None:
                print(result.reference, result.outcome, flush=True)


def warm_up() -> None:
    """Load and compile all that a check uses, in a database that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "vantay.db"
        with Engine.open(database) as engine:
            enrol_people(engine, range(N_PEOPLE))
        check_on(database, "warm", 2 * N_PEOPLE)
    if threading.active_count() != 1:
        raise RuntimeError(f"{threading.active_count()} threads, expected one: a fork would lack the others")


def main() -> None:
    """Fork for each line until the input ends."""
    warm_up()
    print("ready", flush=True)
    for line in sys.stdin:
        database, prefix = line.split()
        if (pid := os.fork()) == 0:
            print(os.getpid(), flush=True)
            check_on(Path(database), prefix)
        os.waitpid(pid, 0)
        print("dead", flush=True)


if __name__ == "__main__":
    main()
