"""How ten fingers of strangers of one age score against each other, small children's above all.

    python benchmarks/identification_by_age.py [--json FILE]

Of each band of ages, 300 synthetic people are enrolled and searched for by 100 others and by 50 of their own.
Prints JSON: the share of non-mated scores that reach 20, 30 and 40, where 1 %, 0.1 % and 0.01 % should, and
how many searches go wrong at the engine's threshold for an FPIR of 0.1 %.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import numpy.typing as npt
from benchmarks.harness.figures_file import FiguresFile

from vantay.evaluation.identification_population import OPTIONS
from vantay.evaluation.identification_search import Capture, ExhaustiveSearcher, Probe
from vantay.search import identification_threshold
from vantay_datasets.synthetic.minutiae import TemplateLevel
from vantay_datasets.synthetic.population import Population

AGE_BANDS = ((6, 9), (9, 12), (12, 18), (25, 45))
N_ENROLLED, N_STRANGERS, N_MATED = 300, 100, 50
SCORES = (20.0, 30.0, 40.0)
PEOPLE = Population(1, 24_000, options=OPTIONS)
"""Enough that every band has 400."""


def ages_years() -> npt.NDArray[np.float64]:
    """Give everyone's age at the first encounter."""
    births = np.array([one.birth_date for one in PEOPLE.subjects()], "datetime64[D]")
    batches = PEOPLE.iter_encounters(positions=(), with_faces=False)
    met = np.concatenate([batch.captured_at for batch in batches]).astype("datetime64[D]")
    return np.asarray((met - births).astype(np.float64) / 365.2425)


def captures(indices: Sequence[int], number: int, level: TemplateLevel) -> Iterator[Capture]:
    """Make the n-th encounter of each, from 0."""
    for index in indices:
        one = PEOPLE.encounters(index, index + 1, number, level, with_faces=False).encounter(0)
        yield Capture(one.subject_id, one.fingers)


def measure(members: Sequence[int], level: TemplateLevel) -> dict[str, object]:
    """Search the first of some people for the others, and for themselves."""
    search = ExhaustiveSearcher().open(captures(members[:N_ENROLLED], 0, level))
    threshold = identification_threshold(1e-3, N_ENROLLED)
    strangers = captures(members[N_ENROLLED:], 1, level)
    lists = [search(Probe.of(one), N_ENROLLED).candidates for one in strangers]
    scores = np.array([candidate.score for found in lists for candidate in found])
    n_missed = 0
    for one in captures(members[:N_MATED], 1, level):
        best = search(Probe.of(one), 1).candidates[0]
        n_missed += best.subject_id != one.subject_id or best.score < threshold
    return {
        "n_non_mated": scores.size,
        "reach": {f"{score:g}": round(float(np.mean(scores >= score)), 6) for score in SCORES},
        "n_false": sum(found[0].score >= threshold for found in lists),
        "n_missed": n_missed,
    }


def main() -> None:
    """Measure each band at each level, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    file = FiguresFile(parser.parse_args())
    ages = ages_years()
    figures = {}
    for low, high in AGE_BANDS:
        members = np.flatnonzero((ages >= low) & (ages < high)).tolist()[: N_ENROLLED + N_STRANGERS]
        figures[f"{low} to {high - 1}"] = {str(level): measure(members, level) for level in TemplateLevel}
    file.print_and_write(figures)


if __name__ == "__main__":
    main()
