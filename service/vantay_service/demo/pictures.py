"""The evidence as pictures: what was captured, and what it was compared with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vantay.engine import Engine
from vantay.fingerprint.image import read_finger_image
from vantay.report.comparison_picture import draw_comparison
from vantay.report.drawing import Picture
from vantay.report.page import Figure
from vantay.types import FingerImage, FingerPosition, FingerTemplate
from vantay_service.demo.day import Answered
from vantay_service.demo.impressions import Impressions, Visit
from vantay_service.demo.portrait import Photos, side_by_side
from vantay_service.demo.scenarios import RESIDENT
from vantay_service.demo.sheet import draw_sheet
from vantay_service.demo.spoiling import other_hand
from vantay_service.demo.wording import finger_words
from vantay_service.v1 import intake_pb2 as pb

_DRAWN = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_THUMB)
"""Of ten fingers, whose comparison is drawn."""


class Evidence:
    """Draws what an answer rests on.

    Parameters
    ----------
    workbench : Engine
        Makes the templates again, and compares them.
    impressions : Impressions
        The enrolled images.
    photos : Photos, optional
        Those of the known resident; None where faces cannot be compared.
    """

    def __init__(self, workbench: Engine, impressions: Impressions, photos: Photos | None) -> None:
        self._workbench = workbench
        self._impressions = impressions
        self._photos = photos

    def figures(self, one: Answered) -> list[Figure]:
        """Draw an answer: comparisons where somebody was found or claimed, else what was captured."""
        figures: list[Figure] = []
        drawn: Sequence[FingerPosition] = _DRAWN
        if one.scenario.person.number == RESIDENT and self._photos is not None:
            caption = "Photo of today beside the enrolled one (NASA's portrait of Eileen Collins, altered)."
            figures.append(Figure(side_by_side(self._photos.probe, self._photos.reference), caption))
            drawn = _DRAWN[:1]
        for subject_id in one.scenario.compared:
            figures += self._comparisons(one, subject_id, drawn)
        if not figures and one.answer.captures:
            figures.append(Figure(draw_sheet(one.scenario.fingers, one.answer), _sheet_caption(one)))
        return figures

    def _comparisons(
        self, one: Answered, subject_id: str, drawn: Sequence[FingerPosition]
    ) -> Iterator[Figure]:
        references = self._impressions.read(Visit(int(subject_id[1:]), touch=0))
        for position in drawn:
            is_swapped = pb.CHECK_REASON_FINGERS_IN_ANOTHER_ORDER in one.answer.reasons
            enrolled = other_hand(position) if is_swapped else position
            picture, score = self._draw(
                one.scenario.fingers[position], references[enrolled], position, enrolled
            )
            filed = f"filed as {finger_words(position)}" if is_swapped else f"the {finger_words(position)}"
            caption = (
                f"The applicant's finger, {filed}, beside the {finger_words(enrolled)} of {subject_id}: "
                f"score {score:.0f}."
            )
            yield Figure(picture, caption)

    def _draw(
        self, probe: bytes, reference: bytes, position: FingerPosition, enrolled: FingerPosition
    ) -> tuple[Picture, float]:
        left = read_finger_image(probe, position=position)
        right = read_finger_image(reference, position=enrolled)
        found, known = self._extract(left), self._extract(right)
        comparison = self._workbench.compare(found, known)
        return draw_comparison(left, right, found, known, comparison), comparison.score

    def _extract(self, image: FingerImage) -> FingerTemplate:
        return self._workbench.extract(image, position=image.position)


def _sheet_caption(one: Answered) -> str:
    if one.scenario.wrong_fingers:
        return "What was captured, with the quality of each finger; what has to be captured again is red."
    return "What was captured, with the quality of each finger, 0 to 100."
