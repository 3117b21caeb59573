"""Write a synthetic population as a bulk file.

Fingers become ISO/IEC 19794-2:2005 records and faces vectors, as the bulk schema has them. Of the first
subjects, as many as asked for, fingers are images instead, made by the generator of prints. Its ridges are
not those of the templates, so a finger of a subject is one or the other in all encounters of a file.
"""

from __future__ import annotations

import functools
import io
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from vantay.errors import InvalidSetting
from vantay.fingerprint.codec import RecordFormat, encode
from vantay.types import TEMPLATE_PPI, FingerPosition
from vantay_datasets.bulk import BulkRow, BulkWriter, Document, Kind, Sex
from vantay_datasets.sample import Modality
from vantay_datasets.synthetic.fingerprint import ImpressionLevel, MasterPrint, make_impression, make_master
from vantay_datasets.synthetic.minutiae import TemplateLevel
from vantay_datasets.synthetic.population import (
    ALL_FINGERS,
    Population,
    SyntheticEncounter,
    SyntheticSubject,
)

IMAGE_LEVELS = {
    TemplateLevel.LIVE_SCAN: ImpressionLevel.GOOD,
    TemplateLevel.FVC_HARD: ImpressionLevel.FAIR,
}
"""Which images go with which templates. By name, not by comparison scores: those of images are not fitted."""
POOR_IMAGE_LEVEL = ImpressionLevel.POOR


@dataclass(frozen=True, slots=True)
class PopulationFilePlan:
    """What is written of each subject.

    Attributes
    ----------
    level : TemplateLevel
        Of the impressions.
    positions : tuple of FingerPosition
        Which fingers.
    with_faces : bool
        Whether faces are written.
    n_encounters : int
        Of each subject.
    n_image_subjects : int
        Of how many subjects, from the first, fingers are images; they take over a second of one core each.
    n_threads : int
        Which make templates ahead.
    """

    level: TemplateLevel = TemplateLevel.LIVE_SCAN
    positions: tuple[FingerPosition, ...] = ALL_FINGERS
    with_faces: bool = True
    n_encounters: int = 1
    n_image_subjects: int = 0
    n_threads: int = 2

    def __post_init__(self) -> None:
        if self.n_encounters < 1:
            raise InvalidSetting(f"{self.n_encounters} encounters, expected 1 or more")
        if self.n_image_subjects < 0:
            raise InvalidSetting(f"images of {self.n_image_subjects} subjects, expected 0 or more")


def write_population(
    population: Population,
    path: Path,
    plan: PopulationFilePlan | None = None,
    *,
    advance: Callable[[], None] = lambda: None,
) -> int:
    """Write a population as a bulk file.

    Parameters
    ----------
    population : Population
        All of it is written.
    path : Path
        ``.parquet``, or JSON lines in ``.jsonl``; appears when all is written.
    plan : PopulationFilePlan, optional
        What of each subject; by default ten fingers and the face, once.
    advance : callable
        Called after each subject, for a progress bar.

    Returns
    -------
    int
        How many rows were written.

    Raises
    ------
    InvalidSample
        If the path's suffix is another.
    """
    with BulkWriter(path) as writer:
        for rows in subject_rows(population, plan or PopulationFilePlan()):
            writer.write(rows)
            advance()
        return writer.n_rows


def subject_rows(population: Population, plan: PopulationFilePlan) -> Iterator[list[BulkRow]]:
    """Give the rows of each subject of a population, in order; parameters as `write_population`."""
    numbers = range(plan.n_encounters)
    visits = [_encounters(population, plan, number) for number in numbers]
    for subject, *encounters in zip(population.subjects(), *visits, strict=True):
        with_images = subject.index < plan.n_image_subjects
        rows = [
            row
            for encounter in encounters
            for row in _encounter_rows(subject, encounter, plan.level if with_images else None)
        ]
        yield rows or [_row(subject, None, Kind.NONE)]


def _encounters(
    population: Population, plan: PopulationFilePlan, number: int
) -> Iterator[SyntheticEncounter]:
    batches = population.iter_encounters(
        number=number,
        level=plan.level,
        positions=plan.positions,
        with_faces=plan.with_faces,
        n_threads=plan.n_threads,
    )
    return itertools.chain.from_iterable(batches)


def _encounter_rows(
    subject: SyntheticSubject, encounter: SyntheticEncounter, image_level: TemplateLevel | None
) -> Iterator[BulkRow]:
    if image_level is None:
        for position, template in encounter.fingers.items():
            record = encode(template, RecordFormat.ISO_19794_2_2005)
            yield _row(
                subject,
                encounter,
                Kind.TEMPLATE,
                modality=Modality.FINGER,
                position=position,
                data=record,
                quality=template.quality,
            )
    else:
        yield from _image_rows(subject, encounter, image_level)
    if encounter.face is not None:
        face = encounter.face
        yield _row(
            subject,
            encounter,
            Kind.TEMPLATE,
            modality=Modality.FACE,
            data=face.vector.astype("<f2").tobytes(),
            model=face.model,
            model_version=face.model_version or None,
            quality=face.quality,
        )


def _image_rows(
    subject: SyntheticSubject, encounter: SyntheticEncounter, level: TemplateLevel
) -> Iterator[BulkRow]:
    for position, held in encounter.held.items():
        master = _master(held.finger_seed, held.position)
        image_level = POOR_IMAGE_LEVEL if held.is_poor else IMAGE_LEVELS[level]
        impression = make_impression(master, held.impression_seed, image_level)
        yield _row(
            subject,
            encounter,
            Kind.IMAGE,
            modality=Modality.FINGER,
            position=position,
            data=_png(impression.image.pixels),
            ppi=impression.image.ppi,
        )


@functools.lru_cache(maxsize=len(ALL_FINGERS))
def _master(seed: int, position: FingerPosition) -> MasterPrint:
    return make_master(seed, position=position)


def _png(pixels: npt.NDArray[np.uint8]) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="PNG", dpi=(TEMPLATE_PPI, TEMPLATE_PPI), compress_level=1)
    return file.getvalue()


def _row(
    subject: SyntheticSubject, encounter: SyntheticEncounter | None, kind: Kind, **sample: Any
) -> BulkRow:
    visit: dict[str, Any] = {}
    if encounter is not None:
        visit = {"encounter_id": encounter.encounter_id, "captured_at": encounter.captured_at}
    return BulkRow(
        subject_id=subject.subject_id,
        sex=Sex(subject.sex),
        birth_date=subject.birth_date,
        nationality=subject.nationality,
        documents=tuple(Document(d.type, d.number, d.issuer, d.expires_on) for d in subject.documents),
        kind=kind,
        labels=_labels(subject, encounter),
        **visit,
        **sample,
    )


def _labels(subject: SyntheticSubject, encounter: SyntheticEncounter | None) -> Mapping[str, str]:
    """Tell what is true of subject and encounter, and which fingers are missing why."""
    if encounter is None:
        return subject.labels
    labels = {**subject.labels, **encounter.labels}
    if encounter.missing:
        labels["missing"] = " ".join(
            f"{int(position)}:{state.name.lower()}" for position, state in encounter.missing.items()
        )
    return labels
