"""How far down the stages of a search put the mates: what the sizes of the shortlists follow from.

    python benchmarks/index_scale.py --folder DIR --subjects 100000 --searches 0
    python benchmarks/shortlist_ranks.py --folder DIR --searches 1000 --kinds two --json FILE

For each person searched for: how many others have coarse codes more alike, more evidence by the fine codes,
or more by sketches among those whom the fine codes put first. Ranks by codes grow with the gallery; they are
told for a million subjects. Only mates count whose score is a match among a million: no stage can help the
others.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple, TypedDict

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from benchmarks.harness.figures_file import FiguresFile
from rich.console import Console
from rich.table import Table

from vantay.evaluation.identification_index_files import FIRST_STRANGER, open_synthetic_index
from vantay.evaluation.identification_index_runs import KINDS, SearchPlan, score_alone
from vantay.evaluation.identification_search import Probe
from vantay.search.fusion import identification_threshold
from vantay.search.indexed.evidence import CODE_DEVIATION, log_likelihood_ratio
from vantay.search.indexed.probe import IndexProbe, n_in_common, probe_vectors
from vantay.search.indexed.sketching import sketch_evidence
from vantay.search.indexed.snapshot import IndexSnapshot

MILLION = 1_000_000
TARGET_FPIR = 1e-3
N_SKETCHED = 200
"""Of the first by the fine codes, whose sketches are compared."""

QUANTILES = (0.5, 0.9, 0.99, 0.995, 0.999, 1.0)


class MateRanks(NamedTuple):
    """How many others each stage puts before a mate."""

    coarse: int
    fine: int
    sketches: int


class RankFigures(TypedDict):
    """What is told of a kind of probe: the ranks by stage and quantile."""

    n_mates: int
    stages: dict[str, dict[str, float]]


def main() -> None:
    """Search, print a table for each kind of probe, and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, required=True, help="of an index of `index_scale.py`")
    parser.add_argument("--subjects", type=int, help="a smaller gallery of it")
    parser.add_argument("--searches", type=int, default=1000)
    parser.add_argument("--kinds", default="ten,four,two,one", help=f"some of {','.join(KINDS)}")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    file = FiguresFile(arguments)
    index, subjects = open_synthetic_index(arguments.folder)
    snapshot = index.snapshot(arguments.subjects)
    plan = SearchPlan(subjects, snapshot.n_subjects, FIRST_STRANGER, arguments.searches)
    figures: dict[str, object] = {"n_subjects": snapshot.n_subjects}
    for kind in arguments.kinds.split(","):
        found = figures_of(ranks_of(snapshot, plan, kind), snapshot.n_subjects)
        figures[kind] = found
        print_ranks(kind, found)
    file.write(figures)


def ranks_of(snapshot: IndexSnapshot, plan: SearchPlan, kind: str) -> list[MateRanks]:
    """Rank the mates who would be matches among a million."""
    threshold = identification_threshold(TARGET_FPIR, MILLION)
    found: list[MateRanks] = []
    for capture, mate in plan.probes(kind):
        if mate is not None and not capture.is_empty:
            probe = Probe.of(capture)
            if score_alone(plan.subjects, probe, mate, kind) >= threshold:
                found.append(rank_mate(IndexProbe(probe.fingers, probe.face), snapshot, mate))
    return found


def rank_mate(probe: IndexProbe, snapshot: IndexSnapshot, mate: int) -> MateRanks:
    """Rank one mate by each stage, among everyone; `mate` counts over all parts."""
    coarse, fine = (np.empty(snapshot.n_subjects, np.float32) for _ in range(2))
    first = 0
    for part in snapshot.parts:
        n_rows = part.part.n_rows
        (vector,), (leading,) = (probe_vectors(by, part.part) for by in (probe, probe.leading()))
        rows, scores = part.part.vectors.search(leading, n_rows)
        coarse[first + rows] = scores
        products = part.part.vectors.refine(vector, np.arange(n_rows)) / np.float32(CODE_DEVIATION)
        evidence = log_likelihood_ratio(products, n_in_common(probe, part))
        fine[first : first + n_rows] = evidence
        first += n_rows
    best = np.union1d(np.argsort(-fine)[:N_SKETCHED], [mate])
    sketches: list[float] = []
    first = 0
    for part in snapshot.parts:
        rows = best[(best >= first) & (best < first + part.part.n_rows)] - first
        sketches += sketch_evidence(probe, part.part, rows).tolist()
        first += part.part.n_rows
    own = sketches[int(np.searchsorted(best, mate))]
    return MateRanks(
        int(np.count_nonzero(coarse > coarse[mate])),
        int(np.count_nonzero(fine > fine[mate])),
        int(np.count_nonzero(np.array(sketches) > own)),
    )


def figures_of(ranks: list[MateRanks], n_subjects: int) -> RankFigures:
    """Give quantiles of the ranks by stage, for a million subjects but for those by sketches."""
    stages = {}
    for stage, column in zip(MateRanks._fields, np.array(ranks).T, strict=True):
        scale = 1 if stage == "sketches" else MILLION / n_subjects
        values = np.quantile(column, QUANTILES, method="higher") * scale
        stages[stage] = {f"p{100 * q:g}": float(value) for q, value in zip(QUANTILES, values, strict=True)}
    return {"n_mates": len(ranks), "stages": stages}


def print_ranks(kind: str, figures: RankFigures) -> None:
    """Print a row for each stage."""
    heads = (f"{100 * q:g} %" for q in QUANTILES)
    table = Table("stage", *heads, title=f"{kind}: {figures['n_mates']} mates")
    for stage, values in figures["stages"].items():
        table.add_row(stage, *(f"{value:,.0f}" for value in values.values()))
    Console().print(table)


if __name__ == "__main__":
    main()
