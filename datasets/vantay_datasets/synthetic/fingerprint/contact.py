"""How hard each place of the skin presses on the sensor, and where it is hurt or dirty."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vantay_datasets.synthetic.fingerprint.fields import Field, Mask, blur, smooth_field
from vantay_datasets.synthetic.fingerprint.impression_parameters import SkinParameters
from vantay_datasets.synthetic.fingerprint.skin import SkinMap

# By eye: contact fades within this distance of its edge, and is lost altogether at this pressure.
_EDGE_PX = 9.0
_EDGE_DEPTH = 1.6
_NO_CONTACT = -1.0
_EDGE_NOISE_PX = 5.0
_BLOT_RADIUS_PX = (4.0, 15.0)
_BLOT_DEPTH = (0.6, 1.6)
_DAMAGE = 0.5
_SCRATCH_LENGTH_PX = (40.0, 190.0)
_SCRATCH_WIDTH_PX = (1, 2)
_SCRATCH_BLUR_PX = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Contact:
    """The contact of one impression.

    Attributes
    ----------
    pressure : (h, w) float32
        0 makes ridges as wide as valleys; −1 and less is no contact, +1 and more leaves no valley.
    scratches : (h, w) float32
        1 in the middle of a white line, 0 away from any.
    undamaged : (h, w) bool
        Where there is contact and neither scratch nor blot: where true minutiae can be seen.
    """

    pressure: Field
    scratches: Field
    undamaged: Mask


def draw_contact(
    rng: np.random.Generator, skin_map: SkinMap, skin_depth_px: Field, parameters: SkinParameters
) -> Contact:
    """Draw the pressure of a touch.

    Parameters
    ----------
    rng : Generator
    skin_map : SkinMap
        Tells where the contact is.
    skin_depth_px : (h, w) float32
        Distance of each image pixel's skin from the outline of the finger, 0 off the finger.
    parameters : SkinParameters

    Returns
    -------
    Contact
    """
    shape = skin_depth_px.shape
    inside_px = np.minimum(_inside_px(rng, skin_map, shape), skin_depth_px - _EDGE_PX / 2)
    pressure = np.full(shape, rng.uniform(*parameters.pressure), dtype=np.float32)
    pressure += np.float32(parameters.pressure_noise) * (
        smooth_field(rng, shape, 70) + np.float32(0.5) * smooth_field(rng, shape, 22)
    )
    pressure -= np.float32(_EDGE_DEPTH) * np.exp(np.minimum(-inside_px / np.float32(_EDGE_PX), 3))
    blots = _draw_blots(rng, shape, parameters.n_blots)
    scratches = _draw_scratches(rng, shape, parameters.n_scratches)
    undamaged = (pressure > 0.6 * _NO_CONTACT) & (np.abs(blots) < _DAMAGE) & (scratches < _DAMAGE)
    return Contact(pressure + blots, scratches, undamaged)


def _inside_px(rng: np.random.Generator, skin_map: SkinMap, shape: tuple[int, int]) -> Field:
    """How far inside the contact's irregular, slightly square ellipse each pixel is; negative outside."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    across = np.abs((columns - skin_map.centre_px[0]) / skin_map.half_axes_px[0]).astype(np.float32)
    along = np.abs((rows - skin_map.centre_px[1]) / skin_map.half_axes_px[1]).astype(np.float32)
    reach = (across**2.4 + along**2.4) ** np.float32(1 / 2.4)
    inside_px = (1 - reach) * np.float32(skin_map.half_axes_px.min())
    uneven: Field = inside_px + np.float32(_EDGE_NOISE_PX) * smooth_field(rng, shape, 60)
    return uneven


def _draw_blots(rng: np.random.Generator, shape: tuple[int, int], n_range: tuple[int, int]) -> Field:
    """Dry spots and dirt: soft ellipses of missing or too much contact."""
    blots = np.zeros(shape, dtype=np.float32)
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    for _ in range(rng.integers(n_range[0], n_range[1] + 1)):
        y, x = rng.uniform(0.15, 0.85, 2) * shape
        radii = rng.uniform(*_BLOT_RADIUS_PX, 2)
        depth = rng.uniform(*_BLOT_DEPTH) * rng.choice([-1.0, 0.6])
        reach = ((columns - x) / radii[0]) ** 2 + ((rows - y) / radii[1]) ** 2
        blots += (depth * np.exp(-reach / 2)).astype(np.float32)
    ragged: Field = blots * (1 + np.float32(0.5) * smooth_field(rng, shape, 5))
    return ragged


def _draw_scratches(rng: np.random.Generator, shape: tuple[int, int], n_range: tuple[int, int]) -> Field:
    """White lines, slightly bent, that taper off through the blur."""
    canvas = np.zeros(shape, dtype=np.uint8)
    for _ in range(rng.integers(n_range[0], n_range[1] + 1)):
        y, x = rng.uniform(0.15, 0.85, 2) * shape
        steps = np.linspace(-0.5, 0.5, 24) * rng.uniform(*_SCRATCH_LENGTH_PX)
        heading = rng.uniform(0, np.pi) + steps * rng.normal(0, 0.003)
        line = np.stack([x + steps * np.cos(heading), y + steps * np.sin(heading)], axis=1)
        line += rng.normal(0, 0.3, line.shape)
        width = int(rng.integers(_SCRATCH_WIDTH_PX[0], _SCRATCH_WIDTH_PX[1] + 1))
        fixed_point = np.rint(line * 16).astype(np.int32)[:, None, :]
        cv2.polylines(
            canvas, [fixed_point], isClosed=False, color=255, thickness=width, lineType=cv2.LINE_AA, shift=4
        )
    return blur(canvas.astype(np.float32) / np.float32(255), _SCRATCH_BLUR_PX)
