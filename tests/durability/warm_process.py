"""A process that has everything imported and compiled, and forks one that does a job; for forks.py.

A line of JSON on standard input names the job; a line on standard output tells how the fork ended. The fork
is a process of its own that never had the database open before: killing it is killing Vantay.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import threading
import traceback
from pathlib import Path
from typing import Any

from durability import inspection, victim
from durability.people import capture, name_of, write_file
from durability.place import RoundsPlace

MOST_S = 60
"""A job that takes longer hangs, and is ended by its alarm."""


def warm_up() -> None:
    """Use everything once, in a database that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        place = RoundsPlace(str(Path(folder) / "vantay.db"), Path(folder))
        write_file(place.folder / "people.jsonl", range(3))
        place.load("people.jsonl")
        with place.engine() as engine:
            for number in (3, 4):
                captured = capture(number, 0)
                engine.enrol(name_of(number), captured.fingers, face=captured.face, source=captured.mark)
            engine.compact_index()
        inspection.run({"location": place.location, "folder": folder, "resumed_load": None, "probes": [1, 9]})
    n_threads = threading.active_count()
    if n_threads != 1:
        raise RuntimeError(f"{n_threads} threads, expected one: the others would be missing in a fork")


def do_job(job: dict[str, Any]) -> None:
    """Do a job in this process, a fork."""
    if job["what"] == "victim":
        victim.run(job)
    else:
        Path(job["answer"]).write_text(json.dumps(inspection.run(job)))


def main() -> None:
    """Fork for each line until the input ends."""
    warm_up()
    print("ready", flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        if (pid := os.fork()) == 0:
            status = 1
            signal.alarm(MOST_S)
            try:
                do_job(job)
                status = 0
            except BaseException:  # noqa: BLE001 - told to whoever asked
                Path(job["answer"]).write_text(json.dumps({"error": traceback.format_exc(limit=-2)}))
            finally:
                os._exit(status)
        _, code = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(code), flush=True)


if __name__ == "__main__":
    main()
