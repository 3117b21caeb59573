"""The protocol of the FVC sets, for any finger peer: every image once, every pair of a set once."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
from benchmarks.peers.peer import Figures, FingerPeer, PeerUnavailable

from vantay.evaluation.error_rates import equal_error_rate, error_curve, fnmr_at_fmr
from vantay.evaluation.fvc import FvcSet, open_fvc_sets
from vantay.fingerprint.image import read_finger_image
from vantay.types import FingerImage
from vantay_datasets.fvc import FvcImage

STRICT_FMR = 1e-3
N_BETWEEN_REPORTS = 8
"""Images after which is told what was measured so far: a peer may not come to the end."""

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FingerPlan:
    """Which impressions are compared.

    Attributes
    ----------
    folders : tuple of str
        FVC sets, ``DIR`` or ``DIR@PPI``.
    n_fingers, n_impressions : int, optional
        The first of each set; all if not given.
    """

    folders: tuple[str, ...]
    n_fingers: int | None = None
    n_impressions: int | None = None

    def sets(self) -> list[FvcSet]:
        """Find the images."""
        return [
            FvcSet(one.name, tuple(self.chosen(one.images)), one.ppi)
            for one in open_fvc_sets(list(self.folders))
        ]

    def chosen(self, images: Sequence[FvcImage]) -> list[FvcImage]:
        """Leave the fingers and impressions that are compared."""
        fingers = sorted({image.finger for image in images})[: self.n_fingers]
        impressions = sorted({image.impression for image in images})[: self.n_impressions]
        return [image for image in images if image.finger in fingers and image.impression in impressions]


def measure_fingers(make: Callable[[], FingerPeer], plan: FingerPlan) -> Iterator[Figures]:
    """Make all templates, then all comparisons, then the error rates.

    Parameters
    ----------
    make : callable
        Gives the peer.
    plan : FingerPlan

    Yields
    ------
    Figures
        ``extract_ms``, median processor time of an image; ``comparisons_per_s`` of processor time;
        ``eer`` and ``fnmr_at_fmr_1e-3`` of all sets with one threshold; ``n_images``, ``n_failed`` (no
        template), ``n_mated``, ``n_non_mated`` and ``n_errors`` (comparisons that raised). What failed
        scores 0.
    """
    peer, sets = make(), plan.sets()
    templates: list[list[Any]] = [[] for _ in sets]
    figures: Figures = {"n_images": 0, "n_failed": 0}
    for figures in _extracted_sets(peer, sets, templates):
        if figures["n_images"] % N_BETWEEN_REPORTS == 0:
            yield figures
    yield figures
    for found in _compared(peer, sets, templates):
        yield figures | found


def _extracted_sets(
    peer: FingerPeer, sets: Sequence[FvcSet], templates: Sequence[list[Any]]
) -> Iterator[Figures]:
    """Make the templates of each set, and give after each image what was measured so far."""
    n_failed = 0
    times_ms: list[float] = []
    for one, made in zip(sets, templates, strict=True):
        for image in one.images:
            sample = read_finger_image(image.path, ppi=one.ppi)
            if not times_ms:  # what compiles or loads at first use is no part of the time
                _extracted(peer, sample)
            start = time.process_time()
            template = _extracted(peer, sample)
            times_ms.append((time.process_time() - start) * 1e3)
            made.append(template)
            n_failed += template is None
            median_ms = statistics.median(times_ms)
            yield {"n_images": len(times_ms), "n_failed": n_failed, "extract_ms": median_ms}


def _extracted(peer: FingerPeer, image: FingerImage) -> Any:
    """Make a template; None if there is none."""
    try:
        return peer.extract(image)
    except PeerUnavailable:
        raise
    except Exception:  # noqa: BLE001 - whatever a peer raises is a failure to acquire
        return None


def _compared(
    peer: FingerPeer, sets: Sequence[FvcSet], templates: Sequence[Sequence[Any]]
) -> Iterator[Figures]:
    """Compare within each set, tell the speed again and again, and pool the scores at the end."""
    mated: list[FloatArray] = []
    non_mated: list[FloatArray] = []
    seconds, n_compared, n_errors = 0.0, 0, 0
    speed: Figures = {}
    for one, made in zip(sets, templates, strict=True):
        scores = np.zeros((len(made), len(made)))
        for row, others, found, row_s in _score_rows(peer, made):
            scores[row, others] = found
            seconds, n_compared = seconds + row_s, n_compared + len(others)
            speed = {"comparisons_per_s": n_compared / seconds} if seconds else {}
            yield speed
        probe, reference = np.array(list(combinations(range(len(made)), 2))).T
        fingers = np.array([image.finger for image in one.images])
        n_errors += int(np.isnan(scores).sum())
        values = np.nan_to_num(scores[probe, reference], nan=0.0)
        is_mated = fingers[probe] == fingers[reference]
        mated.append(values[is_mated])
        non_mated.append(values[~is_mated])
    curve = error_curve(np.concatenate(mated), np.concatenate(non_mated))
    yield speed | {
        "eer": equal_error_rate(curve),
        "fnmr_at_fmr_1e-3": fnmr_at_fmr(curve, STRICT_FMR),
        "n_mated": sum(len(part) for part in mated),
        "n_non_mated": sum(len(part) for part in non_mated),
        "n_errors": n_errors,
    }


def _score_rows(
    peer: FingerPeer, made: Sequence[Any]
) -> Iterator[tuple[int, list[int], npt.ArrayLike, float]]:
    """Give each row with all after it, their scores, and the processor time; no row of those that failed."""
    rows = [row for row, template in enumerate(made) if template is not None]
    prepared = {row: peer.prepare(made[row]) for row in rows}
    gathered = [peer.gather([prepared[row] for row in rows[k + 1 :]]) for k in range(len(rows) - 1)]
    if gathered:
        peer.compare(prepared[rows[-2]], gathered[-1])  # as above
    for k, references in enumerate(gathered):
        start = time.process_time()
        found = peer.compare(prepared[rows[k]], references)
        yield rows[k], rows[k + 1 :], found, time.process_time() - start
