"""The orientation field: where cores and deltas are, and how ridges flow around them.

Orientations are angles of ridges in [0, π), counter-clockwise from the positive x axis, y up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vantay_datasets.synthetic.fingerprint.fields import Field, smooth_field
from vantay_datasets.synthetic.fingerprint.parameters import OrientationParameters
from vantay_datasets.synthetic.fingerprint.pattern import PatternClass
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
    twist_rad : float
        How far ridges between two cores are turned: a little makes a whorl a spiral, much makes the two
        loops of a twin loop, which open past each other.
    """

    cores_px: Points
    deltas_px: Points
    twist_rad: float


# For each class: (mean x, mean y, spread x, spread y) of each core, then of each delta, px from the drawn
# middle of the pattern. Ranges by eye from prints of the class; a left loop has its delta on the right.
_Spot = tuple[float, float, float, float]
_LAYOUT: dict[PatternClass, tuple[tuple[_Spot, ...], tuple[_Spot, ...]]] = {
    PatternClass.LEFT_LOOP: (((0, 0, 0, 0),), ((94, -114, 32, 30),)),
    PatternClass.RIGHT_LOOP: (((0, 0, 0, 0),), ((-94, -114, 32, 30),)),
    PatternClass.WHORL: (
        ((0, 14, 4, 5), (0, -20, 7, 9)),
        ((-108, -114, 22, 28), (108, -114, 22, 28)),
    ),
    PatternClass.TWIN_LOOP: (
        ((0, 20, 8, 6), (0, -42, 8, 8)),
        ((-108, -118, 20, 24), (108, -118, 20, 24)),
    ),
    PatternClass.TENTED_ARCH: (((0, -16, 0, 0),), ((0, -88, 7, 12),)),
    PatternClass.PLAIN_ARCH: ((), ()),
}


def draw_singularities(
    rng: np.random.Generator, pattern: PatternClass, parameters: OrientationParameters
) -> Singularities:
    """Draw the cores and deltas of a pattern class."""
    middle = rng.normal(0, parameters.core_jitter_px, 2)

    def place(spots: tuple[_Spot, ...]) -> Points:
        points = [
            (x + spread_x * rng.uniform(-1, 1), y + spread_y * rng.uniform(-1, 1))
            for x, y, spread_x, spread_y in spots
        ]
        return np.array(points, dtype=np.float64).reshape(-1, 2) + middle

    cores, deltas = _LAYOUT[pattern]
    return Singularities(place(cores), place(deltas), _draw_twist(rng, pattern, parameters))


def _draw_twist(rng: np.random.Generator, pattern: PatternClass, parameters: OrientationParameters) -> float:
    if pattern is PatternClass.TWIN_LOOP:
        return float(rng.choice([-1.0, 1.0]) * rng.uniform(*parameters.twin_twist_rad))
    if pattern is PatternClass.WHORL:
        return float(rng.normal(0, parameters.whorl_twist_rad))
    return 0.0


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
    Sherlock and Monro 1993, doi:10.1016/0031-3203(93)90006-I; Vizcaya and Gerhardt 1996.
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
    if singularities.twist_rad:
        middle = singularities.cores_px.mean(axis=0)
        from_middle = np.hypot(x_px - middle[0], y_px - middle[1]) / parameters.twist_reach_px
        angle_rad += np.float32(singularities.twist_rad) * np.exp(-(from_middle**2)).astype(np.float32)
    for core_px in singularities.cores_px:
        reach_px = parameters.hairpin_reach * float(np.hypot(*(singularities.deltas_px - core_px).T).min())
        angle_rad += _hairpin(x_px - core_px[0], y_px - core_px[1], angle_rad, reach_px, parameters.hairpin)
    return np.mod(angle_rad, np.float32(np.pi)).astype(np.float32)


def _bent_angle(rng: np.random.Generator, seen_rad: Field, parameters: OrientationParameters) -> Field:
    nodes = np.linspace(-np.pi, np.pi, parameters.n_correction_nodes + 1)
    corrections = rng.normal(0, parameters.correction_rad, parameters.n_correction_nodes)
    periodic = np.append(corrections, corrections[0])
    bent: Field = seen_rad + np.interp(seen_rad, nodes, periodic).astype(np.float32)
    return bent


def _hairpin(x_px: Field, y_px: Field, angle_rad: Field, reach_px: float, strength: float) -> Field:
    """Turn the parabolas that the zero-pole model draws around a core into hairpins.

    Around a core that opens in direction a₀ the model has θ = (a + a₀)/2. Taking sin(a − a₀)/2 away keeps
    ridges parallel within the loop and makes them turn in front of it; it fades out with distance.
    """
    from_core_px = np.hypot(x_px, y_px)
    at_core = np.unravel_index(int(from_core_px.argmin()), from_core_px.shape)
    seen_rad = np.arctan2(y_px, x_px)
    opening_rad = 2 * angle_rad[at_core] - seen_rad[at_core]
    fade = np.exp(-((from_core_px / reach_px) ** 2))
    turn: Field = (-0.5 * strength * np.sin(seen_rad - opening_rad) * fade).astype(np.float32)
    return turn


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
