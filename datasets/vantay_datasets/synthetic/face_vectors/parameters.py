"""Every constant of the face model: one frozen dataclass a part, with unit and origin of each field.

Variances are squared lengths beside vectors of length 1. "Fitted" means: printed by
``python -m vantay.evaluation.face_population_fit`` on the 244 photos of 142 people in London and single (the
evaluation data), most of them of European descent, all in a studio.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class FaceLevel(StrEnum):
    """How much captures of one person differ."""

    STUDIO = "studio"
    """As fitted: same camera, same light, same day; neutral and smiling."""
    COUNTER = "counter"
    """Photos of different days."""


@dataclass(frozen=True, slots=True)
class FaceParameters:
    """The distribution of embeddings: a common mean, people around it, captures around a person.

    A vector is ``mean + person + capture``, brought to unit length. Person and capture are normal, with
    variances along common axes that fall by `between_power`, `between_decay` and `within_decay`; then all
    people are put at one distance from the mean: normal distances make the cosines of strangers end too soon.
    """

    dimensions: int
    """Of the embedding."""
    mean_length: float
    """Length of the mean of all people, beside which the rest is measured. Fitted."""
    between_variance: float
    """Of people around the mean, all axes together. Fitted."""
    between_power: float
    """The variance along axis k falls as k to the minus this, and …. Fitted."""
    between_decay: float
    """… as exp(−k / this). Fitted."""
    within_variance: float
    """Of captures of a person, all axes together, in a studio. Fitted."""
    within_decay: float
    """The variance along axis k falls as exp(−k / this). Fitted."""
    within_spread: float
    """Standard deviation of the logarithm of a capture's own scale: the heavy tail. Fitted."""
    level_scales: Mapping[FaceLevel, float]
    """How many times as far as in a studio captures are from their person."""
    region_shares: Mapping[str, float] = field(default_factory=dict)
    """Share of the variance between people that those of a region have in common; 0 if not named."""


@dataclass(frozen=True, slots=True)
class LikenessParameters:
    """What partners' faces have in common: the share of the variance between people."""

    twin: float = 0.96
    """Identical twins: what is left differs little more than two captures in a studio do. Assumed; that
    algorithms hardly tell identical twins apart is measured in Phillips et al., "Distinguishing identical
    twins by face recognition", FG 2011, doi:10.1109/FG.2011.5771395."""
    look_alike: float = 0.7
    """Unrelated look-alikes. Assumed."""


@dataclass(frozen=True, slots=True)
class AgeingParameters:
    """How faces drift between encounters: a random walk in years, quicker in children.

    That mated scores fall with the years, and faster in children, is measured in Best-Rowden and Jain,
    "Longitudinal study of automatic face recognition", PAMI 40(1), 2018, doi:10.1109/TPAMI.2017.2652466,
    and Deb, Nain, Jain, "Longitudinal study of child face recognition", ICB 2018, arXiv:1711.03990. How far
    this embedding drifts was not measured: the figures are assumed.
    """

    variance_per_year: float = 0.0015
    """Of adults: in eight years as much as a capture in a studio."""
    child_factor: float = 4.0
    """How much faster the variance grows up to `child_years`."""
    youth_factor: float = 2.0
    """The same up to `youth_years`."""
    child_years: float = 12.0
    """Age."""
    youth_years: float = 18.0
    """Age."""


DLIB_FACES = FaceParameters(
    dimensions=128,
    mean_length=0.90931,
    between_variance=0.14552,
    between_power=0.42436,
    between_decay=18.507,
    within_variance=0.012168,
    within_decay=26.41,
    within_spread=0.31793,
    level_scales={FaceLevel.STUDIO: 1.0, FaceLevel.COUNTER: 1.49},
    region_shares={"east-asia": 0.457},
)
"""Of the default profile's embedding, ``dlib-face-embedding``.

The counter's scale gives the equal error rate of 0.34 % that the embedding has on the ORL set (40 people,
ten photos of different times); the share of East Asia the 3.3 % that it has on 40 East Asian people. Both
figures are in the manifest of the models. The latter photos were tightly cropped, which may have cost part of
it; that their captures differ as those at the counter is assumed.
"""
