"""Fidelity of synthetic populations for a person at a terminal: progress, tables, file and plot."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from vantay.evaluation.error_rates import equal_error_rate, fnmr_at_fmr
from vantay.evaluation.faces import FAILED_COSINE, FaceTask, evaluate_faces
from vantay.evaluation.fidelity import Distance, PrintMeasures, PrintSet, distances, measure_prints
from vantay.evaluation.fidelity_synthetic import face_cosines, make_print_sets
from vantay.evaluation.fvc import FvcSet
from vantay.evaluation.impressions import extract_impressions
from vantay.evaluation.reliability import Reliability, reliability_of
from vantay.evaluation.run_file import (
    COSINE_BINS,
    SCORE_BINS,
    Curve,
    Run,
    RunKind,
    error_trade_off,
    histogram,
)
from vantay.face.extraction import FaceExtractor
from vantay.report.search_plots import plot_fidelity
from vantay_datasets.synthetic.minutiae import TemplateLevel

FloatArray = npt.NDArray[np.float64]

N_SETS = 16
"""Synthetic sets: 160 fingers, 4,480 mated and 46,080 non-mated comparisons, four times as many as FVC's."""

N_PEOPLE, N_PHOTOS = 500, 2
"""Synthetic faces."""

BINS: Mapping[str, FloatArray] = {
    "n_minutiae": np.arange(0.0, 132.0, 4.0),
    "density": np.arange(0.0, 1.025, 0.025),
    "nearest_neighbour_px": np.arange(0.0, 82.0, 2.0),
    "quality": np.arange(0.0, 104.0, 4.0),
    "mated_log_odds": np.arange(-20.0, 71.0, 1.0),
    "non_mated_log_odds": np.arange(-20.0, 71.0, 1.0),
    "mated_cosines": COSINE_BINS,
    "non_mated_cosines": COSINE_BINS,
}
"""Edges of histograms; what is beyond counts in the last bin."""

_SCORES = ("mated_scores", "non_mated_scores")
KS_BAR = 0.10
"""Up to this distance of scores, a population counts as like the real one."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Measures of the real and of the synthetic prints."""

    real: PrintMeasures
    synthetic: PrintMeasures

    def named(self) -> dict[str, PrintMeasures]:
        """Give both by name."""
        return {"real": self.real, "synthetic": self.synthetic}


@dataclass(frozen=True, slots=True, eq=False)
class CosinePair:
    """Mated and non-mated cosines of real and of synthetic faces."""

    real: Mapping[str, FloatArray]
    synthetic: Mapping[str, FloatArray]

    def named(self) -> dict[str, Mapping[str, FloatArray]]:
        """Give both by name."""
        return {"real": self.real, "synthetic": self.synthetic}


def run_prints(
    console: Console,
    sets: Sequence[FvcSet],
    level: TemplateLevel,
    *,
    extractor_name: str | None = None,
    seed: int = 1,
    n_jobs: int = 1,
) -> Pair:
    """Measure real sets and synthetic ones, with a progress bar.

    Parameters
    ----------
    console : Console
        For the bar.
    sets : sequence of FvcSet
        From `open_fvc_sets`.
    level : TemplateLevel
        Of the synthetic prints.
    extractor_name : str or None
        As for `vantay.fingerprint.extraction.make_extractor`.
    seed : int
        Of the synthetic prints.
    n_jobs : int
        Processes for the extraction.

    Returns
    -------
    Pair
        Measures of both.
    """
    with _progress(console) as progress:
        bar = progress.add_task("real prints", total=sum(len(one.images) for one in sets))
        real = [_extract(one, extractor_name, n_jobs, lambda: progress.advance(bar)) for one in sets]
    return Pair(measure_prints(real), measure_prints(make_print_sets(N_SETS, level, seed)))


def run_faces(console: Console, task: FaceTask, extractor: FaceExtractor, seed: int = 1) -> CosinePair:
    """Measure the cosines of real photos and of synthetic faces; photos without a template are left out."""
    with _progress(console) as progress:
        bar = progress.add_task("real faces", total=len(task.photos))
        scores = evaluate_faces(task, extractor, advance=lambda: progress.advance(bar)).scores
    is_made = scores.scores != FAILED_COSINE
    real = {
        "mated_cosines": scores.scores[is_made & scores.is_mated],
        "non_mated_cosines": scores.scores[is_made & ~scores.is_mated],
    }
    return CosinePair(real, face_cosines(N_PEOPLE, N_PHOTOS, seed))


def print_fidelity(console: Console, prints: Pair | None, faces: CosinePair | None) -> None:
    """Print distances, error rates and tails."""
    if prints:
        console.print(_distance_table("Prints", distances_of(prints)))
        console.print(_rate_table(prints))
    if faces:
        console.print(_distance_table("Faces", distances(faces.real, faces.synthetic)))


def distances_of(prints: Pair) -> dict[str, Distance]:
    """Measure the distance of each distribution of prints."""
    return distances(prints.real.distributions, prints.synthetic.distributions)


def make_run(prints: Pair | None, faces: CosinePair | None, parameters: Mapping[str, object]) -> Run:
    """Put everything measured into the form of a run file.

    Parameters
    ----------
    prints : Pair or None
        None if there were no folders of prints.
    faces : CosinePair or None
        None if there was no folder of faces.
    parameters : mapping of str to object
        The options.

    Returns
    -------
    Run
        Of kind ``fidelity``.
    """
    figures: dict[str, object] = {"distances": {}, "error_rates": {}, "tails": {}, "faces": None}
    curves: dict[str, dict[str, Curve]] = {}
    if prints:
        figures["distances"] = {name: one.as_json() for name, one in distances_of(prints).items()}
        figures["error_rates"] = {name: _rates_json(one) for name, one in prints.named().items()}
        figures["tails"] = {name: _tails_json(_reliability(one)) for name, one in prints.named().items()}
        curves["det"] = {name: error_trade_off(one.curve()) for name, one in prints.named().items()}
        curves |= _histograms({name: one.distributions for name, one in prints.named().items()})
    if faces:
        found = distances(faces.real, faces.synthetic)
        figures["faces"] = {"distances": {name: one.as_json() for name, one in found.items()}}
        curves |= _histograms(faces.named())
    return Run(RunKind.FIDELITY, parameters, figures, curves)


def draw(path: Path, run: Run, title: str) -> None:
    """Draw the curves of a run: histograms of every distribution, and the trade-offs together."""
    faces = run.figures["faces"]
    found = {**run.figures["distances"], **(faces["distances"] if faces else {})}  # type: ignore[dict-item,index]
    plot_fidelity(path, run.curves, {name: one["ks"] for name, one in found.items()}, title)


def _extract(one: FvcSet, extractor_name: str | None, n_jobs: int, advance: Callable[[], None]) -> PrintSet:
    sources = [(image.path, one.ppi) for image in one.images]
    return PrintSet.of_images(
        one, extract_impressions(sources, extractor_name, n_jobs=n_jobs, advance=advance)
    )


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def _histograms(populations: Mapping[str, Mapping[str, FloatArray]]) -> dict[str, dict[str, Curve]]:
    names = list(dict.fromkeys(name for one in populations.values() for name in one))
    return {
        name: {
            population: histogram(one[name], BINS.get(name, SCORE_BINS), as_shares=True)
            for population, one in populations.items()
        }
        for name in names
    }


def _reliability(measures: PrintMeasures) -> Reliability:
    return reliability_of(measures.distributions["non_mated_scores"])


def _tails_json(reliability: Reliability) -> dict[str, object]:
    document = reliability.as_json()
    return {"n_non_mated": document["n_comparisons"], "at_score": document["at_score"]}


def _rates_json(measures: PrintMeasures) -> dict[str, float]:
    curve = measures.curve()
    return {
        "eer": equal_error_rate(curve),
        "fnmr_at_fmr_1e-2": fnmr_at_fmr(curve, 1e-2),
        "fnmr_at_fmr_1e-3": fnmr_at_fmr(curve, 1e-3),
        "fte": measures.fte,
    }


def _distance_table(title: str, found: Mapping[str, Distance]) -> Table:
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", no_wrap=True)
    for heading in ("KS", "mean,\nreal", "mean,\nsynthetic", "n,\nreal", "n,\nsynthetic"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, one in found.items():
        style = "yellow" if name.endswith(("_scores", "_cosines")) and one.ks > KS_BAR else ""
        means = (f"{one.mean_real:.4g}", f"{one.mean_synthetic:.4g}")
        counts = (f"{one.n_real:,}", f"{one.n_synthetic:,}")
        table.add_row(name.replace("_", " "), f"{one.ks:.3f}", *means, *counts, style=style)
    return table


def _rate_table(prints: Pair) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("", no_wrap=True)
    headings = ("EER\n%", "FNMR %, at\nFMR 1 %", "at\nFMR 0.1 %", "FMR %, at\nscore 20", "at\n30", "at\n40")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for name, one in prints.named().items():
        rates = list(_rates_json(one).values())[:3]
        tail = [100 * rate.measured for rate in _reliability(one).tail]
        table.add_row(name, *(f"{100 * rate:.2f}" for rate in rates), *(f"{share:.3f}" for share in tail))
    return table
