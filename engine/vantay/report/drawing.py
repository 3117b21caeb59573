"""Anti-aliased lines, minutiae and text on an RGB picture, at positions of a sixteenth of a pixel.

OpenCV draws shapes; Pillow draws text once all shapes are there, with the scalable typeface that it carries,
which has ASCII and a few other signs such as ·.
"""

from __future__ import annotations

import functools
import math
import re
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from vantay.types import ANGLE_UNITS, MinutiaType

Picture = npt.NDArray[np.uint8]
Colour = tuple[int, int, int]
Point = tuple[float, float]

_WHITE: Colour = (255, 255, 255)
_DIGIT_AND_SPACE = re.compile(r"(?<=\d) (?=[a-z])")  # the typeface kerns this space away
_SHIFT = 4  # OpenCV takes fixed-point coordinates with this many fractional bits


class Drawing:
    """A picture to draw on.

    Parameters
    ----------
    width_px, height_px : int
        Size of the picture.
    colour : tuple of int
        Its ground, red, green, blue.
    """

    def __init__(self, width_px: int, height_px: int, colour: Colour) -> None:
        self.pixels: Picture = np.full((height_px, width_px, 3), colour, dtype=np.uint8)
        self._labels: list[_Label] = []

    def paste(self, picture: Picture, x_px: int, y_px: int) -> None:
        """Put an (h, w) or (h, w, 3) picture with its top left corner at this place."""
        height, width = picture.shape[:2]
        target = self.pixels[y_px : y_px + height, x_px : x_px + width]
        target[:] = picture if picture.ndim == 3 else picture[..., np.newaxis]

    def rectangle(self, top_left: Point, bottom_right: Point, colour: Colour) -> None:
        """Fill a rectangle."""
        cv2.rectangle(
            self.pixels, _fixed(top_left), _fixed(bottom_right), colour, cv2.FILLED, cv2.LINE_AA, _SHIFT
        )

    def line(self, start: Point, end: Point, colour: Colour, *, width_px: int = 1) -> None:
        """Draw a straight line."""
        cv2.line(self.pixels, _fixed(start), _fixed(end), colour, width_px, cv2.LINE_AA, _SHIFT)

    def minutia(self, place: Point, angle: int, kind: int, colour: Colour, *, radius_px: float = 5.0) -> None:
        """Draw a minutia: a tail in its direction; a ring for an ending, a disc for a bifurcation or other.

        Parameters
        ----------
        place : tuple of float
            Its centre in px.
        angle : int
            Direction in units of 2π/256, counter-clockwise.
        kind : int
            A `MinutiaType`.
        colour : tuple of int
            Of ring, disc and tail; a white rim sets them off from the ridges.
        radius_px : float
            Of the ring.
        """
        theta = 2.0 * math.pi * angle / ANGLE_UNITS
        reach = (math.cos(theta), -math.sin(theta))  # angles turn counter-clockwise, y grows downwards
        start = (place[0] + radius_px * reach[0], place[1] + radius_px * reach[1])
        end = (place[0] + 3.2 * radius_px * reach[0], place[1] + 3.2 * radius_px * reach[1])
        self.line(start, end, _WHITE, width_px=4)
        self._disc(place, radius_px + 2.0, _WHITE)
        self.line(start, end, colour, width_px=2)
        self._disc(place, radius_px + 1.0, colour)
        if kind == MinutiaType.RIDGE_ENDING:
            self._disc(place, radius_px - 1.5, _WHITE)

    def _disc(self, place: Point, radius_px: float, colour: Colour) -> None:
        radius = round(radius_px * 2**_SHIFT)
        cv2.circle(self.pixels, _fixed(place), radius, colour, cv2.FILLED, cv2.LINE_AA, _SHIFT)

    def text(self, place: Point, text: str, colour: Colour, size_px: int, *, stroke_px: float = 0.0) -> None:
        """Write a line of text above all shapes; `place` is its left end at half height, a stroke is bold."""
        self._labels.append(_Label(place, text, colour, size_px, stroke_px, colour))

    def halo_text(self, place: Point, text: str, colour: Colour, size_px: int) -> None:
        """Write small text that a white rim keeps legible on ridges; `place` is its middle."""
        left = place[0] - text_width_px(text, size_px) / 2
        self._labels.append(_Label((left, place[1]), text, colour, size_px, 2.0, _WHITE))

    def finish(self) -> Picture:
        """Write the texts and give the picture, (h, w, 3) uint8 RGB."""
        image = Image.fromarray(self.pixels)
        pen = ImageDraw.Draw(image)
        for label in self._labels:
            pen.text(
                label.place,
                _DIGIT_AND_SPACE.sub("  ", label.text),
                fill=label.colour,
                font=_font(label.size_px),
                anchor="lm",
                stroke_width=label.stroke_px,
                stroke_fill=label.stroke_colour,
            )
        return np.array(image)


class _Label(NamedTuple):
    place: Point
    text: str
    colour: Colour
    size_px: int
    stroke_px: float
    stroke_colour: Colour


def text_width_px(text: str, size_px: int) -> float:
    """Measure a line of text."""
    return float(_font(size_px).getlength(text))


@functools.cache
def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size_px)


def _fixed(point: Point) -> tuple[int, int]:
    return round(point[0] * 2**_SHIFT), round(point[1] * 2**_SHIFT)
