"""The orientation field: where cores and deltas are, and how ridges flow around them.

Orientations are angles of ridges in [0, π), counter-clockwise from the positive x axis, y up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vantay_datasets.synthetic.fingerprint.parameters import OrientationParameters
from vantay_datasets.synthetic.fingerprint.pattern import PatternClass
from vantay_datasets.synthetic.fingerprint.randomness import Field, smooth_field
from vantay_datasets.synthetic.fingerprint.silhouette import Silhouette, finger_frame

Points = npt.NDArray[np.float64]
"""(n, 2) float64: x_px, y_px."""


@dataclass(frozen=True, slots=True, eq=False)
class Singularities:
    """Cores and deltas in the finger's frame, y up.

    Attributes
    ----------
    cores_px : (n, 2) float64
        A loop has one, a whorl two.
    deltas_px : (n, 2) float64
        As many as cores.
    """

    cores_px: Points
    deltas_px: Points


# For each class: (mean x, mean y, spread x, spread y) of each core, then of each delta, px from the drawn
# middle of the pattern. Ranges by eye from prints of the class; a left loop has its delta on the right.
_Spot = tuple[float, float, float, float]
_LAYOUT: dict[PatternClass, tuple[tuple[_Spot, ...], tuple[_Spot, ...]]] = {
    PatternClass.LEFT_LOOP: (((0, 0, 0, 0),), ((92, -112, 24, 20),)),
    PatternClass.RIGHT_LOOP: (((0, 0, 0, 0),), ((-92, -112, 24, 20),)),
    PatternClass.WHORL: (
        ((0, 14, 4, 5), (0, -20, 7, 9)),
        ((-108, -112, 16, 20), (108, -112, 16, 20)),
    ),
    PatternClass.TWIN_LOOP: (
        ((14, 22, 6, 6), (-14, -42, 6, 8)),
        ((-106, -124, 16, 18), (106, -112, 16, 18)),
    ),
    PatternClass.TENTED_ARCH: (((0, -16, 0, 0),), ((0, -88, 7, 12),)),
    PatternClass.PLAIN_ARCH: ((), ()),
}


def draw_singularities(
    rng: np.random.Generator, pattern: PatternClass, parameters: OrientationParameters
) -> Singularities:
    """Draw the cores and deltas of a pattern class."""
    middle = rng.normal(0, parameters.core_jitter_px, 2)
    # Half of the twin loops turn the other way.
    mirror = -1.0 if pattern is PatternClass.TWIN_LOOP and rng.random() < 0.5 else 1.0

    def place(spots: tuple[_Spot, ...]) -> Points:
        points = [
            (mirror * (x + spread_x * rng.uniform(-1, 1)), y + spread_y * rng.uniform(-1, 1))
            for x, y, spread_x, spread_y in spots
        ]
        return np.array(points, dtype=np.float64).reshape(-1, 2) + middle

    cores, deltas = _LAYOUT[pattern]
    return Singularities(place(cores), place(deltas))


def make_orientation_field(
    rng: np.random.Generator,
    silhouette: Silhouette,
    singularities: Singularities,
    parameters: OrientationParameters,
) -> Field:
    """Compute the ridge orientation at each pixel.

    Each core adds half the angle under which it is seen, each delta takes half away (zero-pole model),
    each angle bent by a piecewise linear function of its own. What is added besides is continuous and
    therefore makes no further singularity: the bend along the tip, the rise of a plain arch, smooth noise.

    Parameters
    ----------
    rng : Generator
    silhouette : Silhouette
    singularities : Singularities
    parameters : OrientationParameters

    Returns
    -------
    (h, w) float32
        Orientation in [0, π), y up.

    References
    ----------
    Sherlock and Monro 1993, doi:10.1016/0031-3203(93)90006-I; Vizcaya and Gerhardt 1996,
    doi:10.1016/0031-3203(95)00154-9.
    """
    x_px, y_px = finger_frame(silhouette)
    angle_rad = _tip_bend(rng, x_px, y_px, silhouette, parameters)
    if not len(singularities.cores_px):
        angle_rad += _arch_rise(rng, x_px, y_px, silhouette, parameters)
    for points, sign in ((singularities.cores_px, 0.5), (singularities.deltas_px, -0.5)):
        for x, y in points:
            seen_rad = np.arctan2(y_px - np.float32(y), x_px - np.float32(x))
            angle_rad += np.float32(sign) * _bent_angle(rng, seen_rad, parameters)
    noise = smooth_field(rng, angle_rad.shape, parameters.noise_scale_px)
    angle_rad += np.float32(parameters.noise_rad) * noise
    return np.mod(angle_rad, np.float32(np.pi)).astype(np.float32)


def _bent_angle(rng: np.random.Generator, seen_rad: Field, parameters: OrientationParameters) -> Field:
    nodes = np.linspace(-np.pi, np.pi, parameters.n_correction_nodes + 1)
    corrections = rng.normal(0, parameters.correction_rad, parameters.n_correction_nodes)
    periodic = np.append(corrections, corrections[0])
    bent: Field = seen_rad + np.interp(seen_rad, nodes, periodic).astype(np.float32)
    return bent


def _tip_bend(
    rng: np.random.Generator,
    x_px: Field,
    y_px: Field,
    silhouette: Silhouette,
    parameters: OrientationParameters,
) -> Field:
    bend_rad = rng.uniform(*parameters.tip_bend_rad)
    across = np.sin(np.clip(x_px / silhouette.half_width_px, -1, 1) * (np.pi / 2))
    fade = 1 / (1 + np.exp(-(y_px / parameters.tip_fade_px + 0.6) * 4))
    bend: Field = (-bend_rad * across * fade).astype(np.float32)
    return bend


def _arch_rise(
    rng: np.random.Generator,
    x_px: Field,
    y_px: Field,
    silhouette: Silhouette,
    parameters: OrientationParameters,
) -> Field:
    rise_rad = rng.uniform(*parameters.arch_rise_rad)
    middle_px, height_px = rng.uniform(-90, -60), rng.uniform(75, 100)
    across = np.sin(np.clip(x_px / silhouette.half_width_px, -1, 1) * np.pi)
    along = np.exp(-(((y_px - middle_px) / height_px) ** 2))
    rise: Field = (-rise_rad * across * along).astype(np.float32)
    return rise
