"""The tree of 64 subbands into which the specification splits an image.

A band that a high-pass filter made has its frequencies in reverse, so the halves of such a band are laid
out in reverse too; then all subbands lie in order of frequency. That is why each region knows whether it is
inverted: it is if, and only if, it is the upper half of its parent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of coefficients, in pixels of the transformed image."""

    x: int
    y: int
    width: int
    height: int
    x_inverted: bool = False
    y_inverted: bool = False

    def quarters(self) -> tuple[Region, Region, Region, Region]:
        """Low-low, high-low, low-high and high-high part, by true frequency; x first."""
        left = _first_half(self.width, inverted=self.x_inverted)
        top = _first_half(self.height, inverted=self.y_inverted)
        right, bottom = self.width - left, self.height - top
        return (
            Region(self.x, self.y, left, top, x_inverted=False, y_inverted=False),
            Region(self.x + left, self.y, right, top, x_inverted=True, y_inverted=False),
            Region(self.x, self.y + top, left, bottom, x_inverted=False, y_inverted=True),
            Region(self.x + left, self.y + top, right, bottom, x_inverted=True, y_inverted=True),
        )


def _first_half(length: int, *, inverted: bool) -> int:
    """Low-pass output has one sample more of an odd length, and comes second in an inverted band."""
    return length // 2 if inverted else (length + 1) // 2


@dataclass(frozen=True, slots=True)
class SubbandTree:
    """Regions that are split, parents first, and the subbands that are left, in order of their numbers."""

    splits: tuple[Region, ...]
    subbands: tuple[Region, ...]


def make_subband_tree(width_px: int, height_px: int) -> SubbandTree:
    """Lay out the 64 subbands of an image (specification, figure on subband decomposition)."""
    splits: list[Region] = []
    image = Region(0, 0, width_px, height_px)
    splits.append(image)
    low, *high_bands = image.quarters()
    subbands = list(_split_low_band(low, splits))
    for band in high_bands:
        subbands.extend(_split_evenly(band, 1, splits))
    return SubbandTree(tuple(splits), tuple(subbands))


def _split_low_band(low: Region, splits: list[Region]) -> Iterator[Region]:
    """Subbands 0 to 51."""
    splits.append(low)
    low_low, high_low, low_high, high_high = low.quarters()
    splits.append(low_low)
    quarter, *others = low_low.quarters()
    splits.append(quarter)
    lowest, *rest = quarter.quarters()
    yield from _split_evenly(lowest, 1, splits)
    yield from rest
    for region in others:
        yield from _split_evenly(region, 1, splits)
    yield from _split_evenly(high_low, 2, splits)
    yield from _split_evenly(low_high, 2, splits)
    yield high_high


def _split_evenly(region: Region, depth: int, splits: list[Region]) -> Iterator[Region]:
    if depth == 0:
        yield region
        return
    splits.append(region)
    for quarter in region.quarters():
        yield from _split_evenly(quarter, depth - 1, splits)
