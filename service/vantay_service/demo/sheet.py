"""Ten prints on one sheet, each with its quality."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np

from vantay.fingerprint.image import read_finger_image
from vantay.report.drawing import Colour, Drawing, Picture
from vantay.types import FingerPosition
from vantay_service.demo.impressions import FINGERS
from vantay_service.demo.wording import finger_words
from vantay_service.v1 import intake_pb2 as pb

_CELL_PX = 196
_GAP_PX = 12
_LABEL_PX = 40
_RIM_PX = 3
_N_COLUMNS = 5
_GROUND: Colour = (244, 246, 249)
_INK: Colour = (28, 36, 48)
_GOOD: Colour = (21, 112, 72)
_POOR: Colour = (168, 40, 40)


def draw_sheet(fingers: Mapping[FingerPosition, bytes], answer: pb.CheckApplicantResponse) -> Picture:
    """Draw the right hand above the left one, with what the server says of each finger.

    Parameters
    ----------
    fingers : mapping of FingerPosition to bytes
        Images, as they are filed.
    answer : CheckApplicantResponse
        With a report of each.

    Returns
    -------
    (h, w, 3) uint8
        RGB.
    """
    reports = {int(report.position): report for report in answer.captures}
    across, down = _CELL_PX + _GAP_PX, _CELL_PX + _LABEL_PX + _GAP_PX
    drawing = Drawing(_GAP_PX + _N_COLUMNS * across, _GAP_PX + 2 * down, _GROUND)
    for place, position in enumerate(FINGERS):
        row, column = divmod(place, _N_COLUMNS)
        corner = (_GAP_PX + column * across, _GAP_PX + row * down)
        if position in fingers and int(position) in reports:
            _draw_finger(drawing, corner, fingers[position], reports[int(position)])
    return drawing.finish()


def _draw_finger(drawing: Drawing, corner: tuple[int, int], image: bytes, report: pb.CaptureReport) -> None:
    left, top = corner
    colour = _POOR if report.reason else _GOOD
    drawing.rectangle(
        (left - _RIM_PX, top - _RIM_PX), (left + _CELL_PX + _RIM_PX, top + _CELL_PX + _RIM_PX), colour
    )
    drawing.paste(_fitted(image), left, top)
    quality = f"quality {report.quality}" if report.HasField("quality") else "unreadable"
    drawing.text((left, top + _CELL_PX + 15), finger_words(report.position), _INK, 15)
    drawing.text((left, top + _CELL_PX + 33), quality, colour, 15, stroke_px=0.4)


def _fitted(image: bytes) -> Picture:
    """Bring a print into a white square."""
    pixels = read_finger_image(image).pixels
    scale = _CELL_PX / max(pixels.shape)
    small = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    square: Picture = np.full((_CELL_PX, _CELL_PX), 255, np.uint8)
    top, left = (_CELL_PX - small.shape[0]) // 2, (_CELL_PX - small.shape[1]) // 2
    square[top : top + small.shape[0], left : left + small.shape[1]] = small
    return square
