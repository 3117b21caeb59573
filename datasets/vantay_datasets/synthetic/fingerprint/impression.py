"""An impression: one touch of a sensor by the finger of a master print."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vantay.types import ANGLE_UNITS, TEMPLATE_PPI, FingerImage
from vantay_datasets.synthetic.fingerprint.contact import Contact, draw_contact
from vantay_datasets.synthetic.fingerprint.fields import Field, blur, logistic
from vantay_datasets.synthetic.fingerprint.impression_parameters import (
    IMPRESSION_PARAMETERS,
    ImpressionLevel,
    ImpressionParameters,
)
from vantay_datasets.synthetic.fingerprint.master import MasterPrint
from vantay_datasets.synthetic.fingerprint.minutiae import angle_units, erode
from vantay_datasets.synthetic.fingerprint.seeding import random_stream
from vantay_datasets.synthetic.fingerprint.sensor import draw_image
from vantay_datasets.synthetic.fingerprint.silhouette import fill_silhouette
from vantay_datasets.synthetic.fingerprint.skin import Places, SkinMap, draw_skin_map

# By eye: a well-placed finger has this much more of its base than of its tip on the sensor.
_BELOW_MIDDLE_PX = 22.0
# By eye: how sharply a ridge ends at its side, in units of the relief.
_RIDGE_SOFTNESS = 0.16
_GRAIN_BLUR_PX = 1.2
# By eye: standard deviation of the spot that a sweat pore leaves white.
_PORE_RADIUS_PX = 1.1
# The skin map is smooth: it is worked out at every eighth pixel and interpolated.
_MAP_STEP_PX = 8
# A direction is carried over by moving a second point this far along it.
_DIRECTION_STEP_PX = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Impression:
    """An impression with its ground truth.

    Attributes
    ----------
    image : FingerImage
        500 ppi, dark ridges on light ground.
    minutiae : (n,) MINUTIA_DTYPE
        The master's minutiae that can be seen, in pixels of this image, read-only.
    master_index : (n,) int32
        Which of the master's minutiae each one is.
    skin_map : SkinMap
        Where each place of the image is on the master.
    level : ImpressionLevel
    """

    image: FingerImage
    minutiae: npt.NDArray[np.void]
    master_index: npt.NDArray[np.int32]
    skin_map: SkinMap
    level: ImpressionLevel


def make_impression(
    master: MasterPrint,
    seed: int,
    level: ImpressionLevel = ImpressionLevel.GOOD,
    *,
    parameters: ImpressionParameters | None = None,
) -> Impression:
    """Make an impression of a finger.

    Parameters
    ----------
    master : MasterPrint
    seed : int
        0 or more; the same master, seed and level give the same bytes.
    level : ImpressionLevel
        How good it is.
    parameters : ImpressionParameters, optional
        None for those of the level.

    Returns
    -------
    Impression

    Raises
    ------
    InvalidSetting
        If the seed is negative.
    """
    parameters = parameters or IMPRESSION_PARAMETERS[level]
    shape = (parameters.height_px, parameters.width_px)
    seeds = (master.seed, seed, list(ImpressionLevel).index(level))
    middle_px = np.array(master.silhouette.centre_px) + np.array([0.0, _BELOW_MIDDLE_PX])
    skin_map = draw_skin_map(random_stream("placing", *seeds), shape, middle_px, parameters.contact)
    relief, depth_px = _warp(master, skin_map, shape)
    contact = draw_contact(random_stream("contact", *seeds), skin_map, depth_px, parameters.skin)
    rng = random_stream("rendering", *seeds)
    relief -= np.float32(parameters.skin.pore_depth) * _draw_pores(master, skin_map, shape)
    coverage = _cover(rng, relief, contact, parameters.skin.grain)
    pixels = draw_image(rng, coverage, contact.pressure, parameters.sensor)
    name = f"synthetic {master.seed}/{seed} {level}"
    minutiae, master_index = _visible_minutiae(master, skin_map, contact, parameters.visible_margin_px)
    return Impression(
        image=FingerImage(pixels, TEMPLATE_PPI, master.position, name),
        minutiae=minutiae,
        master_index=master_index,
        skin_map=skin_map,
        level=level,
    )


def _warp(master: MasterPrint, skin_map: SkinMap, shape: tuple[int, int]) -> tuple[Field, Field]:
    """Give each image pixel's relief and its skin's distance from the outline of the finger."""
    height, width = shape
    rows, columns = np.mgrid[: height + _MAP_STEP_PX : _MAP_STEP_PX, : width + _MAP_STEP_PX : _MAP_STEP_PX]
    coarse = skin_map.to_master(np.stack([columns, rows], axis=-1).astype(np.float64)).astype(np.float32)
    at = np.mgrid[:height, :width].astype(np.float32) / np.float32(_MAP_STEP_PX)
    x_px, y_px = cv2.split(cv2.remap(coarse, at[1], at[0], cv2.INTER_LINEAR))
    skin = fill_silhouette(master.silhouette).astype(np.uint8)
    depth_px = cv2.distanceTransform(skin, cv2.DIST_L2, 3)
    relief = cv2.remap(master.relief.astype(np.float32), x_px, y_px, cv2.INTER_CUBIC)
    depth_px = cv2.remap(depth_px, x_px, y_px, cv2.INTER_LINEAR)
    return relief.astype(np.float32, copy=False), depth_px.astype(np.float32, copy=False)


def _draw_pores(master: MasterPrint, skin_map: SkinMap, shape: tuple[int, int]) -> Field:
    places = np.rint(skin_map.to_image(master.pores_px.astype(np.float64))).astype(np.int64)
    inside = ((places >= 0) & (places < (shape[1], shape[0]))).all(axis=1)
    spots = np.zeros(shape, dtype=np.float32)
    spots[places[inside, 1], places[inside, 0]] = 2 * np.pi * _PORE_RADIUS_PX**2
    return blur(spots, _PORE_RADIUS_PX)


def _cover(rng: np.random.Generator, relief: Field, contact: Contact, grain: float) -> Field:
    """Give the part of each pixel that touches: ridges widen with pressure and fray with grain."""
    white = rng.standard_normal(relief.shape, dtype=np.float32)
    # What the blur takes from the standard deviation is given back.
    restored_sd = np.float32(grain * 2 * np.sqrt(np.pi) * _GRAIN_BLUR_PX)
    noise: Field = restored_sd * blur(white, _GRAIN_BLUR_PX)
    height: Field = relief + contact.pressure + noise
    covered: Field = logistic(height / np.float32(_RIDGE_SOFTNESS)) * (1 - contact.scratches)
    return covered


def _visible_minutiae(
    master: MasterPrint, skin_map: SkinMap, contact: Contact, margin_px: int
) -> tuple[npt.NDArray[np.void], npt.NDArray[np.int32]]:
    places, direction_rad = _carry_over(master.minutiae, skin_map)
    pixel = np.rint(places).astype(np.int64)
    height, width = contact.undamaged.shape
    sound = erode(contact.undamaged, margin_px)
    inside = ((pixel >= 0) & (pixel < (width, height))).all(axis=1)
    clipped = np.clip(pixel, 0, (width - 1, height - 1))
    index = np.flatnonzero(inside & (sound[clipped[:, 1], clipped[:, 0]])).astype(np.int32)
    minutiae = master.minutiae[index]
    minutiae["x_px"], minutiae["y_px"] = pixel[index].T
    minutiae["angle"] = angle_units(direction_rad[index])
    minutiae.flags.writeable = False
    return minutiae, index


def _carry_over(minutiae: npt.NDArray[np.void], skin_map: SkinMap) -> tuple[Places, npt.NDArray[np.float64]]:
    """Give each minutia's place and direction in the image."""
    places = np.stack([minutiae["x_px"], minutiae["y_px"]], axis=1).astype(np.float64)
    direction_rad = minutiae["angle"] * (2 * np.pi / ANGLE_UNITS)
    step = _DIRECTION_STEP_PX * np.stack([np.cos(direction_rad), -np.sin(direction_rad)], axis=1)
    here, ahead = skin_map.to_image(places), skin_map.to_image(places + step)
    moved = ahead - here
    return here, np.arctan2(-moved[:, 1], moved[:, 0])
