"""How many mated subjects fused scores miss, by rules of fusion: simulated from measured mated scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln, logsumexp, xlogy

from vantay.evaluation.fusion_fit import MatedSample
from vantay.search.fusion.correlation import correct_tail, variance_ratio
from vantay.search.fusion.fused_score import NEPERS_PER_SCORE, Float64s, fuse
from vantay.search.fusion.mated_model import MODEL, Kinds
from vantay.search.fusion.sample_kind import face_kinds, finger_kinds

Rule = Callable[[Float64s, Kinds], Float64s]

N_SUBJECTS = 50_000
COMPOSITIONS = ((1, False), (2, False), (4, False), (10, False), (1, True), (2, True), (10, True))
"""Fingers, and whether there is a face."""

THRESHOLDS = (60.0, 90.0)
"""Fused scores: FMR 10⁻⁶ and 10⁻⁹."""


def fisher(scores: Float64s, _kinds: Kinds) -> Float64s:
    """Fuse by Fisher's method: the sum of all x under the tail of a gamma distribution.

    Every sample weighs the same, whatever mated ones of its kind look like.
    """
    total = scores.sum(axis=1, keepdims=True) * NEPERS_PER_SCORE
    j = np.arange(scores.shape[1])
    log_series = logsumexp(xlogy(j, total) - gammaln(j + 1), axis=1)
    return np.asarray((total[:, 0] - log_series) / NEPERS_PER_SCORE)


def fisher_brown(scores: Float64s, kinds: Kinds) -> Float64s:
    """Fuse by Fisher's method with the same correction for correlated fingers as `fuse`."""
    n_samples, n_fingers = scores.shape[1], int((kinds[0] < face_kinds(0.0)).sum())
    ratio = variance_ratio(n_fingers, n_samples, MODEL.finger_correlation)
    return -correct_tail(-fisher(scores, kinds) * NEPERS_PER_SCORE, n_samples, ratio) / NEPERS_PER_SCORE


def fuse_alike(scores: Float64s, kinds: Kinds) -> Float64s:
    """Fuse by log-likelihood ratios that know finger from face, but nothing of quality."""
    middle_finger, middle_face = finger_kinds(30.0), face_kinds(60.0)
    return fuse(scores, np.where(kinds < face_kinds(0.0), middle_finger, middle_face))


RULES: Mapping[str, Rule] = {
    "Fisher": fisher,
    "Fisher, Brown": fisher_brown,
    "LLR, one quality": fuse_alike,
    "LLR": fuse,
}


def draw_subjects(
    sets: Sequence[MatedSample], faces: MatedSample | None, n_fingers: int, rng: np.random.Generator
) -> tuple[Float64s, Kinds]:
    """Draw mated subjects: each has different fingers of one set, with the same two impressions, and a face.

    What the impressions of a set and of a number have in common, a dry day or a careless press, then falls on
    all fingers of a subject together.

    Parameters
    ----------
    sets : sequence of MatedSample
        One a sensor, each finger's comparisons in the same order.
    faces : MatedSample or None
        Where each subject's face comes from.
    n_fingers : int
        Up to the number of fingers of a set.
    rng : Generator
        Chance.

    Returns
    -------
    scores : (N_SUBJECTS, k) float64
    kinds : (N_SUBJECTS, k) uint8
    """
    chosen = rng.integers(len(sets), size=N_SUBJECTS)
    columns = [_draw_fingers(one, n_fingers, int((chosen == k).sum()), rng) for k, one in enumerate(sets)]
    x = np.concatenate([x for x, _ in columns])
    kinds = finger_kinds(np.concatenate([quality for _, quality in columns]))
    if faces is not None:
        rows = rng.integers(faces.x.size, size=N_SUBJECTS)
        x = np.column_stack([x, faces.x[rows]])
        kinds = np.column_stack([kinds, face_kinds(faces.quality[rows])])
    return x / NEPERS_PER_SCORE, kinds


def _draw_fingers(
    one: MatedSample, n_fingers: int, n_subjects: int, rng: np.random.Generator
) -> tuple[Float64s, Float64s]:
    """Draw fingers of a set, and one comparison for all of them: x and quality, (n_subjects, n_fingers)."""
    order = np.argsort(one.person, kind="stable")
    n_each = np.unique(one.person, return_counts=True)[1]
    starts = np.concatenate([[0], np.cumsum(n_each)[:-1]])
    fingers = rng.permuted(np.tile(np.arange(len(n_each)), (n_subjects, 1)), axis=1)[:, :n_fingers]
    place = rng.random((n_subjects, 1))
    rows = order[starts[fingers] + (place * n_each[fingers]).astype(np.intp)]
    return one.x[rows], one.quality[rows]


def missed_rates(
    sets: Sequence[MatedSample], faces: MatedSample, seed: int = 1
) -> dict[tuple[str, int, bool], list[float]]:
    """FNMR at each of `THRESHOLDS` by rule, number of fingers and whether there is a face.

    Parameters
    ----------
    sets : sequence of MatedSample
        Fingers, one a sensor.
    faces : MatedSample
        Faces.
    seed : int
        Of the draw; all rules get the same subjects.
    """
    rates: dict[tuple[str, int, bool], list[float]] = {}
    for n_fingers, has_face in COMPOSITIONS:
        drawn = draw_subjects(sets, faces if has_face else None, n_fingers, np.random.default_rng(seed))
        for name, rule in RULES.items():
            fused = rule(*drawn)
            rates[name, n_fingers, has_face] = [float(np.mean(fused < t)) for t in THRESHOLDS]
    return rates


def impression_correlation(sets: Sequence[MatedSample]) -> tuple[float, float]:
    """Correlate mated x between different fingers of a set with the same two impressions.

    Parameters
    ----------
    sets : sequence of MatedSample
        As for `draw_subjects`.

    Returns
    -------
    tuple of float
        As it is; and of what x differs from the mean of its kind.
    """
    x = np.concatenate([one.x for one in sets])
    kinds = finger_kinds(np.concatenate([one.quality for one in sets]))
    means = np.bincount(kinds, x) / np.maximum(np.bincount(kinds), 1)
    group = np.concatenate([_places(one.person) + 1_000_000 * k for k, one in enumerate(sets)])
    return _within_groups(x, group), _within_groups(x - means[kinds], group)


def _places(person: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Count each person's comparisons from 0, in their order."""
    places = np.empty_like(person)
    for one in np.unique(person):
        rows = np.flatnonzero(person == one)
        places[rows] = np.arange(rows.size)
    return places


def _within_groups(values: Float64s, group: npt.NDArray[np.int64]) -> float:
    """Mean product of two different values of a group, over the variance."""
    centred = values - values.mean()
    codes = np.unique(group, return_inverse=True)[1]
    size = np.bincount(codes)
    products = np.bincount(codes, centred) ** 2 - np.bincount(codes, centred**2)
    return float(products.sum() / (size * (size - 1)).sum() / centred.var())
