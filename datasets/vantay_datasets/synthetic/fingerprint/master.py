"""A master print: the skin of one finger, whole and flat, before it touches anything."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from vantay.types import FingerPosition
from vantay_datasets.synthetic.fingerprint.fields import Field
from vantay_datasets.synthetic.fingerprint.growth import grow_ridges
from vantay_datasets.synthetic.fingerprint.minutiae import find_minutiae, thin
from vantay_datasets.synthetic.fingerprint.orientation import (
    Points,
    Singularities,
    draw_singularities,
    make_orientation_field,
)
from vantay_datasets.synthetic.fingerprint.parameters import MasterParameters, PoreParameters
from vantay_datasets.synthetic.fingerprint.pattern import PatternClass, draw_class
from vantay_datasets.synthetic.fingerprint.ridge_period import make_period_map
from vantay_datasets.synthetic.fingerprint.seeding import random_stream
from vantay_datasets.synthetic.fingerprint.silhouette import Silhouette, draw_silhouette, fill_silhouette

# Fingertips beside the middle finger's, by eye.
_FINGER_SCALE = (1.10, 1.0, 1.0, 0.98, 0.90)


@dataclass(frozen=True, slots=True, eq=False)
class MasterPrint:
    """The skin of one finger at 500 ppi, with its ground truth.

    Attributes
    ----------
    seed : int
        What it was made from.
    pattern : PatternClass
        Henry class.
    position : FingerPosition
        Which finger.
    silhouette : Silhouette
        Outline.
    relief : (h, w) float16
        About +1 on a ridge, −1 in a valley, 0 outside the skin.
    orientation_rad : (h, w) float16
        Ridge orientation in [0, π), counter-clockwise from +x, y up.
    cores_px, deltas_px : (n, 2) float64
        Pixel x, y of the singularities, y down.
    pores_px : (n, 2) float32
        Pixel x, y of the sweat pores.
    minutiae : (n,) MINUTIA_DTYPE
        In pixels of the master, read-only.
    """

    seed: int
    pattern: PatternClass
    position: FingerPosition
    silhouette: Silhouette
    relief: npt.NDArray[np.float16]
    orientation_rad: npt.NDArray[np.float16]
    cores_px: Points
    deltas_px: Points
    pores_px: npt.NDArray[np.float32]
    minutiae: npt.NDArray[np.void] = field(repr=False)

    @property
    def pixels(self) -> npt.NDArray[np.uint8]:
        """The (h, w) uint8 picture: dark ridges, white valleys and ground."""
        grey = np.clip(127.5 - 255 * self.relief.astype(np.float32), 0, 255)
        return np.where(fill_silhouette(self.silhouette), grey, 255).astype(np.uint8)


def make_master(
    seed: int,
    *,
    pattern: PatternClass | None = None,
    position: FingerPosition = FingerPosition.UNKNOWN,
    parameters: MasterParameters | None = None,
) -> MasterPrint:
    """Make the master print of one finger.

    Parameters
    ----------
    seed : int
        0 or more; the same seed gives the same finger.
    pattern : PatternClass, optional
        Henry class; None draws one with the natural frequencies of the finger.
    position : FingerPosition
        Which finger: sets size and, with no ``pattern``, the class frequencies.
    parameters : MasterParameters, optional
        None for the defaults.

    Returns
    -------
    MasterPrint

    Raises
    ------
    InvalidSetting
        If the seed is negative.
    """
    parameters = parameters or MasterParameters()
    pattern = pattern or draw_class(random_stream("class", seed), position)
    scale = 1.0 if position is FingerPosition.UNKNOWN else _FINGER_SCALE[(position - 1) % 5]
    silhouette = draw_silhouette(random_stream("silhouette", seed), parameters.silhouette, scale)
    singularities = draw_singularities(random_stream("singularities", seed), pattern, parameters.orientation)
    orientation_rad = make_orientation_field(
        random_stream("orientation", seed), silhouette, singularities, parameters.orientation
    )
    relief = _grow(seed, silhouette, orientation_rad, parameters)
    skin = fill_silhouette(silhouette)
    cores_px, deltas_px = _pixel_places(singularities, silhouette)
    minutiae = find_minutiae(relief, orientation_rad, skin, deltas_px, parameters.minutiae)
    minutiae.flags.writeable = False
    return MasterPrint(
        seed=seed,
        pattern=pattern,
        position=position,
        silhouette=silhouette,
        relief=relief.astype(np.float16),
        orientation_rad=orientation_rad.astype(np.float16),
        cores_px=cores_px,
        deltas_px=deltas_px,
        pores_px=_place_pores(random_stream("pores", seed), relief, parameters.pores),
        minutiae=minutiae,
    )


def _grow(seed: int, silhouette: Silhouette, orientation_rad: Field, parameters: MasterParameters) -> Field:
    period_px = make_period_map(random_stream("period", seed), silhouette, parameters.period)
    return grow_ridges(
        random_stream("growth", seed),
        orientation_rad,
        period_px,
        fill_silhouette(silhouette),
        limits_px=parameters.period.limits_px,
        parameters=parameters.growth,
    )


def _pixel_places(singularities: Singularities, silhouette: Silhouette) -> tuple[Points, Points]:
    centre_x, centre_y = silhouette.centre_px
    flip = np.array([1.0, -1.0])
    offset = np.array([centre_x, centre_y])
    return singularities.cores_px * flip + offset, singularities.deltas_px * flip + offset


def _place_pores(
    rng: np.random.Generator, relief: Field, parameters: PoreParameters
) -> npt.NDArray[np.float32]:
    rows, columns = np.nonzero(thin(relief > 0))
    chosen = rng.random(rows.size) < 1 / parameters.spacing_px
    places = np.stack([columns[chosen], rows[chosen]], axis=1)
    return (places + rng.normal(0, 0.5, places.shape)).astype(np.float32)
