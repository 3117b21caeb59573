"""Cylinders of 8×8×6 and of 16×16×6 cells side by side: error rates, bytes, and time of a comparison.

    python -m benchmarks.cylinder_sizes fvc2002/DB1_B fvc2002/DB3_B fvc2004/DB1_B fvc2004/DB3_B@512

Cylinders and local pairs of both sizes are made here, from their definition (Cappelli, Ferrara, Maltoni, IEEE
PAMI 32(12), 2010, doi:10.1109/TPAMI.2010.52, sections 3 and 4.1), so that the engine's kernels, which know
one size, favour none. Relaxation and alignment are the engine's; they see pairs, not cells. The engine's
weights of the last stage were fitted with 8×8×6: *refitted* is a logistic regression of the same three
quantities on the comparisons that it is told for, for each size its own. Parameters are the engine's, then
radius and threshold of the paper.

Time is that of the one part that grows with the cells: counting the bits in which all cylinders of two prints
differ, by one kernel for both sizes.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from benchmarks.harness.figures_file import FiguresFile
from benchmarks.harness.timing import least_s
from numba import njit
from rich.console import Console
from rich.table import Table
from scipy.optimize import minimize

from vantay.evaluation.error_rates import equal_error_rate, error_curve, fnmr_at_fmr
from vantay.evaluation.fvc import open_fvc_sets
from vantay.evaluation.impressions import extract_impressions
from vantay.fingerprint.comparison import PreparedTemplate, TemplatePack, prepare
from vantay.fingerprint.comparison.alignment import align
from vantay.fingerprint.comparison.cylinders import CylinderTables
from vantay.fingerprint.comparison.evidence import log_odds
from vantay.fingerprint.comparison.local import LocalPairs
from vantay.fingerprint.comparison.parameters import MAX_PAIRS, PARAMETERS, CylinderParameters
from vantay.fingerprint.comparison.prepared import QUALITY, X, Y
from vantay.fingerprint.comparison.relaxation import relax_pairs
from vantay.fingerprint.comparison.stages import LOCAL_TABLES

Float64s = npt.NDArray[np.float64]
Words = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int32]

N_TIMED = 200
"""Comparisons that are timed, each the least of as many repeats as below."""

N_REPEATS = 20
NOT_ALIGNED = -100.0
"""Log-odds of a comparison that ended before the alignment: below all others."""


class CylinderSize(NamedTuple):
    """Cells along the side of a cylinder's base, and all other parameters."""

    name: str
    n_side: int
    parameters: CylinderParameters


_OWN = PARAMETERS.cylinder
SIZES = (
    CylinderSize("8×8×6", 8, _OWN),
    CylinderSize("16×16×6", 16, _OWN),
    CylinderSize("8×8×6, as published", 8, replace(_OWN, radius_px=70.0, bit_threshold=0.01)),
    CylinderSize("16×16×6, as published", 16, replace(_OWN, radius_px=70.0, bit_threshold=0.01)),
)


class Quantities(NamedTuple):
    """What the stages of comparisons gave, (c,) each."""

    is_mated: npt.NDArray[np.bool_]
    local: Float64s
    relaxed: Float64s
    paired: Float64s
    overlap: Float64s
    full: Float64s


def main() -> None:
    """Extract, compare with every size, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="+", help="FVC folders, DIR or DIR@PPI")
    parser.add_argument("--extractor", choices=["leader", "classical"], default=None)
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    file = FiguresFile(arguments)
    sets = [read_set(folder, arguments.extractor) for folder in arguments.folders]
    rows = [measure(size, sets) for size in SIZES]
    print_rows(rows)
    file.write({"sizes": rows})


Prints = list[tuple[int, PreparedTemplate]]
"""Impressions of a set, each with its finger; those without a template are left out."""


def read_set(folder: str, extractor: str | None) -> Prints:
    """Extract the impressions of a set."""
    (fvc_set,) = open_fvc_sets([folder])
    found = extract_impressions([(image.path, fvc_set.ppi) for image in fvc_set.images], extractor)
    return [
        (image.finger, prepare(impression.template))
        for image, impression in zip(fvc_set.images, found, strict=True)
        if impression.template is not None
    ]


def measure(size: CylinderSize, sets: Sequence[Prints]) -> dict[str, Any]:
    """Give all figures of a size; error rates in %, over the comparisons of all sets."""
    words = [[cylinder_words(template, size) for _, template in prints] for prints in sets]
    parts = [compare_set(prints, own) for prints, own in zip(sets, words, strict=True)]
    pooled = Quantities(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    scores = {
        "local": pooled.local,
        "relaxed": pooled.relaxed,
        "full": pooled.full,
        "full, refitted": refitted(pooled),
    }
    rates = {stage: error_rates(pooled.is_mated, values) for stage, values in scores.items()}
    every = [one for own in words for one in own]
    return {
        "size": size.name,
        "n_mated": int(pooled.is_mated.sum()),
        "n_non_mated": int((~pooled.is_mated).sum()),
        "rates": rates,
        "bytes_a_template": float(np.mean([one.nbytes for one in every])),
        "count_us": count_us(every),
    }


def cylinder_words(template: PreparedTemplate, size: CylinderSize) -> Words:
    """Build the cylinders of all minutiae, (n, w) in the order of the prepared columns; 0 if not valid.

    MCC, equations 3 to 9 and 20, without the hull's mask, which the engine leaves out too.
    """
    p, n = size.parameters, template.n_minutiae
    step = 2 * p.radius_px / size.n_side
    offsets = (np.arange(size.n_side) - (size.n_side - 1) / 2) * step
    along, across = (axis.ravel() for axis in np.meshgrid(offsets, offsets, indexing="ij"))
    is_inside = np.hypot(along, across) <= p.radius_px
    x, y = template.minutiae[X, :n].astype(np.float64), template.minutiae[Y, :n].astype(np.float64)
    angle = template.angle[:n].astype(np.int64)
    mass = CylinderTables(p).direction_weight
    bits = np.zeros((n, mass.shape[1], is_inside.size), np.bool_)
    for i in range(n):
        dx, dy = np.delete(x - x[i], i), np.delete(y - y[i], i)
        is_near = np.hypot(dx, dy) <= p.radius_px + 3 * p.sigma_px
        if is_near.sum() < p.min_neighbours:
            continue
        turn = np.exp(-2j * np.pi * angle[i] / 256) * (dx + 1j * dy)[is_near]
        distance_px = np.hypot(np.subtract.outer(turn.real, along), np.subtract.outer(turn.imag, across))
        height = np.exp(-((distance_px / p.sigma_px) ** 2) / 2) / (p.sigma_px * np.sqrt(2 * np.pi))
        differences = (angle[i] - np.delete(angle, i)[is_near]) % 256
        bits[i] = (mass[differences].T @ height >= p.bit_threshold) & is_inside
    return np.packbits(bits.reshape(n, -1), axis=1, bitorder="little").view(np.uint64)


def compare_set(prints: Prints, words: Sequence[Words]) -> Quantities:
    """Compare each impression of a set with each later one."""
    rows: list[Quantities] = []
    for k, (finger, probe) in enumerate(prints[:-1]):
        fingers, others = zip(*prints[k + 1 :], strict=True)
        pack, references = TemplatePack.of(others), np.arange(len(others))
        alike = [likeness(words[k], reference) for reference in words[k + 1 :]]
        pairs = local_pairs(probe, others, alike)
        relaxed = relax_pairs(
            probe, pack, references, pairs, (PARAMETERS.relaxation, LOCAL_TABLES.pair_counts)
        )
        alignments = align(probe, pack, references, pairs, relaxed, PARAMETERS.alignment)
        paired = np.array(
            [paired_likeness(probe, *one) for one in zip(others, alike, alignments.partner, strict=True)],
            np.float32,
        )
        odds = np.maximum(log_odds(paired, alignments, relaxed, PARAMETERS.score), NOT_ALIGNED)
        found = (pairs.score, relaxed.score, paired, alignments.overlap, odds)
        is_mated = np.array(fingers) == finger
        rows.append(Quantities(is_mated, *(values.astype(np.float64) for values in found)))
    return Quantities(*(np.concatenate(columns) for columns in zip(*rows, strict=True)))


def likeness(probe: Words, reference: Words) -> Float64s:
    """Give the similarity of all cylinders of two prints, (n, m); 0 where one is not valid."""
    ones = [np.bitwise_count(words).sum(axis=1).astype(np.float64) for words in (probe, reference)]
    counts = np.empty((len(probe), len(reference)), np.int32)
    _differing_kernel(probe, np.ascontiguousarray(reference.T), counts)
    share = counts / np.maximum(np.add.outer(*ones), 1)
    return np.where(np.logical_and.outer(ones[0] > 0, ones[1] > 0), 1 - np.sqrt(share / 2), 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _differing_kernel(probe: Words, reference: Words, counts: Counts) -> None:
    for i in range(probe.shape[0]):
        counts[i] = 0
        for k in range(probe.shape[1]):
            for j in range(reference.shape[1]):
                word = probe[i, k] ^ reference[k, j]
                # LLVM knows this pattern and emits vpopcntq where the machine has it
                word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
                word = (word & np.uint64(0x3333333333333333)) + (
                    (word >> np.uint64(2)) & np.uint64(0x3333333333333333)
                )
                word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
                counts[i, j] += np.int32((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


def local_pairs(
    probe: PreparedTemplate, references: Sequence[PreparedTemplate], alike: Sequence[Float64s]
) -> LocalPairs:
    """Keep the most alike pairs of each reference, and the mean of the best; as `find_local_pairs`."""
    pairs, rules = LocalPairs(len(references)), PARAMETERS.local
    for r, (reference, values) in enumerate(zip(references, alike, strict=True)):
        n, m = values.shape
        turns = np.subtract.outer(probe.angle[:n].astype(np.int64), reference.angle[:m]) % 256
        is_near = np.minimum(turns, 256 - turns) <= rules.max_direction_difference
        passing = np.where(is_near & (values >= rules.min_similarity), values, 0.0)
        smaller = min(int(values.any(axis=1).sum()), int(values.any(axis=0).sum()))
        limit = min(smaller, MAX_PAIRS, int(np.count_nonzero(passing)))
        best = np.argsort(-passing, axis=None, kind="stable")[:limit]
        pairs.n_pairs[r] = limit
        pairs.columns[r, :limit] = np.column_stack(np.unravel_index(best, passing.shape))
        pairs.similarity[r, :limit] = passing.ravel()[best]
        n_wanted = int(LOCAL_TABLES.pair_counts[smaller])
        pairs.score[r] = pairs.similarity[r, : min(limit, n_wanted)].sum() / n_wanted
    return pairs


def paired_likeness(
    probe: PreparedTemplate, reference: PreparedTemplate, alike: Float64s, partner: npt.NDArray[np.int16]
) -> float:
    """Sum the similarity of the aligned minutiae's cylinders, by quality; as `sum_paired_similarity`."""
    columns = np.flatnonzero(partner >= 0)
    partners = partner[columns].astype(np.int64)
    quality = probe.minutiae[QUALITY, columns] * reference.minutiae[QUALITY, partners]
    return float((alike[columns, partners] * np.sqrt(quality)).sum())


def refitted(quantities: Quantities) -> Float64s:
    """Fit the odds of mated against non-mated to the quantities of these comparisons, and give them."""
    support = np.log(quantities.relaxed + PARAMETERS.score.support_floor)
    columns = np.column_stack([quantities.paired, quantities.overlap, support, np.ones(len(support))])
    is_aligned = quantities.full > NOT_ALIGNED
    rows, signs = columns[is_aligned], np.where(quantities.is_mated[is_aligned], 1.0, -1.0)
    share = np.where(signs > 0, 1 / max(1, (signs > 0).sum()), 1 / max(1, (signs < 0).sum()))

    def loss(weights: Float64s) -> float:
        return float((share * np.logaddexp(0, -signs * (rows @ weights))).sum() + 1e-6 * weights @ weights)

    weights = minimize(loss, np.zeros(columns.shape[1]), method="BFGS").x
    return np.where(is_aligned, columns @ weights, NOT_ALIGNED)


def error_rates(is_mated: npt.NDArray[np.bool_], scores: Float64s) -> dict[str, float]:
    """Give the EER, and the FNMR at two FMRs, in %."""
    curve = error_curve(scores[is_mated], scores[~is_mated])
    fnmr = {f"fnmr_at_{fmr:g}": 100 * fnmr_at_fmr(curve, fmr) for fmr in (0.01, 0.001)}
    return {"eer": 100 * equal_error_rate(curve)} | fnmr


def count_us(words: Sequence[Words]) -> float:
    """Give the mean processor time of counting the differing bits of two prints, in microseconds."""
    total = 0.0
    neighbours = list(pairwise(words))[:: max(1, len(words) // N_TIMED)]
    for probe, reference in neighbours:
        turned, counts = np.ascontiguousarray(reference.T), np.empty((len(probe), len(reference)), np.int32)
        total += least_s(partial(_differing_kernel, probe, turned, counts), N_REPEATS)
    return total * 1e6 / len(neighbours)


def print_rows(rows: Sequence[dict[str, Any]]) -> None:
    """Print a row a size and stage."""
    heads = ("EER %", "FNMR % at FMR 1 %", "at 0.1 %", "bytes a template", "µs")
    table = Table("cylinders", "stage", *heads)
    for row in rows:
        for number, (stage, rates) in enumerate(row["rates"].items()):
            costs = (f"{row['bytes_a_template']:,.0f}", f"{row['count_us']:.2f}") if number == 0 else ("", "")
            name = row["size"] if number == 0 else ""
            table.add_row(name, stage, *(f"{value:.2f}" for value in rates.values()), *costs)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
