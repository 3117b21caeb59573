"""A photo with what was found in it: box, landmarks, the aligned chip, quality components with advice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from vantay.report.drawing import Colour, Drawing, Picture

_INK: Colour = (28, 36, 48)
_QUIET: Colour = (108, 117, 130)
_GROUND: Colour = (244, 246, 249)
_WHITE: Colour = (255, 255, 255)
_GOOD: Colour = (21, 112, 72)
_POOR: Colour = (168, 40, 40)
_TRACK: Colour = (222, 226, 232)
_BOX: Colour = (255, 196, 0)

_MARGIN_PX = 24
_PHOTO_HEIGHT_PX = 640
_MAX_PHOTO_WIDTH_PX = 900
_PANEL_PX = 620
_CHIP_PX = 150
_ROW_PX = 30


@dataclass(frozen=True, slots=True)
class QualityRow:
    """A line of the table of components.

    Attributes
    ----------
    name : str
        Of the component.
    value : str
        With its unit.
    verdict : str
        ``good``, ``poor`` or ``not assessed``.
    advice : str
        Shown if it is not good.
    """

    name: str
    value: str
    verdict: str
    advice: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class FaceFindings:
    """What to draw.

    Attributes
    ----------
    box_px : tuple of float
        Left, top, width, height of the face.
    landmarks_px : (n, 2) float64
        x, y.
    chip : (h, w, 3) uint8
        What the embedding saw.
    quality : int
        The unified score, 0 to 100.
    is_good : bool
        Whether the score is good enough.
    rows : sequence of QualityRow
        The components.
    footer : str
        A last line, for instance which models were used.
    """

    box_px: tuple[float, float, float, float]
    landmarks_px: npt.NDArray[np.float64]
    chip: Picture
    quality: int
    is_good: bool
    rows: Sequence[QualityRow]
    footer: str = ""


def draw_face(photo: Picture, findings: FaceFindings) -> Picture:
    """Draw a photo with its face and the judgement of its quality.

    Parameters
    ----------
    photo : (h, w, 3) uint8
        Red, green, blue.
    findings : FaceFindings
        What was found.

    Returns
    -------
    (h', w', 3) uint8
        RGB.
    """
    scale = min(_PHOTO_HEIGHT_PX / photo.shape[0], _MAX_PHOTO_WIDTH_PX / photo.shape[1])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    shown = np.asarray(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=method), np.uint8)
    panel_height = _CHIP_PX + 40 + _ROW_PX * (len(findings.rows) + 1)
    height = max(shown.shape[0], panel_height) + 2 * _MARGIN_PX
    drawing = Drawing(shown.shape[1] + _PANEL_PX + 3 * _MARGIN_PX, height, _GROUND)
    _mark_face(shown, findings, scale)
    drawing.paste(shown, _MARGIN_PX, _MARGIN_PX)
    left = shown.shape[1] + 2 * _MARGIN_PX
    _draw_head(drawing, findings, left)
    for index, row in enumerate(findings.rows):
        _draw_row(drawing, row, left, _MARGIN_PX + _CHIP_PX + 40 + _ROW_PX * index)
    drawing.text((left, height - _MARGIN_PX), findings.footer, _QUIET, 13)
    return drawing.finish()


def _mark_face(shown: Picture, findings: FaceFindings, scale: float) -> None:
    """Draw box and landmarks into the photo itself, so that they end where it does."""
    left, top, width, height = (scale * value for value in findings.box_px)
    corners = (round(left), round(top)), (round(left + width), round(top + height))
    cv2.rectangle(shown, *corners, _WHITE, 4, cv2.LINE_AA)
    cv2.rectangle(shown, *corners, _BOX, 2, cv2.LINE_AA)
    for x, y in (findings.landmarks_px + 0.5) * scale:
        cv2.circle(shown, (round(x), round(y)), 5, _WHITE, cv2.FILLED, cv2.LINE_AA)
        cv2.circle(shown, (round(x), round(y)), 3, _BOX, cv2.FILLED, cv2.LINE_AA)


def _draw_head(drawing: Drawing, findings: FaceFindings, left: int) -> None:
    chip = np.asarray(cv2.resize(findings.chip, (_CHIP_PX, _CHIP_PX), interpolation=cv2.INTER_AREA), np.uint8)
    drawing.paste(chip, left, _MARGIN_PX)
    colour = _GOOD if findings.is_good else _POOR
    x, y = left + _CHIP_PX + _MARGIN_PX, _MARGIN_PX + 40
    drawing.text((x, y), f"Quality {findings.quality} of 100", colour, 28, stroke_px=0.6)
    drawing.rectangle((x, y + 32), (x + 400, y + 44), _TRACK)
    drawing.rectangle((x, y + 32), (x + 4 * findings.quality, y + 44), colour)
    drawing.text((x, y + 72), "Left: the aligned face as the embedding sees it", _QUIET, 14)


def _draw_row(drawing: Drawing, row: QualityRow, left: int, y: int) -> None:
    colour = {"good": _GOOD, "poor": _POOR}.get(row.verdict, _QUIET)
    drawing.rectangle((left, y - 6), (left + 12, y + 6), colour)
    drawing.text((left + 24, y), row.name.replace("_", " "), _INK, 16)
    drawing.text((left + 160, y), row.value, _INK, 16)
    drawing.text((left + 240, y), row.advice if row.verdict != "good" else row.verdict, colour, 14)
