"""How many comparisons a second one core makes, and how long a template takes to prepare.

Run ``python benchmarks/comparison_speed.py [FVC_DIR[@PPI]] [--extractor NAME] [--json FILE]``. Without a
folder, synthetic prints are compared: 20 fingers with four impressions each. Every template is compared with
all, those of its own finger included. Each figure is the median over the probes of the best of several
repeats, which other work on the machine disturbs least; compilation is not part of it. The popcount loop
measured in the same run is the reference for machines of other speed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from vantay.evaluation.fvc import open_fvc_sets
from vantay.evaluation.impressions import extract_impressions
from vantay.fingerprint.comparison import PreparedTemplate, TemplatePack, compare_many, prepare
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
    parser.add_argument("--repeats", type=int, default=15, help="calls for each probe (default 15)")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    templates = read_templates(arguments.folder, arguments.extractor)
    text = json.dumps(measure(templates, arguments.repeats), indent=2)
    print(text)
    if arguments.json:
        arguments.json.write_text(f"{text}\n", encoding="utf-8")


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


def measure(templates: Sequence[FingerTemplate], n_repeats: int) -> dict[str, float]:
    """Return the figures by name."""
    prepared = [prepare(t) for t in templates]
    pack = TemplatePack.of(prepared)
    references = np.arange(len(pack), dtype=np.int64)

    def full(probe: PreparedTemplate) -> object:
        return compare_many(probe, pack)

    def local(probe: PreparedTemplate) -> object:
        return local_scores(probe, pack, references, LOCAL_TABLES)

    full_s = statistics.median(best_s(partial(full, p), n_repeats) for p in prepared)
    local_s = statistics.median(best_s(partial(local, p), n_repeats) for p in prepared)
    prepare_s = statistics.median(best_s(partial(prepare, t), n_repeats) for t in templates)
    words = np.arange(1 << 20, dtype=np.uint64)
    popcount_s = best_s(lambda: np.bitwise_count(words), n_repeats)
    return {
        "n_templates": len(templates),
        "n_minutiae_mean": round(statistics.mean(t.n_minutiae for t in templates), 1),
        "full_comparisons_per_s": round(len(pack) / full_s),
        "local_comparisons_per_s": round(len(pack) / local_s),
        "prepare_ms": round(prepare_s * 1e3, 3),
        "reference_popcounts_per_us": round(words.size / popcount_s / 1e6),
    }


def best_s(call: Callable[[], object], n_repeats: int) -> float:
    """Return the least time of several calls, in seconds, after one that is not counted."""
    call()
    best = float("inf")
    for _ in range(n_repeats):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


if __name__ == "__main__":
    main()
