"""Error rates of face recognition on folders of photos and on pairs files.

A photo that gives no template has cosine −1 with every other, so that refusing hard photos does not improve
the figures. `face_task` says which photos are compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from vantay.errors import ExtractionFailed, InvalidSample
from vantay.evaluation.face_degradation import degrade
from vantay.evaluation.face_task import (
    FacePhoto,
    FaceTask,
    Indices,
    open_face_folders,
    open_face_task,
    with_degraded_probes,
)
from vantay.evaluation.score_table import ImpressionName, ScoreTable
from vantay.face.comparison import stack_vectors
from vantay.face.extraction import FaceExtractor
from vantay.face.image import read_face_image
from vantay.types import FaceTemplate

__all__ = [
    "FAILED_COSINE",
    "AcquiredPhoto",
    "FacePhoto",
    "FaceResult",
    "FaceTask",
    "compare_photos",
    "evaluate_faces",
    "open_face_folders",
    "open_face_task",
    "table_names",
    "with_degraded_probes",
]

FAILED_COSINE = -1.0


@dataclass(frozen=True, slots=True, eq=False)
class AcquiredPhoto:
    """What became of a photo.

    Attributes
    ----------
    template : FaceTemplate or None
        None is a failure to acquire.
    rejection : str
        Why there is none; empty if there is one.
    extract_ms : float
        Processor time from pixels to template; 0 if the file was not readable.
    """

    template: FaceTemplate | None
    rejection: str
    extract_ms: float


@dataclass(frozen=True, slots=True, eq=False)
class FaceResult:
    """What an evaluation gave.

    Attributes
    ----------
    task : FaceTask
        Of what.
    acquired : tuple of AcquiredPhoto
        One a photo.
    scores : ScoreTable
        All comparisons; scores are cosines. A photo's name there is the number of its subject and its own.
    """

    task: FaceTask
    acquired: tuple[AcquiredPhoto, ...]
    scores: ScoreTable

    @property
    def fta(self) -> float:
        """Failure-to-acquire rate: the share of photos without a template."""
        return sum(one.template is None for one in self.acquired) / len(self.acquired)


def evaluate_faces(
    task: FaceTask,
    extractor: FaceExtractor,
    *,
    advance: Callable[[], None] = lambda: None,
) -> FaceResult:
    """Make the templates of a task's photos and compare them.

    Parameters
    ----------
    task : FaceTask
        From `open_face_task`.
    extractor : FaceExtractor
        Of the profile to measure.
    advance : callable
        Called after each photo, for a progress bar.

    Returns
    -------
    FaceResult
        Scores, failures and times.
    """
    acquired = []
    for photo in task.photos:
        acquired.append(_acquire(photo, extractor))
        advance()
    return compare_photos(task, acquired)


def compare_photos(task: FaceTask, acquired: Sequence[AcquiredPhoto]) -> FaceResult:
    """Compare the photos of a task as it says.

    Parameters
    ----------
    task : FaceTask
        The task.
    acquired : sequence of AcquiredPhoto
        In the order of its photos.

    Returns
    -------
    FaceResult
        Comparisons in the order of the task.
    """
    templates = [one.template for one in acquired]
    vectors, is_there = _vectors(templates)
    quality = np.array([0.0 if t is None else t.quality for t in templates])
    cosines = _cosines(vectors, task.probe, task.reference)
    cosines[~(is_there[task.probe] & is_there[task.reference])] = FAILED_COSINE
    names = table_names(task.photos)
    table = ScoreTable(
        name=task.name,
        probes=[names[i] for i in task.probe],
        candidates=[names[j] for j in task.reference],
        scores=cosines,
        qualities=np.minimum(quality[task.probe], quality[task.reference]),
    )
    return FaceResult(task, tuple(acquired), table)


def _acquire(photo: FacePhoto, extractor: FaceExtractor) -> AcquiredPhoto:
    try:
        image = read_face_image(photo.path, name=photo.name)
    except InvalidSample as error:
        return AcquiredPhoto(None, str(error), 0.0)
    if photo.degradation:
        image = replace(image, pixels=degrade(image.pixels, photo.degradation))
    start = time.process_time()
    try:
        template = extractor.extract(image)
    except ExtractionFailed as error:
        return AcquiredPhoto(None, str(error), 1e3 * (time.process_time() - start))
    return AcquiredPhoto(template, "", 1e3 * (time.process_time() - start))


def _vectors(
    templates: Sequence[FaceTemplate | None],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """Vectors below each other, zeros where there is no template; and where there is one."""
    is_there = np.array([template is not None for template in templates], np.bool_)
    there = [template for template in templates if template is not None]
    if not there:
        return np.zeros((len(templates), 1), np.float32), is_there
    vectors = np.zeros((len(templates), there[0].vector.size), np.float32)
    vectors[is_there] = stack_vectors(there, like=there[0])
    return vectors, is_there


def _cosines(vectors: npt.NDArray[np.float32], probe: Indices, reference: Indices) -> npt.NDArray[np.float64]:
    """Inner products of pairs, a hundred thousand at a time."""
    parts = [
        np.einsum(
            "ij,ij->i", vectors[probe[first : first + 100_000]], vectors[reference[first : first + 100_000]]
        )
        for first in range(0, len(probe), 100_000)
    ]
    return np.concatenate([np.empty(0), *parts]).astype(np.float64)


def table_names(photos: Sequence[FacePhoto]) -> list[ImpressionName]:
    """Name photos by numbers, as score tables do: those of one subject have the same first number."""
    subjects = {subject: number for number, subject in enumerate(sorted({p.subject for p in photos}))}
    return [ImpressionName("", subjects[photo.subject], index) for index, photo in enumerate(photos)]
