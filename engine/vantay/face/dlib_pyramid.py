"""The tile that dlib's face detector looks at: an image and smaller and smaller copies of it in one picture.

The detector knows faces of one size only, 80 × 80 px, so it needs the image at every size. Each copy is five
sixths of the one before. The layout of the tile follows the detector's own program, because the network has
learnt on it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSample, InvalidSetting

Float32s = npt.NDArray[np.float32]

PIXEL_MEAN = (122.782, 117.001, 104.298)
"""Mean red, green and blue of the network's training images, from its file."""

MIN_SIDE_PX = 10
MAX_SIDE_PX = 1 << 14


@dataclass(frozen=True)
class DlibDetectionParameters:
    """How faces are found. All but the first two belong to the network and come from its file or its program.

    Attributes
    ----------
    smallest_face_px : float
        Width of the smallest face to look for, from 80. Large copies that only smaller faces need are left
        out: with 80 all boxes are the original program's.
    score_threshold : float
        Boxes score above this. The network learnt to separate faces from the rest at 0.
    window_px : int
        Width and height of the faces that the network knows, from its file.
    largest_union_share, largest_covered_share : float
        Two boxes are one face if their intersection is a larger share of their union, or of one of them;
        from the file.
    pyramid_step : int
        A copy is (n − 1) / n of the one before.
    padding_px, outer_padding_px : int
        Between the copies, and around them.
    stride_px, offset_px : int
        Row r of the score map is row ``stride_px`` r + ``offset_px`` of the tile: three halvings by 5 × 5
        convolutions without padding.
    smallest_copy_px : int
        Copies of less height are not made.
    """

    smallest_face_px: float = 80.0
    score_threshold: float = 0.0
    window_px: int = 80
    largest_union_share: float = 0.3382761351109955
    largest_covered_share: float = 1.0
    pyramid_step: int = 6
    padding_px: int = 10
    outer_padding_px: int = 11
    stride_px: int = 8
    offset_px: int = 14
    smallest_copy_px: int = 5

    def __post_init__(self) -> None:
        if self.smallest_face_px < self.window_px:
            raise InvalidSetting(
                f"smallest_face_px is {self.smallest_face_px:g}, expected at least {self.window_px}"
            )

    @property
    def n_skipped(self) -> int:
        """Number of copies, from the image itself on, that only faces below the smallest would need."""
        return int(math.log(self.smallest_face_px / self.window_px) / math.log(self.growth) + 1e-9)

    @property
    def growth(self) -> float:
        """How much larger each copy is than the next."""
        return self.pyramid_step / (self.pyramid_step - 1)


DEFAULTS = DlibDetectionParameters()


class Place(NamedTuple):
    """Where a copy lies in the tile, in pixels."""

    left: int
    top: int
    width: int
    height: int


class TiledPyramid(NamedTuple):
    """A tile.

    Attributes
    ----------
    tile : (1, 3, h, w) float32
        Red, green, blue less their mean; 0 between the copies.
    places : list of Place
        Of the copies, the largest first.
    n_skipped : int
        Number of copies larger than the first.
    """

    tile: Float32s
    places: list[Place]
    n_skipped: int


def tile_pyramid(
    image: npt.NDArray[np.uint8], parameters: DlibDetectionParameters = DEFAULTS
) -> TiledPyramid:
    """Return an image and its smaller copies in one picture; for the network.

    Parameters
    ----------
    image : (h, w, 3) uint8
        Red, green, blue.
    parameters : DlibDetectionParameters
        Other than the default.

    Raises
    ------
    InvalidSample
        If the image is not of three colours, or a side is not within 10 to 16384 px.
    """
    _check_image(image)
    first = image.astype(np.float32).transpose(2, 0, 1) - np.array(PIXEL_MEAN, np.float32)[:, None, None]
    first = np.ascontiguousarray(first)
    n_skipped = 0
    while n_skipped < parameters.n_skipped and min(first.shape[1:]) > MIN_SIDE_PX:
        height, width = _shrunk_size(first.shape[1], first.shape[2], parameters)
        first = _shrink(first, np.empty((3, height, width), np.float32))
        n_skipped += 1
    height, width, places = lay_out(first.shape[1], first.shape[2], parameters)
    tile = np.zeros((1, 3, height, width), np.float32)
    copies = [tile[0, :, p.top : p.top + p.height, p.left : p.left + p.width] for p in places]
    copies[0][...] = first
    for larger, smaller in pairwise(copies):
        _shrink(larger, smaller)
    return TiledPyramid(tile, places, n_skipped)


def lay_out(
    height_px: int, width_px: int, parameters: DlibDetectionParameters = DEFAULTS
) -> tuple[int, int, list[Place]]:
    """Return height and width of a tile, and where the copies of an image of the given size lie in it.

    The copies lie below each other in a first column; when half of the height is used up and one fits beside
    the last, the rest stands in a second column at the right, from below. Copies that would meet the image
    itself are left out.
    """
    gap, outer = parameters.padding_px, parameters.outer_padding_px
    sizes = _copy_sizes(height_px, width_px, parameters)
    n_first, column_px = _first_column(sizes, gap)
    places, y = [], outer
    for height, width in sizes[:n_first]:
        places.append(Place(outer, y, width, height))
        y += height + gap
    y -= gap
    for height, width in sizes[n_first:]:
        place = Place(outer + width_px - width, y - height, width, height)
        if place.top < outer + height_px:
            break
        places.append(place)
        y -= height + gap
    return column_px + 2 * outer, width_px + 2 * outer, places


def _first_column(sizes: list[tuple[int, int]], gap_px: int) -> tuple[int, int]:
    """Return how many copies stand in the first column, and its height in pixels."""
    image_height, image_width = sizes[0]
    total = sum(height + gap_px for height, _ in sizes) - 2 * gap_px
    column, last_width = 0, 0
    for number, (height, width) in enumerate(sizes):
        fits = width <= image_width - last_width - gap_px
        if fits and 2 * (column - image_height) >= total - image_height:
            return number, column - gap_px
        column += height + gap_px
        last_width = width
    return len(sizes), column - gap_px


def _copy_sizes(height_px: int, width_px: int, parameters: DlibDetectionParameters) -> list[tuple[int, int]]:
    sizes = []
    while height_px >= parameters.smallest_copy_px and width_px > 0:
        sizes.append((height_px, width_px))
        height_px, width_px = _shrunk_size(height_px, width_px, parameters)
    return sizes


def _shrunk_size(height_px: int, width_px: int, parameters: DlibDetectionParameters) -> tuple[int, int]:
    step = parameters.pyramid_step
    rate = (step - 1.0) / step
    # The product is rounded to a float first, as in the original program: 6 · (5 / 6) must become 5.
    return math.floor(rate * height_px), math.floor(rate * width_px)


def _check_image(image: npt.NDArray[np.uint8]) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise InvalidSample(f"an image of {image.shape} {image.dtype}, expected (height, width, 3) uint8")
    if not (min(image.shape[:2]) >= MIN_SIDE_PX and max(image.shape[:2]) <= MAX_SIDE_PX):
        raise InvalidSample(
            f"an image of {image.shape[1]} × {image.shape[0]} px, expected sides of {MIN_SIDE_PX} to "
            f"{MAX_SIDE_PX} px"
        )


def _shrink(larger: Float32s, smaller: Float32s) -> Float32s:
    """Fill ``smaller``, (c, h', w'), by bilinear interpolation of (c, h, w); corners fall on corners."""
    columns = np.arange(smaller.shape[2]) * ((larger.shape[2] - 1) / max(smaller.shape[2] - 1, 1))
    rows = np.arange(smaller.shape[1]) * ((larger.shape[1] - 1) / max(smaller.shape[1] - 1, 1))
    _shrink_kernel(larger, rows, columns, smaller)
    return smaller


@numba.njit(cache=True, nogil=True)
def _shrink_kernel(
    larger: Float32s,
    rows: npt.NDArray[np.float64],
    columns: npt.NDArray[np.float64],
    smaller: Float32s,
) -> None:
    """Sample each row of ``larger`` between two rows, then that row between two columns."""
    n_channels, height, width = larger.shape
    left = np.empty(columns.size, np.int64)
    x_share = np.empty(columns.size, np.float32)
    for x in range(columns.size):
        left[x] = min(int(columns[x]), max(width - 2, 0))
        x_share[x] = columns[x] - left[x]
    blended = np.empty(width + 1, np.float32)
    for channel in range(n_channels):
        for y in range(rows.size):
            top = min(int(rows[y]), max(height - 2, 0))
            bottom = min(top + 1, height - 1)
            y_share = np.float32(rows[y] - top)
            for x in range(width):
                upper = larger[channel, top, x]
                blended[x] = upper + y_share * (larger[channel, bottom, x] - upper)
            blended[width] = blended[width - 1]
            for x in range(columns.size):
                value = blended[left[x]]
                smaller[channel, y, x] = value + x_share[x] * (blended[left[x] + 1] - value)
