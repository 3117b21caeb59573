"""One encounter each of many subjects, as arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from vantay.types import FaceTemplate, FingerPosition, FingerTemplate
from vantay_datasets.synthetic.minutiae import ImpressionBatch
from vantay_datasets.synthetic.population.faces import model_version
from vantay_datasets.synthetic.population.hands import ALL_FINGERS, FingerState, FingerStates
from vantay_datasets.synthetic.population.mistakes import LABELS, Filing, Mistake
from vantay_datasets.synthetic.population.options import FaceOptions
from vantay_datasets.synthetic.population.random_stream import Indices
from vantay_datasets.synthetic.population.subject import HeldFinger, SyntheticEncounter


@dataclass(frozen=True, slots=True, eq=False)
class HeldFingers:
    """Fingers that were held to the sensor, m of them.

    Attributes
    ----------
    row : (m,) intp
        Whose encounter, ascending.
    filed, position : (m,) uint8
        Values of `FingerPosition`: as it was filed, and as it truly is.
    finger_seed, impression_seed : (m,) uint64
        What the ridges and the touch come from.
    is_poor : (m,) bool
        Whether the impression is of the level "FVC-hard" because the finger is poor.
    age_years : (m,) float64
        Of the person on that day.
    """

    row: npt.NDArray[np.intp]
    filed: npt.NDArray[np.uint8]
    position: npt.NDArray[np.uint8]
    finger_seed: Indices
    impression_seed: Indices
    is_poor: npt.NDArray[np.bool_]
    age_years: npt.NDArray[np.float64]

    def __len__(self) -> int:
        """Count the fingers."""
        return int(self.row.size)

    def finger(self, i: int) -> HeldFinger:
        """Give the ground truth of one of them."""
        return HeldFinger(
            FingerPosition(int(self.position[i])),
            int(self.finger_seed[i]),
            int(self.impression_seed[i]),
            bool(self.is_poor[i]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class EncounterBatch:
    """Encounters of consecutive subjects; `encounter` gives one as an object.

    Attributes
    ----------
    number : int
        Of the encounter of each, from 0.
    subject_ids : tuple of str
        n names.
    captured_at : (n,) datetime64[ms]
        UTC.
    finger_offsets : (n + 1,) int64
        The fingers of subject k are those from ``finger_offsets[k]`` to ``finger_offsets[k + 1]``.
    held : HeldFingers
        The m fingers that were held to the sensor, and under which positions they are filed.
    impressions : tuple of ImpressionBatch
        The fingers of each level.
    source : (m, 2) int64
        Which of `impressions` each finger is in, and where.
    states : (n, 10) uint8
        `FingerState` by the position that is filed.
    faces : (n, d) float16 or None
        Unit vectors; None where none were asked for.
    face_quality : (n,) uint8
        0 to 100.
    face_options : FaceOptions
        What the templates name.
    filing : Filing
        Clerical mistakes.
    partner_ids : tuple of str
        With whom fingers were swapped, where they were.
    """

    number: int
    subject_ids: tuple[str, ...]
    captured_at: npt.NDArray[np.datetime64]
    finger_offsets: npt.NDArray[np.int64]
    held: HeldFingers
    impressions: tuple[ImpressionBatch, ...]
    source: npt.NDArray[np.int64]
    states: FingerStates
    faces: npt.NDArray[np.float16] | None
    face_quality: npt.NDArray[np.uint8]
    face_options: FaceOptions
    filing: Filing
    partner_ids: tuple[str, ...]

    def __len__(self) -> int:
        """Count the encounters."""
        return len(self.subject_ids)

    def __iter__(self) -> Iterator[SyntheticEncounter]:
        """Give each encounter."""
        return (self.encounter(k) for k in range(len(self)))

    def encounter(self, k: int) -> SyntheticEncounter:
        """Give the encounter of the k-th subject of the batch."""
        subject_id = self.subject_ids[k]
        milliseconds = int(self.captured_at[k].astype(np.int64))
        rows = {FingerPosition(int(self.held.filed[row])): row for row in self._rows(k)}
        return SyntheticEncounter(
            subject_id=subject_id,
            encounter_id=f"{subject_id}-{self.number}",
            number=self.number,
            captured_at=datetime.fromtimestamp(milliseconds / 1000, UTC),
            fingers={position: self.finger(row) for position, row in rows.items()},
            held={position: self.held.finger(row) for position, row in rows.items()},
            face=self.face(k),
            missing=self._missing(k),
            labels=self._labels(k),
        )

    def finger(self, row: int) -> FingerTemplate:
        """Give one finger as it is filed: ``row`` is from 0 to m − 1."""
        batch, place = self.source[row]
        template: FingerTemplate = self.impressions[batch].template(int(place))
        filed = FingerPosition(int(self.held.filed[row]))
        return template if template.position is filed else replace(template, position=filed)

    def face(self, k: int) -> FaceTemplate | None:
        """Give the face of the k-th subject, if faces were made."""
        if self.faces is None:
            return None
        options = self.face_options
        return FaceTemplate(self.faces[k], options.model, model_version(options), int(self.face_quality[k]))

    def _rows(self, k: int) -> range:
        return range(int(self.finger_offsets[k]), int(self.finger_offsets[k + 1]))

    def _missing(self, k: int) -> dict[FingerPosition, FingerState]:
        states = (FingerState(int(state)) for state in self.states[k])
        return {
            position: state for position, state in zip(ALL_FINGERS, states, strict=True) if state.is_missing
        }

    def _labels(self, k: int) -> Mapping[str, str]:
        mistake = Mistake(int(self.filing.kind[k]))
        if mistake is Mistake.NONE:
            return {}
        labels = {"swapped": LABELS[mistake]}
        if mistake is Mistake.PERSONS_SWAPPED:
            labels["fingers_of"] = self.partner_ids[k]
        elif (self.states[k] >= FingerState.BANDAGED).all():  # without a finger there is none to swap
            return {}
        if mistake is Mistake.FINGERS_SWAPPED:
            places = np.flatnonzero(self.filing.finger[k] != np.arange(len(ALL_FINGERS)))
            labels["positions"] = " ".join(str(int(ALL_FINGERS[place])) for place in places)
        return labels
