"""How scores of mated samples are distributed, by kind of sample, and so what a score is evidence of.

x = s·ln(10)/10 of a non-mated comparison is exponential with mean 1; the many that score 0 only make that the
safe side. Of a mated one it is a mixture: a share of weak samples (little overlap, a wet finger), which is
exponential with a larger mean, and the rest, which follows a gamma distribution. Weak samples are why the
ratio of the two densities has a floor: no sample speaks louder against a match than mated ones were seen to
be weak. It needs no ceiling: no ratio exceeds exp(x), and the fused score is a rate among non-mated subjects.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.resources import files

import numpy as np
import numpy.typing as npt
from scipy.special import gammainc, gammaincc, gammaln

Float64s = npt.NDArray[np.float64]
Kinds = npt.NDArray[np.uint8]

MIN_SCALE = 2.0
"""Nepers. A mated tail that falls off as fast as the non-mated one would make a very high score speak no
louder than a high one, or even against a match; with 2 a score counts at least half of its own value more."""


@dataclass(frozen=True, slots=True)
class MatedScores:
    """The distribution of x of one kind of mated sample.

    Attributes
    ----------
    weak_share : float
        Of the samples, in (0, 1).
    weak_mean : float
        Mean of x of those, nepers, above 1.
    shape, scale : float
        Of the gamma distribution of the others; shape ≥ 1, scale in nepers, ≥ `MIN_SCALE`.
    """

    weak_share: float
    weak_mean: float
    shape: float
    scale: float

    def cumulative(self, x: Float64s) -> Float64s:
        """Share of the mated samples below each x, (…) float64."""
        weak = -np.expm1(-x / self.weak_mean)
        rest = gammainc(self.shape, x / self.scale)
        return np.asarray(self.weak_share * weak + (1 - self.weak_share) * rest)

    def survival(self, x: Float64s) -> Float64s:
        """Share of the mated samples above each x, (…) float64: exact where `cumulative` is nearly 1."""
        weak = np.exp(-x / self.weak_mean)
        rest = gammaincc(self.shape, x / self.scale)
        return np.asarray(self.weak_share * weak + (1 - self.weak_share) * rest)


@dataclass(frozen=True)
class FusionModel:
    """Everything that fusion is made of, as fitted by `vantay.evaluation.fusion_calibration`.

    Attributes
    ----------
    finger_from : tuple of float
        Least quality (`reliable_minutiae` of the worse sample) of each kind of finger, ascending from 0.
    face_from : tuple of float
        Least quality (0 to 100, of the worse photo) of each kind of face, ascending from 0.
    mated : tuple of MatedScores
        Of the kinds: those of fingers, then those of faces.
    finger_correlation : float
        Of x between two fingers of the same two different people.
    """

    finger_from: tuple[float, ...]
    face_from: tuple[float, ...]
    mated: tuple[MatedScores, ...]
    finger_correlation: float

    @property
    def n_finger_kinds(self) -> int:
        """How many of the kinds are fingers; they come first."""
        return len(self.finger_from)

    def log_likelihood_ratios(self, x: Float64s, kinds: Kinds) -> Float64s:
        """Natural logarithm of mated over non-mated density of each x.

        Parameters
        ----------
        x : (…) float64
            Scores in nepers, ≥ 0.
        kinds : (…) uint8
            Which kind each sample is.

        Returns
        -------
        (…) float64
            Rises strictly with x.
        """
        weak_0, weak_1, rest_0, rest_1, power = self._coefficients[:, kinds]
        with np.errstate(divide="ignore"):
            log_x = np.log(x)
        return np.asarray(np.logaddexp(weak_0 + weak_1 * x, rest_0 + rest_1 * x + power * log_x))

    @cached_property
    def _coefficients(self) -> Float64s:
        """Both terms' logarithms as functions of x and ln x, (5, n_kinds)."""
        share, mean, shape, scale = np.array(
            [(m.weak_share, m.weak_mean, m.shape, m.scale) for m in self.mated]
        ).T
        return np.array(
            [
                np.log(share / mean),
                1 - 1 / mean,
                np.log1p(-share) - gammaln(shape) - shape * np.log(scale),
                1 - 1 / scale,
                shape - 1,
            ]
        )

    def digest(self) -> str:
        """SHA-256 over all parameters: results that name it were fused the same way."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def read_model(text: str) -> FusionModel:
    """Read the JSON that the calibration program writes."""
    fields = json.loads(text)
    kinds: Sequence[dict[str, float]] = [*fields["finger_kinds"], *fields["face_kinds"]]
    return FusionModel(
        finger_from=tuple(kind["quality_from"] for kind in fields["finger_kinds"]),
        face_from=tuple(kind["quality_from"] for kind in fields["face_kinds"]),
        mated=tuple(
            MatedScores(kind["weak_share"], kind["weak_mean"], kind["shape"], kind["scale"]) for kind in kinds
        ),
        finger_correlation=fields["finger_correlation"],
    )


MODEL = read_model(files(__package__).joinpath("mated_scores.json").read_text(encoding="utf-8"))
FUSION_HASH = MODEL.digest()
