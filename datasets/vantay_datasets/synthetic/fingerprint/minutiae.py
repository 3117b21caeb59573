"""The minutiae of a relief: forks of the thinned ridges and of the thinned valleys.

ISO/IEC 19794-2 places a ridge ending where the thinned valley forks around it, a bifurcation where the
thinned ridge forks, and points both along the ridge or valley that lies between the two tines. One
procedure, applied to ridges and to valleys, therefore finds both kinds.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage
from skimage.morphology import skeletonize

from vantay.types import ANGLE_UNITS, MINUTIA_DTYPE, MinutiaType
from vantay_datasets.synthetic.fingerprint.fields import Field, Mask
from vantay_datasets.synthetic.fingerprint.orientation import Points
from vantay_datasets.synthetic.fingerprint.parameters import MinutiaeParameters

TRUE_MINUTIA_QUALITY = 100

# The eight neighbours of a pixel as (row, column), in order around it.
_RING = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))
_EIGHT_CONNECTED = np.ones((3, 3), dtype=np.int8)


def find_minutiae(
    relief: Field, orientation_rad: Field, skin: Mask, deltas_px: Points, parameters: MinutiaeParameters
) -> npt.NDArray[np.void]:
    """Find the minutiae of a noise-free relief.

    Parameters
    ----------
    relief : (h, w) float32
        Positive on ridges.
    orientation_rad : (h, w) float32
        Ridge orientation in [0, π), y up.
    skin : (h, w) bool
        Where there is relief.
    deltas_px : (n, 2) float64
        Pixel x, y of the deltas, where the thinned lines fork without a minutia.
    parameters : MinutiaeParameters

    Returns
    -------
    (n,) MINUTIA_DTYPE
        Ordered by row, then column; quality 100.

    References
    ----------
    ISO/IEC 19794-2:2005, 6.3 to 6.5.
    """
    allowed = erode(skin, parameters.border_px) & _away_from(deltas_px, skin.shape, parameters.delta_px)
    found = [
        (x, y, direction_rad, kind)
        for kind, region in (
            (MinutiaType.RIDGE_ENDING, (relief <= 0) & skin),
            (MinutiaType.RIDGE_BIFURCATION, (relief > 0) & skin),
        )
        for x, y, direction_rad in _find_forks(thin(region), orientation_rad, allowed, parameters)
    ]
    found = _drop_pairs(sorted(found, key=lambda fork: (fork[1], fork[0])), parameters.separation_px)
    minutiae = np.zeros(len(found), dtype=MINUTIA_DTYPE)
    for i, (x, y, direction_rad, kind) in enumerate(found):
        minutiae[i] = (x, y, angle_units(direction_rad), kind, TRUE_MINUTIA_QUALITY)
    return minutiae


def angle_units(direction_rad: npt.ArrayLike) -> npt.NDArray[np.uint8]:
    """Round directions to the unit of ISO/IEC 19794-2, 2π/256.

    Parameters
    ----------
    direction_rad : array_like of float

    Returns
    -------
    same shape, uint8
    """
    units = np.rint(np.asarray(direction_rad, dtype=np.float64) * (ANGLE_UNITS / (2 * np.pi)))
    return (units.astype(np.int64) % ANGLE_UNITS).astype(np.uint8)


def thin(region: Mask) -> Mask:
    """Thin a region to lines one pixel wide (Zhang and Suen 1984, doi:10.1145/357994.358023).

    Parameters
    ----------
    region : (h, w) bool

    Returns
    -------
    (h, w) bool
    """
    lines: Mask = skeletonize(region)  # type: ignore[no-untyped-call]
    return lines


def crossing_number(skeleton: Mask) -> npt.NDArray[np.uint8]:
    """Count the branches that leave each pixel of a skeleton.

    Returns
    -------
    (h, w) uint8
        Changes from background to skeleton around the pixel; 0 off the skeleton.
    """
    padded = np.pad(skeleton, 1)
    height, width = skeleton.shape
    ring = [padded[1 + r : 1 + r + height, 1 + c : 1 + c + width] for r, c in _RING]
    number = np.zeros(skeleton.shape, dtype=np.uint8)
    for here, after in zip(ring, ring[1:] + ring[:1], strict=True):
        number += ~here & after
    return number * skeleton


def erode(mask: Mask, reach_px: int) -> Mask:
    """Keep the pixels of a mask that have only mask within a square around them, and no image border."""
    square = np.ones((2 * reach_px + 1, 2 * reach_px + 1), dtype=np.uint8)
    return cv2.erode(mask.astype(np.uint8), square, borderType=cv2.BORDER_CONSTANT, borderValue=0).astype(
        bool
    )


def _away_from(points_px: Points, shape: tuple[int, int], distance_px: float) -> Mask:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    away = np.ones(shape, dtype=bool)
    for x, y in points_px:
        away &= (columns - x) ** 2 + (rows - y) ** 2 > distance_px**2
    return away


def _find_forks(
    skeleton: Mask, orientation_rad: Field, allowed: Mask, parameters: MinutiaeParameters
) -> list[tuple[int, int, float]]:
    reach = parameters.n_branch_steps
    forks = []
    for y, x in np.argwhere((crossing_number(skeleton) == 3) & allowed):
        window = skeleton[y - reach : y + reach + 1, x - reach : x + reach + 1]
        branches = _branches(window)
        if len(branches) == 3 and all(steps >= reach - 2 for _, _, steps in branches):
            axis_rad = float(orientation_rad[y, x])
            ahead = [right * np.cos(axis_rad) + up * np.sin(axis_rad) > 0 for right, up, _ in branches]
            # Two tines on one side of the fork, the stem on the other: the direction is between the tines.
            if 0 < sum(ahead) < 3:
                forks.append((int(x), int(y), axis_rad if sum(ahead) == 2 else axis_rad + np.pi))
    return forks


def _branches(window: Mask) -> list[tuple[float, float, int]]:
    """Follow the branches of the fork in the middle: mean place to the right, mean place up, pixels."""
    middle = window.shape[0] // 2
    cut = window.copy()
    cut[middle - 1 : middle + 2, middle - 1 : middle + 2] = False
    labels, _ = ndimage.label(cut, structure=_EIGHT_CONNECTED)
    around = labels[middle - 2 : middle + 3, middle - 2 : middle + 3]
    branches = []
    for label in np.unique(around[around > 0]):
        rows, columns = np.nonzero(labels == label)
        near = np.maximum(abs(rows - middle), abs(columns - middle)) <= middle
        branches.append((float(columns[near].mean()) - middle, middle - float(rows[near].mean()), rows.size))
    return branches


def _drop_pairs(
    forks: list[tuple[int, int, float, MinutiaType]], separation_px: float
) -> list[tuple[int, int, float, MinutiaType]]:
    if not forks:
        return forks
    places = np.array([fork[:2] for fork in forks], dtype=np.float64)
    distance_px = np.hypot(*(places[:, None] - places[None, :]).transpose(2, 0, 1))
    np.fill_diagonal(distance_px, np.inf)
    return [
        fork
        for fork, nearest_px in zip(forks, distance_px.min(axis=1), strict=True)
        if nearest_px > separation_px
    ]
