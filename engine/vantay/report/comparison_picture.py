"""Both prints of a comparison side by side, with what was paired: the picture for an examiner.

Paired minutiae carry the same colour and number on both sides and a line between them. Colours run along the
height of the probe, so that neighbours look alike and a pair that breaks ranks stands out.
"""

from __future__ import annotations

import colorsys
import math
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vantay.errors import IncompatibleTemplate
from vantay.report.drawing import Colour, Drawing, Picture, Point
from vantay.report.score_words import rarity_words
from vantay.types import (
    ANGLE_UNITS,
    TEMPLATE_PPI,
    Comparison,
    FingerImage,
    FingerPosition,
    FingerTemplate,
    MinutiaType,
)

MATCH_THRESHOLD = 40.0
"""FMR 0.01 %: the score that one non-mated comparison in 10,000 reaches."""

_INK: Colour = (28, 36, 48)
_QUIET: Colour = (108, 117, 130)
_GROUND: Colour = (244, 246, 249)
_WHITE: Colour = (255, 255, 255)
_UNPAIRED: Colour = (140, 147, 158)
_MATCH: Colour = (21, 112, 72)
_NO_MATCH: Colour = (168, 40, 40)

_MARGIN_PX = 24
_HEADER_PX = 92
_CAPTION_PX = 40
_FOOTER_PX = 48
_PRINT_HEIGHT_PX = 640
_MAX_SCALE = 2.0
_PAIRED_RADIUS_PX = 6.0
_UNPAIRED_RADIUS_PX = 4.0
_FADE = 0.55  # share of the ridges' contrast that stays, so that the markers stand before them


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """One print: its faded pixels at drawing scale, and where they go."""

    title: str
    template: FingerTemplate
    picture: Picture
    scale: float
    left_px: int

    def place(self, index: int) -> Point:
        """Where a minutia is in the whole picture."""
        minutia = self.template.minutiae[index]
        top_px = _HEADER_PX + _CAPTION_PX
        # + 0.5: a minutia stands for the centre of its pixel
        return (
            self.left_px + self.scale * (float(minutia["x_px"]) + 0.5),
            top_px + self.scale * (float(minutia["y_px"]) + 0.5),
        )


def draw_comparison(
    probe_image: FingerImage,
    reference_image: FingerImage,
    probe_template: FingerTemplate,
    reference_template: FingerTemplate,
    comparison: Comparison,
    *,
    threshold: float = MATCH_THRESHOLD,
) -> Picture:
    """Draw probe and reference with their minutiae, the pairs and the score.

    Parameters
    ----------
    probe_image, reference_image : FingerImage
        The samples, at any resolution.
    probe_template, reference_template : FingerTemplate
        Their minutiae, at 500 ppi.
    comparison : Comparison
        Of probe with reference, in this order.
    threshold : float
        From this score on it says match.

    Returns
    -------
    (h, w, 3) uint8
        RGB.

    Raises
    ------
    IncompatibleTemplate
        If a pair names a minutia that a template does not have.
    """
    _check_pairs(comparison.pairs, probe_template, reference_template)
    probe, reference = _lay_out(probe_image, reference_image, probe_template, reference_template)
    width_px = reference.left_px + reference.picture.shape[1] + _MARGIN_PX
    body_px = _CAPTION_PX + max(probe.picture.shape[0], reference.picture.shape[0])
    drawing = Drawing(width_px, _HEADER_PX + body_px + _FOOTER_PX, _GROUND)
    for side, paired in ((probe, comparison.pairs[:, 0]), (reference, comparison.pairs[:, 1])):
        _draw_side(drawing, side, unpaired=set(range(side.template.n_minutiae)) - set(paired.tolist()))
    _draw_pairs(drawing, probe, reference, comparison.pairs)
    _draw_header(drawing, comparison, threshold)
    _draw_footer(drawing, len(comparison.pairs))
    return drawing.finish()


def _check_pairs(
    pairs: npt.NDArray[np.int32], probe_template: FingerTemplate, reference_template: FingerTemplate
) -> None:
    for column, (name, template) in enumerate((("probe", probe_template), ("reference", reference_template))):
        indices = np.asarray(pairs).reshape(-1, 2)[:, column]
        bad = indices[(indices < 0) | (indices >= template.n_minutiae)]
        if bad.size:
            raise IncompatibleTemplate(
                f"a pair names {name} minutia {bad[0]}, expected 0 to {template.n_minutiae - 1}: "
                "the comparison is of other templates"
            )


def _lay_out(
    probe_image: FingerImage,
    reference_image: FingerImage,
    probe_template: FingerTemplate,
    reference_template: FingerTemplate,
) -> tuple[_Side, _Side]:
    tallest = max(image.pixels.shape[0] / image.ppi for image in (probe_image, reference_image))
    scale = min(_PRINT_HEIGHT_PX / (tallest * TEMPLATE_PPI), _MAX_SCALE)
    left = _faded(probe_image, scale)
    right = _faded(reference_image, scale)
    right_px = _MARGIN_PX + left.shape[1] + _MARGIN_PX
    return (
        _Side("Probe", probe_template, left, scale, _MARGIN_PX),
        _Side("Reference", reference_template, right, scale, right_px),
    )


def _faded(image: FingerImage, scale: float) -> Picture:
    """Bring a print to `scale` times 500 ppi and its ridges towards white."""
    factor = scale * TEMPLATE_PPI / image.ppi
    method = cv2.INTER_CUBIC if factor > 1.0 else cv2.INTER_AREA
    resized = cv2.resize(image.pixels, None, fx=factor, fy=factor, interpolation=method)
    return np.asarray(255.0 - _FADE * (255.0 - resized), dtype=np.uint8)


def _draw_side(drawing: Drawing, side: _Side, unpaired: Iterable[int]) -> None:
    template = side.template
    drawing.paste(side.picture, side.left_px, _HEADER_PX + _CAPTION_PX)
    caption = f"{template.n_minutiae} minutiae · quality {template.quality}"
    if template.position is not FingerPosition.UNKNOWN:
        caption = f"{template.position.name.replace('_', ' ').lower()} · {caption}"
    middle_px = _HEADER_PX + _CAPTION_PX // 2
    drawing.text((side.left_px, middle_px), side.title, _INK, 18, stroke_px=0.5)
    drawing.text((side.left_px + (62 if side.title == "Probe" else 100), middle_px), caption, _QUIET, 16)
    for index in unpaired:
        _draw_minutia(drawing, side, index, _UNPAIRED, radius_px=_UNPAIRED_RADIUS_PX)


def _draw_minutia(drawing: Drawing, side: _Side, index: int, colour: Colour, *, radius_px: float) -> None:
    minutia = side.template.minutiae[index]
    drawing.minutia(
        side.place(index), int(minutia["angle"]), int(minutia["type"]), colour, radius_px=radius_px
    )


def _draw_pairs(drawing: Drawing, probe: _Side, reference: _Side, pairs: npt.NDArray[np.int32]) -> None:
    """Lines below all markers, numbers above; number 1 is the best pair."""
    colours = _pair_colours(probe, pairs)
    lines = drawing.pixels.copy()
    for (i, j), colour in zip(pairs, colours, strict=True):
        drawing.line(probe.place(i), reference.place(j), colour)
    cv2.addWeighted(drawing.pixels, 0.6, lines, 0.4, 0.0, dst=drawing.pixels)
    for number, ((i, j), colour) in enumerate(zip(pairs, colours, strict=True), start=1):
        for side, index in ((probe, int(i)), (reference, int(j))):
            _draw_minutia(drawing, side, index, colour, radius_px=_PAIRED_RADIUS_PX)
            drawing.halo_text(_number_place(side, index), str(number), colour, 13)


def _number_place(side: _Side, index: int) -> Point:
    """Beside the marker, away from its tail."""
    theta = 2.0 * math.pi * int(side.template.minutiae[index]["angle"]) / ANGLE_UNITS
    x_px, y_px = side.place(index)
    return x_px - 15.0 * math.cos(theta), y_px + 15.0 * math.sin(theta)


def _pair_colours(probe: _Side, pairs: npt.NDArray[np.int32]) -> list[Colour]:
    """One colour a pair: hues from blue over magenta to orange, from the top of the probe to its bottom."""
    heights = [probe.place(i)[1] for i, _ in pairs]
    order = np.argsort(np.argsort(heights, kind="stable"), kind="stable") / max(len(pairs) - 1, 1)
    return [_hue_colour(0.55 + 0.5 * float(share)) for share in order]


def _hue_colour(hue: float) -> Colour:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, 0.85, 0.78)
    return round(255 * red), round(255 * green), round(255 * blue)


def _draw_header(drawing: Drawing, comparison: Comparison, threshold: float) -> None:
    is_match = comparison.score >= threshold
    colour = _MATCH if is_match else _NO_MATCH
    width_px = drawing.pixels.shape[1]
    drawing.rectangle((0, 0), (width_px, _HEADER_PX - 6), _WHITE)
    drawing.rectangle((0, 0), (8, _HEADER_PX - 6), colour)
    drawing.text((_MARGIN_PX, 30), "Match" if is_match else "No match", colour, 30, stroke_px=0.7)
    left_px = _MARGIN_PX + (118 if is_match else 168)
    drawing.text((left_px, 32), f"score {comparison.score:.1f}, threshold {threshold:g}", _INK, 22)
    words = f"Different fingers score as high in {rarity_words(comparison.score)}."
    drawing.text((_MARGIN_PX, 64), words, _QUIET, 16)


def _draw_footer(drawing: Drawing, n_pairs: int) -> None:
    height_px = drawing.pixels.shape[0]
    y_px = height_px - _FOOTER_PX / 2
    x_px = float(_MARGIN_PX)
    drawing.text((x_px, y_px), f"{n_pairs} paired minutiae, numbered from the best", _INK, 16, stroke_px=0.3)
    x_px += 380
    for kind, words, advance_px in (
        (MinutiaType.RIDGE_ENDING, "ridge ending", 140.0),
        (MinutiaType.RIDGE_BIFURCATION, "bifurcation", 130.0),
    ):
        drawing.minutia((x_px, y_px), 0, kind, _INK, radius_px=_PAIRED_RADIUS_PX)
        drawing.text((x_px + 24, y_px), words, _QUIET, 16)
        x_px += advance_px
    drawing.minutia((x_px, y_px), 0, MinutiaType.RIDGE_ENDING, _UNPAIRED, radius_px=_UNPAIRED_RADIUS_PX)
    drawing.text((x_px + 20, y_px), "not paired", _QUIET, 16)
