"""How like real prints are synthetic ones: the distributions that decide on comparison, side by side.

Both populations are sets as the Fingerprint Verification Competitions have them, some fingers with some
impressions each, and every impression of a set is compared with every other one of it by the same comparator.
Two distributions are as far apart as their Kolmogorov-Smirnov distance: the largest difference between their
cumulative shares, 0 if they are alike, 1 if they have nothing in common.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSetting
from vantay.evaluation.error_rates import ErrorCurve, error_curve
from vantay.evaluation.fvc import FvcSet
from vantay.evaluation.impressions import Impression
from vantay.fingerprint.comparison import TemplatePack, prepare
from vantay.fingerprint.comparison.stages import CHUNK, run_stages
from vantay.types import TEMPLATE_PPI, FingerTemplate

FloatArray = npt.NDArray[np.float64]

LOWEST_LOG_ODDS = -20.0
"""Stands for comparisons that ended before the alignment, whose log-odds are −∞."""

MM2_OF_PX = (25.4 / TEMPLATE_PPI) ** 2


@dataclass(frozen=True, slots=True, eq=False)
class PrintSet:
    """Fingers that are compared with each other.

    Attributes
    ----------
    fingers : (n,) sequence of int
        Which finger each template is of.
    templates : (n,) sequence of FingerTemplate
        One an impression that gave a template.
    n_failed : int
        Impressions that gave none.
    """

    fingers: Sequence[int]
    templates: Sequence[FingerTemplate]
    n_failed: int = 0

    @classmethod
    def of_images(cls, fvc_set: FvcSet, impressions: Sequence[Impression]) -> PrintSet:
        """Take the templates of a set of images, in the order of its images."""
        pairs = zip(fvc_set.images, impressions, strict=True)
        kept = [(image.finger, x.template) for image, x in pairs if x.template is not None]
        return cls([f for f, _ in kept], [t for _, t in kept], len(impressions) - len(kept))


@dataclass(frozen=True, slots=True, eq=False)
class PrintMeasures:
    """What a population of prints is like.

    Attributes
    ----------
    distributions : mapping of str to (k,) float64
        ``n_minutiae``; ``density``, minutiae per mm² of their convex hull; ``nearest_neighbour_px``, of every
        minutia; ``quality``, of impressions; ``mated_scores``, ``non_mated_scores``, ``mated_log_odds`` and
        ``non_mated_log_odds``.
    n_impressions, n_failed : int
        All impressions, and those that gave no template.
    """

    distributions: Mapping[str, FloatArray]
    n_impressions: int
    n_failed: int

    @property
    def fte(self) -> float:
        """Share of the impressions that gave no template."""
        return self.n_failed / self.n_impressions

    def curve(self) -> ErrorCurve:
        """Compute the error rates of the comparisons that were made."""
        return error_curve(self.distributions["mated_scores"], self.distributions["non_mated_scores"])


@dataclass(frozen=True, slots=True)
class Distance:
    """How far two distributions are apart.

    Attributes
    ----------
    ks : float
        Kolmogorov-Smirnov distance, 0 to 1.
    n_real, n_synthetic : int
        Values; those of one finger are alike, so that fewer of them are worth something.
    mean_real, mean_synthetic : float
        Their means.
    """

    ks: float
    n_real: int
    n_synthetic: int
    mean_real: float
    mean_synthetic: float

    def as_json(self) -> dict[str, float]:
        """Name the figures as the JSON file does."""
        return {
            "ks": self.ks,
            "n_real": self.n_real,
            "n_synthetic": self.n_synthetic,
            "mean_real": self.mean_real,
            "mean_synthetic": self.mean_synthetic,
        }


def ks_distance(one: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """Compute the Kolmogorov-Smirnov distance of two samples.

    Parameters
    ----------
    one, other : (n,), (m,) array_like of float
        Values; many may be equal.

    Returns
    -------
    float
        Largest difference of the shares at or below any value, 0 to 1.

    Raises
    ------
    InvalidSetting
        If a sample is empty.

    References
    ----------
    N. Smirnov, "Table for estimating the goodness of fit of empirical distributions", Annals of Mathematical
    Statistics 19(2), 1948, doi:10.1214/aoms/1177730256.

    Examples
    --------
    >>> ks_distance([1, 2, 3, 4], [3, 4, 5, 6])
    0.5
    """
    first, second = (np.sort(np.asarray(values, np.float64).ravel()) for values in (one, other))
    if not (first.size and second.size):
        raise InvalidSetting(
            f"samples of {first.size} and {second.size} values, expected one or more of each"
        )
    places = np.concatenate([first, second])
    shares = [np.searchsorted(values, places, side="right") / values.size for values in (first, second)]
    return float(np.abs(shares[0] - shares[1]).max())


def distance(real: npt.ArrayLike, synthetic: npt.ArrayLike) -> Distance:
    """Measure how far a synthetic distribution is from a real one; errors as `ks_distance`."""
    ours, theirs = np.asarray(real, np.float64), np.asarray(synthetic, np.float64)
    return Distance(
        ks_distance(ours, theirs), ours.size, theirs.size, float(ours.mean()), float(theirs.mean())
    )


def distances(
    real: Mapping[str, npt.ArrayLike], synthetic: Mapping[str, npt.ArrayLike]
) -> dict[str, Distance]:
    """Measure the distance of each distribution that both have."""
    return {name: distance(real[name], synthetic[name]) for name in real if name in synthetic}


def measure_prints(sets: Sequence[PrintSet]) -> PrintMeasures:
    """Measure impressions, and compare those of each set with each other.

    Parameters
    ----------
    sets : sequence of PrintSet
        Prints of different sets are not compared.

    Returns
    -------
    PrintMeasures
        Of all sets pooled.

    Raises
    ------
    InvalidSetting
        If they make no mated or no non-mated comparison.
    """
    templates = [template for one in sets for template in one.templates]
    mated, non_mated = zip(*(_compare_set(one) for one in sets), strict=True) if sets else ((), ())
    scores = {"mated": np.concatenate([np.empty((0, 2)), *mated])}
    scores["non_mated"] = np.concatenate([np.empty((0, 2)), *non_mated])
    if not all(found.size for found in scores.values()):
        raise InvalidSetting(
            f"{len(templates)} templates make no mated or no non-mated comparison, expected two fingers and "
            "two impressions of one at least"
        )
    distributions = {
        "n_minutiae": np.array([template.n_minutiae for template in templates], np.float64),
        "density": np.array([_density(template) for template in templates if template.n_minutiae > 2]),
        "nearest_neighbour_px": np.concatenate([_nearest_px(template) for template in templates]),
        "quality": np.array([template.quality for template in templates], np.float64),
    }
    for kind, found in scores.items():
        distributions[f"{kind}_scores"], distributions[f"{kind}_log_odds"] = found.T
    n_failed = sum(one.n_failed for one in sets)
    return PrintMeasures(distributions, len(templates) + n_failed, n_failed)


def _compare_set(prints: PrintSet) -> tuple[FloatArray, FloatArray]:
    """Scores and log-odds of the mated and of the non-mated pairs of a set, (n, 2) each."""
    prepared = [prepare(template) for template in prints.templates]
    pack = TemplatePack.of(prepared)
    rows = []
    for number, probe in enumerate(prepared):
        for first in range(number + 1, len(prepared), CHUNK):
            references = np.arange(first, min(first + CHUNK, len(prepared)), dtype=np.int64)
            stages = run_stages(probe, pack, references)
            rows.append(np.column_stack([stages.score, np.maximum(stages.log_odds, LOWEST_LOG_ODDS)]))
    found = np.concatenate([np.empty((0, 2)), *rows])
    is_mated = np.array([a == b for a, b in combinations(prints.fingers, 2)], np.bool_)
    return found[is_mated], found[~is_mated]


def _density(template: FingerTemplate) -> float:
    """Minutiae per mm² of their convex hull."""
    area_px = cv2.contourArea(cv2.convexHull(_places_px(template).astype(np.float32)))
    return float(template.n_minutiae / (max(area_px, 1.0) * MM2_OF_PX))


def _nearest_px(template: FingerTemplate) -> FloatArray:
    """Distance of each minutia to the nearest other one, (n,); nothing of a single one."""
    places = _places_px(template)
    if len(places) < 2:
        return np.empty(0)
    apart = np.hypot(*(places[:, None] - places[None, :]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    return np.asarray(apart.min(axis=1), np.float64)


def _places_px(template: FingerTemplate) -> FloatArray:
    minutiae = template.minutiae
    return np.column_stack([minutiae["x_px"], minutiae["y_px"]]).astype(np.float64)
