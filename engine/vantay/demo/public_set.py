"""The accuracy on one public set, where the evaluation data are present."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console

from vantay.evaluation.figures import evaluation_figures
from vantay.evaluation.fvc import open_fvc_sets
from vantay.evaluation.fvc_report import OutputFiles, print_figures, run_sets, write_outputs
from vantay.evaluation.score_table import ScoreTable, read_scores
from vantay.report.page import Figure, Section

_SET = Path("fvc2002") / "DB1_B"
_BESIDE = {"SourceAFIS": "sourceafis", "NBIS": "nbis", "OpenAFIS": "openafis"}
_N_JOBS = 2


def evaluate_public_set(console: Console, output: Path) -> list[Section]:
    """Evaluate FVC2002 DB1_B if ``VANTAY_EVAL_DATA`` (default ``../shared/data``) has it.

    Parameters
    ----------
    console : Console
        For progress and the figures.
    output : Path
        Folder for the plot and the figures as JSON.

    Returns
    -------
    list of Section
        One for the page, or none without the data.
    """
    data = Path(os.environ.get("VANTAY_EVAL_DATA", "../shared/data"))
    folder = data / "fingerprints" / _SET
    if not folder.is_dir():
        console.print(
            f"\nNo public test set at {folder}: set VANTAY_EVAL_DATA to measure on one.", style="dim"
        )
        return []
    console.print(f"\nAccuracy on a public set, {_SET}:", style="bold")
    beside = _beside(data / "peers")
    results = run_sets(console, open_fvc_sets([str(folder)]), None, _N_JOBS)
    figures = evaluation_figures(results, beside)
    print_figures(console, figures)
    plot_path = output / "det.png"
    write_outputs(OutputFiles(json_path=output / "fvc.json", plot_path=plot_path), results, beside, figures)
    rates = figures.pooled
    sentences = [
        f"{rates.n_mated:,} mated and {rates.n_non_mated:,} non-mated comparisons: "
        f"equal error rate {100 * rates.eer:.2f} % (95 % interval {100 * rates.eer_95.low:.2f} to "
        f"{100 * rates.eer_95.high:.2f}), false non-match rate {100 * rates.fnmr_at_fmr_1e3:.2f} % at a "
        f"false match rate of 0.1 %."
    ]
    picture = np.asarray(Image.open(plot_path).convert("RGB"))
    return [Section("Accuracy on a public set: FVC2002 DB1_B", sentences, [Figure(picture, _CAPTION)])]


_CAPTION = (
    "Detection error trade-off, beside the scores of other systems on the same images. Lower is better."
)


def _beside(folder: Path) -> dict[str, ScoreTable]:
    paths = {name: folder / f"{stem}_{_SET.parent.name}_{_SET.name}.csv" for name, stem in _BESIDE.items()}
    return {name: read_scores(path) for name, path in paths.items() if path.is_file()}
