"""Fit the map from a comparison's log-odds to −10·log10(FMR) on non-mated comparisons.

    python -m vantay.evaluation.comparison_calibration DIR[@PPI] … --output calibration.json

Every impression is compared with every one of another finger, of all folders, both ways round, with the
minutiae of either extractor; the higher of the two false match rates counts. Prints of few minutiae are made
by cutting patches out of whole ones. FVC sets of different years share a volunteer: two fingers whose
impressions mostly look mated are left out, and reported. In the end the map is checked on synthetic prints,
which are cleaner and overlap more than those of the folders.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from vantay.evaluation.calibration_fit import LOG_ODDS, Float64s, fit_table
from vantay.evaluation.fvc import FvcSet, open_fvc_sets
from vantay.evaluation.impressions import extract_impressions
from vantay.fingerprint.comparison.calibration import Calibration, read_calibration
from vantay.fingerprint.comparison.parameters import PARAMETER_HASH
from vantay.fingerprint.comparison.prepared import PreparedTemplate, TemplatePack, prepare
from vantay.fingerprint.comparison.stages import CHUNK, run_stages
from vantay.fingerprint.extraction import Extractor, make_extractor
from vantay.types import FingerTemplate
from vantay_datasets.synthetic.fingerprint import make_impression, make_master

SIZES = (4, 6, 8, 10, 12, 16, 20, 25, 30, 40)
"""Numbers of minutiae for which the table has rows."""

EXTRACTORS = ("leader", "classical")

N_SYNTHETIC = 250
"""Synthetic prints, each seen once."""

MATED_LOG_ODDS = 2.0
"""Two fingers of different sets are one if more than half of their comparisons exceed this."""


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Templates, and which of their comparisons are non-mated.

    Attributes
    ----------
    name : str
        For the provenance.
    templates : sequence of FingerTemplate
        Whole prints.
    non_mated : (n, n) bool
        Which pairs of them count.
    """

    name: str
    templates: Sequence[FingerTemplate]
    non_mated: npt.NDArray[np.bool_]


def compare_all(probes: Sequence[PreparedTemplate], references: Sequence[PreparedTemplate]) -> Float64s:
    """Log-odds of every probe with every reference, (p, r)."""
    pack = TemplatePack.of(references)
    log_odds = np.empty((len(probes), len(references)))
    for row, probe in enumerate(probes):
        for first in range(0, len(references), CHUNK):
            columns = np.arange(first, min(first + CHUNK, len(references)), dtype=np.int64)
            log_odds[row, columns] = run_stages(probe, pack, columns).log_odds
    return log_odds


def cut_patch(template: FingerTemplate, n_minutiae: int, rng: np.random.Generator) -> FingerTemplate:
    """Cut out the minutiae nearest to a random one; as many as there are if there are fewer."""
    minutiae = template.minutiae
    centre = minutiae[rng.integers(minutiae.shape[0])]
    dx = minutiae["x_px"].astype(np.int64) - centre["x_px"]
    dy = minutiae["y_px"].astype(np.int64) - centre["y_px"]
    nearest = np.argsort(dx**2 + dy**2, kind="stable")[:n_minutiae]
    return FingerTemplate(minutiae[nearest], template.width_px, template.height_px)


def non_mated_log_odds(population: Population, n_minutiae: int) -> list[Float64s]:
    """Log-odds between patches of a size and whole prints, and among patches."""
    rng = np.random.default_rng(n_minutiae)
    enough = np.array([t.n_minutiae >= n_minutiae for t in population.templates])
    patches = [
        prepare(cut_patch(t, n_minutiae, rng))
        for t, good in zip(population.templates, enough, strict=True)
        if good
    ]
    whole = [prepare(t) for t, good in zip(population.templates, enough, strict=True) if good]
    counted = population.non_mated[np.ix_(enough, enough)]
    return [compare_all(patches, whole)[counted], compare_all(patches, patches)[counted]]


def fingers_seen_twice(log_odds: Float64s, fingers: Sequence[str]) -> list[tuple[str, str]]:
    """Find pairs of differently named fingers whose comparisons mostly look mated."""
    names = sorted(set(fingers))
    code = np.array([names.index(f) for f in fingers])
    return [
        (names[a], names[b])
        for a in range(len(names))
        for b in range(a + 1, len(names))
        if np.mean(log_odds[np.ix_(code == a, code == b)] > MATED_LOG_ODDS) > 0.5
    ]


def read_folders(
    sets: Sequence[FvcSet], extractor: str, n_jobs: int
) -> tuple[Population, list[tuple[str, str]]]:
    """All impressions of folders, and the pairs of fingers that were found to be one."""
    images = [(image, s) for s in sets for image in s.images]
    impressions = extract_impressions([(image.path, s.ppi) for image, s in images], extractor, n_jobs=n_jobs)
    kept = [(k, i.template) for k, i in enumerate(impressions) if i.template is not None]
    templates = [template for _, template in kept]
    fingers = [f"{images[k][1].name}/{images[k][0].finger}" for k, _ in kept]
    prepared = [prepare(t) for t in templates]
    same = fingers_seen_twice(compare_all(prepared, prepared), fingers)
    first_name = {b: a for a, b in same}
    labels = np.array([first_name.get(f, f) for f in fingers])
    names = ", ".join(s.name for s in sets)
    return Population(f"{names} by {extractor}", templates, labels[:, None] != labels[None, :]), same


def make_synthetic(extractor: str, n_jobs: int) -> Population:
    """Draw synthetic prints, one impression a finger."""
    with ProcessPoolExecutor(n_jobs, multiprocessing.get_context("spawn")) as pool:
        templates = list(pool.map(_synthetic_template, range(N_SYNTHETIC), [extractor] * N_SYNTHETIC))
    return Population(
        f"{N_SYNTHETIC} synthetic prints by {extractor}", templates, ~np.eye(N_SYNTHETIC, dtype=bool)
    )


def _synthetic_template(seed: int, extractor: str) -> FingerTemplate:
    if extractor not in _extractors:
        _extractors[extractor] = make_extractor(extractor)
    return _extractors[extractor].extract(make_impression(make_master(seed), seed).image)


_extractors: dict[str, Extractor] = {}  # one a process


@click.command()
@click.argument("folders", metavar="DIR[@PPI]...", nargs=-1, required=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--jobs", "n_jobs", type=click.IntRange(1), default=1, show_default=True)
def main(folders: tuple[str, ...], output: Path, n_jobs: int) -> None:
    """Fit the calibration of the comparison on FVC folders and write it as JSON."""
    sets = open_fvc_sets(folders)
    populations, left_out = [], set()
    for extractor in EXTRACTORS:
        population, same = read_folders(sets, extractor, n_jobs)
        populations.append(population)
        left_out |= {f"{a} = {b}" for a, b in same}
    log_odds = {n: [x for p in populations for x in non_mated_log_odds(p, n)] for n in SIZES}
    scores, tail_slope = fit_table(log_odds)
    calibration = {
        "parameter_hash": PARAMETER_HASH,
        "provenance": "; ".join(p.name for p in populations),
        "n_comparisons": sum(x.size for values in log_odds.values() for x in values),
        "left_out_as_one_finger": sorted(left_out),
        "n_minutiae": SIZES,
        "log_odds": LOG_ODDS,
        "tail_slope": [round(float(x), 4) for x in tail_slope],
        "scores": [[round(float(x), 3) for x in row] for row in scores],
    }
    lines = ",\n".join(f' "{key}": {json.dumps(value)}' for key, value in calibration.items())
    text = f"{{\n{lines}\n}}\n"
    output.write_text(text, encoding="utf-8")
    click.echo(f"{output}: {calibration['n_comparisons']} comparisons, left out: {left_out or 'none'}")
    for population in [*populations, *(make_synthetic(extractor, n_jobs) for extractor in EXTRACTORS)]:
        click.echo(f"{population.name}: {measured_rates(population, read_calibration(text))}")


def measured_rates(population: Population, calibration: Calibration) -> str:
    """Say which share of a population's non-mated comparisons reaches a few scores."""
    prepared = [prepare(t) for t in population.templates]
    log_odds = compare_all(prepared, prepared)[population.non_mated].astype(np.float32)
    n_valid = np.array([p.n_valid for p in prepared], np.int32)
    n_smaller = np.minimum.outer(n_valid, n_valid)[population.non_mated]
    if log_odds.size == 0:
        return "no non-mated comparisons"
    scores = calibration.score(log_odds, n_smaller)
    rates = ", ".join(f"{np.mean(scores >= at):.2g} reach {at}" for at in (20, 30, 40))
    return f"of {scores.size} non-mated comparisons {rates}"


if __name__ == "__main__":
    sys.exit(main())
