"""Fit the map from a comparison's log-odds to −10·log10(FMR) on non-mated comparisons.

    python -m vantay.evaluation.comparison_calibration DIR[@PPI] … --output calibration.json

Every impression is compared with every impression of another finger, of all sets, both ways round. FVC sets
of different years share volunteers: a pair of fingers whose impressions mostly look mated is left out and reported.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from vantay.evaluation.fvc import FvcSet, open_fvc_sets
from vantay.evaluation.impressions import extract_impressions
from vantay.fingerprint.comparison.compare import CHUNK, run_stages
from vantay.fingerprint.comparison.parameters import PARAMETER_HASH
from vantay.fingerprint.comparison.prepared import TemplatePack, prepare

Float64s = npt.NDArray[np.float64]

KNOT_RATES = (0.999, 0.9, 0.75, 0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005)
"""False match rates at which the map has knots; the tail beyond the last one is exponential."""

MATED_LOG_ODDS = 2.0
"""Two fingers of different sets are one if more than half of their comparisons exceed this."""


def fit_knots(raw: Float64s, rates: Sequence[float] = KNOT_RATES) -> tuple[Float64s, Float64s, float]:
    """Fit a monotone map to non-mated log-odds.

    Parameters
    ----------
    raw : (n,) float64
        Log-odds of non-mated comparisons, several thousand at least.
    rates : sequence of float
        Descending false match rates of the knots.

    Returns
    -------
    raw_knots, score_knots : (k,) float64
        Ascending; a score of 0 at the smallest log-odds.
    tail_slope : float
        Score per unit beyond the last knot. The excess over that knot is taken as exponential, its mean
        raised by two standard errors, so that scores are rather too low than too high.

    References
    ----------
    Pickands: "Statistical Inference Using Extreme Order Statistics", Annals of Statistics 3(1), 1975,
    doi:10.1214/aos/1176343003 (excesses over a high threshold; here with shape 0).
    """
    knots = np.quantile(raw, 1 - np.asarray(rates))
    excess = raw[raw > knots[-1]] - knots[-1]
    mean_excess = excess.mean() * (1 + 2 / np.sqrt(excess.size))
    scores = -10 * np.log10(rates)
    return (
        np.concatenate([[raw.min()], knots]),
        np.concatenate([[0.0], scores]),
        float(10 / np.log(10) / mean_excess),
    )


def compare_all(sets: Sequence[FvcSet], extractor: str | None, n_jobs: int) -> tuple[Float64s, list[str]]:
    """Log-odds of every impression with every one, and the finger each impression shows."""
    images = [(image, s) for s in sets for image in s.images]
    impressions = extract_impressions([(image.path, s.ppi) for image, s in images], extractor, n_jobs=n_jobs)
    kept = [k for k, impression in enumerate(impressions) if impression.template is not None]
    fingers = [f"{images[k][1].name}/{images[k][0].finger}" for k in kept]
    prepared = [prepare(t) for k in kept if (t := impressions[k].template) is not None]
    pack = TemplatePack.of(prepared)
    raw = np.empty((len(prepared), len(prepared)))
    for row, probe in enumerate(prepared):
        for first in range(0, len(prepared), CHUNK):
            columns = np.arange(first, min(first + CHUNK, len(prepared)), dtype=np.int64)
            raw[row, columns] = run_stages(probe, pack, columns).raw
    return raw, fingers


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
    raw, same = non_mated_scores(*compare_all(sets, extractor, n_jobs))
    knots, scores, tail_slope = fit_knots(raw)
    names = ", ".join(s.name for s in sets)
    calibration = {
        "raw": [round(float(x), 4) for x in knots],
        "scores": [round(float(x), 4) for x in scores],
        "tail_slope": round(tail_slope, 4),
        "parameter_hash": PARAMETER_HASH,
        "provenance": f"{raw.size} non-mated comparisons of {names}, extractor {extractor}",
        "left_out_as_one_finger": same,
    }
    output.write_text(json.dumps(calibration, indent=1) + "\n", encoding="utf-8")
    click.echo(f"{output}: {calibration['provenance']}; left out: {same or 'none'}", err=True)


if __name__ == "__main__":
    sys.exit(main())
