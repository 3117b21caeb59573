"""Fit the map from a comparison's log-odds to −10·log10(FMR) on non-mated comparisons.

    python -m vantay.evaluation.comparison_calibration DIR[@PPI] … --output calibration.json

Two populations are measured: the impressions of the folders, and synthetic prints, which are cleaner and
overlap more than those. At each log-odds the higher of the two false match rates counts, so that a score
promises too little rather than too much. Every impression is compared with every one of another finger,
of all folders, both ways round. FVC sets of different years share a volunteer: two fingers whose impressions
mostly look mated are left out, and reported.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from vantay.evaluation.fvc import FvcSet, open_fvc_sets
from vantay.evaluation.impressions import extract_impressions
from vantay.fingerprint.comparison.stages import CHUNK, run_stages
from vantay.fingerprint.comparison.parameters import PARAMETER_HASH
from vantay.fingerprint.comparison.prepared import TemplatePack, prepare
from vantay.fingerprint.extraction import Extractor, make_extractor
from vantay.types import FingerTemplate
from vantay_datasets.synthetic.fingerprint import make_impression, make_master

Float64s = npt.NDArray[np.float64]

KNOT_STEP = 0.5
"""Distance of the knots in log-odds."""

TAIL_RATE = 0.005
"""False match rate from which on the tail is taken as exponential."""

TAIL_SPAN = 4.0
"""Log-odds by which knots reach beyond the start of the latest tail."""

N_SYNTHETIC = 250
"""Synthetic prints, each seen once: 62,250 comparisons."""

MATED_LOG_ODDS = 2.0
"""Two fingers of different sets are one if more than half of their comparisons exceed this."""


def false_match_rate(raw: Float64s, at: Float64s) -> Float64s:
    """Share of non-mated log-odds above each value, with an exponential tail where few are left.

    Parameters
    ----------
    raw : (n,) float64
        Log-odds of non-mated comparisons, several thousand at least; −∞ for those that ended early.
    at : (k,) float64
        Where to evaluate.

    Returns
    -------
    (k,) float64
        Beyond the quantile of `TAIL_RATE` the excess over it is taken as exponential, its mean raised by two
        standard errors.

    References
    ----------
    Pickands: "Statistical Inference Using Extreme Order Statistics", Annals of Statistics 3(1), 1975,
    doi:10.1214/aos/1176343003 (excesses over a high threshold; here with shape 0).
    """
    ordered = np.sort(raw)
    counted = 1 - np.searchsorted(ordered, at, side="right") / raw.size
    start = float(np.quantile(ordered[np.isfinite(ordered)], 1 - TAIL_RATE / np.isfinite(raw).mean()))
    excess = ordered[ordered > start] - start
    mean_excess = excess.mean() * (1 + 2 / np.sqrt(excess.size))
    tail = TAIL_RATE * np.exp(-np.maximum(at - start, 0) / mean_excess)
    return np.where(at > start, tail, counted)


def fit_knots(populations: Sequence[Float64s]) -> tuple[Float64s, Float64s, float]:
    """Fit a monotone map to the non-mated log-odds of several populations.

    Parameters
    ----------
    populations : sequence of (n,) float64
        As for `false_match_rate`.

    Returns
    -------
    raw_knots, score_knots : (k,) float64
        Ascending.
    tail_slope : float
        Score per unit of log-odds beyond the last knot.
    """
    finite = [p[np.isfinite(p)] for p in populations]
    low = min(float(p.min()) for p in finite)
    high = max(float(np.quantile(p, 1 - TAIL_RATE)) for p in finite) + TAIL_SPAN
    raw = np.arange(np.floor(low / KNOT_STEP), np.ceil(high / KNOT_STEP) + 1) * KNOT_STEP
    rate = np.max([false_match_rate(p, raw) for p in populations], axis=0)
    scores = np.maximum.accumulate(-10 * np.log10(rate))
    return raw, scores, float((scores[-1] - scores[-3]) / (raw[-1] - raw[-3]))


def compare_all(templates: Sequence[FingerTemplate]) -> Float64s:
    """Log-odds of every template with every one, (n, n)."""
    prepared = [prepare(t) for t in templates]
    pack = TemplatePack.of(prepared)
    raw = np.empty((len(prepared), len(prepared)))
    for row, probe in enumerate(prepared):
        for first in range(0, len(prepared), CHUNK):
            columns = np.arange(first, min(first + CHUNK, len(prepared)), dtype=np.int64)
            raw[row, columns] = run_stages(probe, pack, columns).log_odds
    return raw


def measure_folders(sets: Sequence[FvcSet], extractor: str, n_jobs: int) -> tuple[Float64s, list[str]]:
    """Non-mated log-odds among all impressions of folders, and the fingers that were left out."""
    images = [(image, s) for s in sets for image in s.images]
    impressions = extract_impressions([(image.path, s.ppi) for image, s in images], extractor, n_jobs=n_jobs)
    kept = [(k, i.template) for k, i in enumerate(impressions) if i.template is not None]
    fingers = [f"{images[k][1].name}/{images[k][0].finger}" for k, _ in kept]
    return non_mated_scores(compare_all([template for _, template in kept]), fingers)


def measure_synthetic(extractor: str, n_jobs: int) -> Float64s:
    """Non-mated log-odds among synthetic prints."""
    with ProcessPoolExecutor(n_jobs, multiprocessing.get_context("spawn")) as pool:
        templates = list(pool.map(_synthetic_template, range(N_SYNTHETIC), [extractor] * N_SYNTHETIC))
    raw = compare_all(templates)
    return raw[~np.eye(len(templates), dtype=bool)]


def _synthetic_template(seed: int, extractor: str) -> FingerTemplate:
    if extractor not in _extractors:
        _extractors[extractor] = make_extractor(extractor)
    return _extractors[extractor].extract(make_impression(make_master(seed), seed).image)


_extractors: dict[str, Extractor] = {}  # one a process


def non_mated_scores(raw: Float64s, fingers: Sequence[str]) -> tuple[Float64s, list[str]]:
    """Log-odds between different fingers, and the pairs of names left out since they look like one finger."""
    names = sorted(set(fingers))
    code = np.array([names.index(f) for f in fingers])
    keep = code[:, None] != code[None, :]
    same = []
    for a in range(len(names)):
        for b in range(a + 1, len(names)):
            block = (code[:, None] == a) & (code[None, :] == b)
            if np.mean(raw[block] > MATED_LOG_ODDS) > 0.5:
                keep &= ~(block | block.T)
                same.append(f"{names[a]} = {names[b]}")
    return raw[keep], same


@click.command()
@click.argument("folders", metavar="DIR[@PPI]...", nargs=-1, required=True)
@click.option("--extractor", type=click.Choice(["leader", "classical"]), default="leader", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--jobs", "n_jobs", type=click.IntRange(1), default=1, show_default=True)
def main(folders: tuple[str, ...], extractor: str, output: Path, n_jobs: int) -> None:
    """Fit the calibration of the comparison on FVC folders and write it as JSON."""
    sets = open_fvc_sets(folders)
    real, same = measure_folders(sets, extractor, n_jobs)
    synthetic = measure_synthetic(extractor, n_jobs)
    knots, scores, tail_slope = fit_knots([real, synthetic])
    names = ", ".join(s.name for s in sets)
    calibration = {
        "raw": [round(float(x), 4) for x in knots],
        "scores": [round(float(x), 4) for x in scores],
        "tail_slope": round(tail_slope, 4),
        "parameter_hash": PARAMETER_HASH,
        "provenance": (
            f"{real.size} non-mated comparisons of {names} and {synthetic.size} of synthetic prints, "
            f"extractor {extractor}"
        ),
        "left_out_as_one_finger": same,
    }
    output.write_text(json.dumps(calibration, indent=1) + "\n", encoding="utf-8")
    click.echo(f"{output}: {calibration['provenance']}; left out: {same or 'none'}", err=True)


if __name__ == "__main__":
    sys.exit(main())
