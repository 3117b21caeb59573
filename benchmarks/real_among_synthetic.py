"""Are real people found among synthetic ones? Each FVC set is one person with ten fingers.

    python benchmarks/index_scale.py --folder DIR --subjects 1000000 --searches 0
    python benchmarks/real_among_synthetic.py --folder DIR FVC2002/DB1_B FVC2004/DB3_B@512

The first impression of each finger of a set is enrolled among the subjects of DIR; each other impression is
searched with, all ten fingers at once, and the two index fingers alone: 101 counts as the right thumb, 110 as
the left little finger. A row for each search: rank and score of the mate, and the threshold.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.harness.figures_file import FiguresFile
from rich.console import Console
from rich.table import Table

from vantay.evaluation.fvc import FvcSet, open_fvc_sets
from vantay.evaluation.identification_index import build_blocks, snapshot_of
from vantay.evaluation.identification_index_files import open_synthetic_index
from vantay.evaluation.identification_index_runs import restricted
from vantay.evaluation.identification_search import Capture, ExhaustiveSearcher, Probe
from vantay.evaluation.impressions import extract_impressions
from vantay.search.indexed.search import IndexProbe, identify_indexed
from vantay.search.indexed.snapshot import IndexSnapshot
from vantay.types import FingerPosition, FingerTemplate

FIRST_FINGER = 101
ENROLLED = 1
"""Impression."""

TARGET_FPIR = 1e-3


@dataclass(frozen=True, slots=True)
class RealSearch:
    """What a search by one impression of a set found.

    Attributes
    ----------
    rank : int
        Of the mate; 0 if it is not listed.
    score : float
        Of the comparison with the mate, whether or not it is listed.
    threshold : float
        Of the gallery.
    best_other : float
        Highest score of anybody else.
    """

    person: str
    kind: str
    impression: int
    rank: int
    score: float
    threshold: float
    best_other: float


def main() -> None:
    """Extract, enrol, search, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="+", help="folders of FVC sets, DIR or DIR@PPI")
    parser.add_argument("--folder", type=Path, required=True, help="of the index of synthetic subjects")
    parser.add_argument("--kinds", default="ten,four,two,one", help="of probes, with commas")
    parser.add_argument("--extractor", default="leader")
    parser.add_argument("--jobs", type=int, default=1, help="processes that extract")
    parser.add_argument("--json", type=Path, help="write all searches to this file as well")
    arguments = parser.parse_args()
    file = FiguresFile(arguments)
    index, _ = open_synthetic_index(arguments.folder)
    people = {
        one.name: captures_of(one, arguments.extractor, arguments.jobs)
        for one in open_fvc_sets(arguments.sets)
    }
    (enrolled,) = build_blocks((person[ENROLLED] for person in people.values()), first_number=1 << 40)
    snapshot = snapshot_of([*(part.part for part in index.snapshot().parts), enrolled])
    found = [
        search(snapshot, person, impression, kind)
        for kind in arguments.kinds.split(",")
        for person in people.values()
        for impression in person
        if impression != ENROLLED
    ]
    figures = figures_of(found, snapshot.n_subjects)
    print_searches(figures)
    file.write(figures)


def captures_of(fvc_set: FvcSet, extractor: str, n_jobs: int) -> dict[int, Capture]:
    """Make the captures of the person that a set stands for, by impression."""
    fingers: dict[int, dict[FingerPosition, FingerTemplate]] = defaultdict(dict)
    sources = [(image.path, fvc_set.ppi) for image in fvc_set.images]
    impressions = extract_impressions(sources, extractor, n_jobs=n_jobs)
    for image, impression in zip(fvc_set.images, impressions, strict=True):
        position = FingerPosition(image.finger - FIRST_FINGER + 1)
        if impression.template is not None:
            fingers[image.impression][position] = replace(impression.template, position=position)
    return {number: Capture(fvc_set.name, fingers[number]) for number in sorted(fingers)}


def search(snapshot: IndexSnapshot, person: Mapping[int, Capture], impression: int, kind: str) -> RealSearch:
    """Search with an impression of each of some fingers."""
    capture = restricted(person[impression], kind)
    probe = Probe.of(capture)
    result = identify_indexed(IndexProbe(probe.fingers), snapshot, target_fpir=TARGET_FPIR)
    others = [one.score for one in result.candidates if one.subject_id != capture.subject_id]
    ranks = [one.rank for one in result.candidates if one.subject_id == capture.subject_id]
    alone = ExhaustiveSearcher().open([restricted(person[ENROLLED], kind)])(probe, 1).candidates
    return RealSearch(
        capture.subject_id,
        kind,
        impression,
        ranks[0] if ranks else 0,
        alone[0].score if alone else 0.0,
        result.threshold,
        max(others, default=0.0),
    )


def figures_of(found: Sequence[RealSearch], n_subjects: int) -> dict[str, object]:
    """Count by kind of probe how many mates were found, and give every search."""
    kinds = {}
    for kind in dict.fromkeys(one.kind for one in found):
        of_kind = [one for one in found if one.kind == kind]
        kinds[kind] = {
            "n_searches": len(of_kind),
            "n_rank_1": sum(one.rank == 1 for one in of_kind),
            "n_known": sum(one.rank > 0 and one.score >= one.threshold for one in of_kind),
            "n_lost": sum(one.rank == 0 and one.score >= one.threshold for one in of_kind),
        }
    return {"n_subjects": n_subjects, "kinds": kinds, "searches": [asdict(one) for one in found]}


def print_searches(figures: Mapping[str, Any]) -> None:
    """Print a row for each search, then a line for each kind of probe."""
    console = Console(width=120)
    table = Table("person", "probe", "impression", "rank", "score", "threshold", "best other")
    for one in figures["searches"]:
        numbers = (f"{one[name]:.1f}" for name in ("score", "threshold", "best_other"))
        table.add_row(
            one["person"], one["kind"], str(one["impression"]), str(one["rank"] or "lost"), *numbers
        )
    console.print(table)
    for kind, counts in figures["kinds"].items():
        console.print(
            f"{kind}, {figures['n_subjects']:,} subjects: {counts['n_rank_1']} of {counts['n_searches']} at "
            f"rank 1, {counts['n_known']} at the threshold or above, {counts['n_lost']} above it but lost to "
            "the shortlist"
        )


if __name__ == "__main__":
    main()
