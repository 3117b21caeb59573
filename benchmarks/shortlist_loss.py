"""What the stages of a search lose: the same searches by the index, and comparing everyone in full.

    python benchmarks/shortlist_loss.py --folder DIR --subjects 100000 --searches 1000 --kinds two --json FILE

DIR holds a gallery that `index_scale.py` built. Half of the searches are of people who are enrolled, half of
people who are not. The comparison of everyone goes through the gallery a block of subjects at a time, all
probes against each block, since the prepared templates of everyone would take gigabytes: its candidates are
the best of those of the blocks, and a search of all blocks at once would list the same. It takes hours for
ten fingers; it may be stopped, and goes on with the block where it was.

A mate is lost if the comparison of everyone finds it at or above the threshold and the index does not list
it. An answer differs if the two list other candidates, or other scores, at or above the threshold.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from benchmarks.harness.figures_file import FiguresFile
from rich.console import Console

from vantay.evaluation.confidence import exact_interval
from vantay.evaluation.identification_index import N_CANDIDATES
from vantay.evaluation.identification_index_files import FIRST_STRANGER, open_synthetic_index
from vantay.evaluation.identification_index_runs import KINDS, SearchPlan
from vantay.evaluation.identification_search import Probe
from vantay.search import GallerySnapshot, identification_threshold, identify
from vantay.search.indexed.few_compared import gallery_of
from vantay.search.indexed.probe import IndexProbe
from vantay.search.indexed.search import identify_indexed
from vantay.search.indexed.snapshot import IndexSnapshot

TARGET_FPIR = 1e-3
BLOCK_SUBJECTS = 1000

Listed = list[tuple[float, str]]
"""Scores and subjects, best first."""


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """A probe, and the identifier of its mate if it is enrolled."""

    probe: IndexProbe
    mate: str | None


def main() -> None:
    """Search both ways, compare, print and write."""
    arguments = parse_arguments()
    file = FiguresFile(arguments)
    console = Console(width=120)
    index, subjects = open_synthetic_index(arguments.folder)
    snapshot = index.snapshot(arguments.subjects)
    plan = SearchPlan(subjects, arguments.subjects, FIRST_STRANGER, arguments.searches // 2)
    figures: dict[str, Any] = {"subjects": arguments.subjects}
    for kind in arguments.kinds.split(","):
        searches = searches_of(plan, kind)
        progress = arguments.folder.with_name(f"{arguments.folder.name}-{kind}-{len(searches)}.progress")
        everyone = compare_everyone(searches, snapshot, progress, arguments.threads, console)
        figures[kind] = differences(searches, everyone, snapshot)
        console.print(f"{kind}: {json.dumps(figures[kind])}", highlight=False)
    file.write(figures)


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="of the index")
    parser.add_argument("--subjects", type=int, default=100_000)
    parser.add_argument("--searches", type=int, default=1000, help="half of them of people enrolled")
    parser.add_argument("--kinds", default="two", help=f"with commas, of {','.join(KINDS)}")
    parser.add_argument("--threads", type=int, default=1, help="that compare everyone")
    parser.add_argument("--json", type=Path, help="write all figures here as well")
    return parser.parse_args()


def searches_of(plan: SearchPlan, kind: str) -> list[Search]:
    """Make the probes."""
    found = []
    for capture, mate in plan.probes(kind):
        if not capture.is_empty:
            probe = Probe.of(capture)
            found.append(
                Search(IndexProbe(probe.fingers, probe.face), None if mate is None else capture.subject_id)
            )
    return found


def compare_everyone(
    searches: Sequence[Search], snapshot: IndexSnapshot, progress: Path, n_threads: int, console: Console
) -> list[Listed]:
    """Compare every probe with everyone, block by block; what is done stands in a file."""
    listed, n_done = read_progress(progress, len(searches))
    n_blocks = sum(-(-part.part.n_rows // BLOCK_SUBJECTS) for part in snapshot.parts)
    samples = samples_of(searches)
    with ThreadPoolExecutor(n_threads) as pool:
        for number, rows in enumerate(blocks(snapshot)):
            if number < n_done:
                continue
            gallery = gallery_of(samples, snapshot, rows)
            found = pool.map(lambda search, block=gallery: best_of_block(search, block), searches)
            listed = [
                sorted(before + new, key=lambda row: (-row[0], row[1]))[:N_CANDIDATES]
                for before, new in zip(listed, found, strict=True)
            ]
            progress.write_text(json.dumps({"n_done": number + 1, "listed": listed}), encoding="utf-8")
            console.print(f"block {number + 1} of {n_blocks}", highlight=False)
    return listed


def samples_of(searches: Sequence[Search]) -> IndexProbe:
    """Give a probe with every finger that one of the searches has, and the face if one has it."""
    fingers = {p: finger for search in searches for p, finger in search.probe.fingers.items()}
    faces = [search.probe.face for search in searches if search.probe.face is not None]
    return IndexProbe(fingers, faces[0] if faces else None)


def read_progress(path: Path, n_searches: int) -> tuple[list[Listed], int]:
    """Read what an earlier run did."""
    if not path.is_file():
        return [[] for _ in range(n_searches)], 0
    told = json.loads(path.read_text(encoding="utf-8"))
    return [[(score, subject) for score, subject in rows] for rows in told["listed"]], told["n_done"]


def blocks(snapshot: IndexSnapshot) -> Iterator[list[np.ndarray[Any, Any]]]:
    """Give the rows of each part that are in each block."""
    for number, part in enumerate(snapshot.parts):
        for first in range(0, part.part.n_rows, BLOCK_SUBJECTS):
            rows = [np.empty(0, np.int64) for _ in snapshot.parts]
            rows[number] = np.arange(first, min(first + BLOCK_SUBJECTS, part.part.n_rows))
            yield rows


def best_of_block(search: Search, gallery: GallerySnapshot) -> Listed:
    """Give the best candidates of a block."""
    fingers = {position: finger.prepared for position, finger in search.probe.fingers.items()}
    result = identify(
        fingers, gallery, face=search.probe.face, max_candidates=N_CANDIDATES, target_fpir=TARGET_FPIR
    )
    return [(candidate.score, candidate.subject_id) for candidate in result.candidates]


def differences(
    searches: Sequence[Search], everyone: Sequence[Listed], snapshot: IndexSnapshot
) -> Mapping[str, Any]:
    """Search by the index and tell how its answers differ."""
    n_mated = n_found = n_lost = n_different = 0
    threshold = identification_threshold(TARGET_FPIR, snapshot.n_subjects)
    for search, exact in zip(searches, everyone, strict=True):
        result = identify_indexed(
            search.probe, snapshot, max_candidates=N_CANDIDATES, target_fpir=TARGET_FPIR
        )
        by_index = [(candidate.score, candidate.subject_id) for candidate in result.candidates]
        hits, exact_hits = ([row for row in rows if row[0] >= threshold] for rows in (by_index, exact))
        n_different += hits != exact_hits
        if search.mate is not None:
            n_mated += 1
            is_found = any(subject == search.mate for _, subject in exact_hits)
            n_found += is_found
            n_lost += is_found and all(subject != search.mate for _, subject in by_index)
    return {
        "searches": len(searches),
        "mated": n_mated,
        "found_by_comparing_everyone": n_found,
        "lost_by_index": n_lost,
        "loss_95": exact_interval(n_lost, n_mated),
        "answers_that_differ": n_different,
    }


if __name__ == "__main__":
    main()
