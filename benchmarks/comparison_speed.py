"""How many comparisons a second one core makes, and how long a template takes to prepare.

Run ``python benchmarks/comparison_speed.py [FVC_DIR[@PPI]] [--extractor NAME] [--json FILE]``. Without a
folder, synthetic prints are compared: 20 fingers with four impressions each. Every template is compared with
all others, mated and non-mated alike, never with itself. A rate is the number of all these comparisons over
the processor time of all of them; that of the best of several passes over all templates is told, after one
that compiles. So is the preparation: the time of all templates over their number. The popcount loop measured
in the same run is the reference for machines of other speed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
from benchmarks.harness.figures_file import FiguresFile
from benchmarks.harness.timing import least_s

from vantay.evaluation.fvc import open_fvc_sets
from vantay.evaluation.impressions import extract_impressions
from vantay.fingerprint.comparison import TemplatePack, compare_many, prepare
from vantay.fingerprint.comparison.local import local_scores
from vantay.fingerprint.comparison.stages import LOCAL_TABLES
from vantay.fingerprint.extraction import make_extractor
from vantay.types import FingerTemplate
from vantay_datasets.synthetic.fingerprint import make_impression, make_master

N_FINGERS = 20
N_IMPRESSIONS = 4


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", help="FVC folder, DIR or DIR@PPI (default: synthetic prints)")
    parser.add_argument("--extractor", choices=["leader", "classical"], default=None)
    parser.add_argument("--repeats", type=int, default=5, help="passes over all templates (default 5)")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    file = FiguresFile(arguments)
    templates = read_templates(arguments.folder, arguments.extractor)
    file.print_and_write(measure(templates, arguments.repeats))


def read_templates(folder: str | None, extractor: str | None) -> list[FingerTemplate]:
    """Return the templates of a folder, or of synthetic prints."""
    if folder is None:
        maker = make_extractor(extractor)
        masters = [make_master(seed) for seed in range(N_FINGERS)]
        return [
            maker.extract(make_impression(m, visit).image) for m in masters for visit in range(N_IMPRESSIONS)
        ]
    (fvc_set,) = open_fvc_sets([folder])
    sources = [(image.path, fvc_set.ppi) for image in fvc_set.images]
    found = extract_impressions(sources, extractor)
    return [impression.template for impression in found if impression.template is not None]


def measure(templates: Sequence[FingerTemplate], n_passes: int) -> dict[str, float]:
    """Return the figures by name."""
    prepared = [prepare(t) for t in templates]
    pack = TemplatePack.of(prepared)
    every = np.arange(len(pack), dtype=np.int64)
    tasks = [(probe, np.delete(every, row)) for row, probe in enumerate(prepared)]
    n_comparisons = sum(len(others) for _, others in tasks)

    def compare_fully() -> None:
        for probe, others in tasks:
            compare_many(probe, pack, others)

    def compare_locally() -> None:
        for probe, others in tasks:
            local_scores(probe, pack, others, LOCAL_TABLES)

    def prepare_all() -> None:
        for template in templates:
            prepare(template)

    words = np.arange(1 << 20, dtype=np.uint64)
    popcount_s = least_s(lambda: np.bitwise_count(words), n_passes)
    return {
        "n_templates": len(templates),
        "n_comparisons": n_comparisons,
        "n_minutiae_mean": round(statistics.mean(t.n_minutiae for t in templates), 1),
        "full_comparisons_per_s": round(n_comparisons / least_s(compare_fully, n_passes)),
        "local_comparisons_per_s": round(n_comparisons / least_s(compare_locally, n_passes)),
        "prepare_ms": round(least_s(prepare_all, n_passes) * 1e3 / len(templates), 3),
        "reference_popcounts_per_us": round(words.size / popcount_s / 1e6),
    }


if __name__ == "__main__":
    main()
