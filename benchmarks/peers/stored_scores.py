"""Peers that no package index has: their comparison scores of the FVC sets are among the evaluation data.

They were measured elsewhere, so that there are error rates and no times: NBIS (C), OpenAFIS (C++) and
SourceAFIS (Java).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from benchmarks.peers.finger_protocol import STRICT_FMR, FingerPlan
from benchmarks.peers.peer import Figures, PeerUnavailable

from vantay.evaluation.error_rates import equal_error_rate, error_curve, fnmr_at_fmr
from vantay.evaluation.score_table import ImpressionName, ScoreTable, read_scores


def measure_stored(name: str, folder: Path, plan: FingerPlan) -> Iterator[Figures]:
    """Compute the error rates of stored scores, of the comparisons of a plan alone.

    Parameters
    ----------
    name : str
        Files begin with it: ``NAME_fvc2002_DB1_B.csv``.
    folder : Path
    plan : FingerPlan

    Raises
    ------
    PeerUnavailable
        If a set has no file.
    """
    mated, non_mated = [], []
    for one in plan.sets():
        path = folder / f"{name}_{one.name.replace('/', '_')}.csv"
        if not path.is_file():
            raise PeerUnavailable(f"no scores of {name}: no file {path.name}")
        chosen = {(image.finger, image.impression) for image in one.images}
        table = read_scores(path)
        kept = np.array([_is_in(pair, chosen) for pair in zip(table.probes, table.candidates, strict=True)])
        mated.append(_scores(table, kept & table.is_mated))
        non_mated.append(_scores(table, kept & ~table.is_mated))
    curve = error_curve(np.concatenate(mated), np.concatenate(non_mated))
    yield {
        "eer": equal_error_rate(curve),
        "fnmr_at_fmr_1e-3": fnmr_at_fmr(curve, STRICT_FMR),
        "n_mated": sum(len(part) for part in mated),
        "n_non_mated": sum(len(part) for part in non_mated),
    }


def _is_in(pair: tuple[ImpressionName, ImpressionName], chosen: set[tuple[int, int]]) -> bool:
    return all((name.finger, name.impression) in chosen for name in pair)


def _scores(
    table: ScoreTable, kept: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.asarray(table.scores, np.float64)[kept]
