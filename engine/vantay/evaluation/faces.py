"""Error rates of face recognition on folders of photos and on pairs files.

In folders each unordered pair of photos is compared once, across folders too: different folders are different
people. A pairs file says which photos to compare. A photo that gives no template has cosine −1 with every
other, so that refusing hard photos does not improve the figures.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vantay.errors import ExtractionFailed, InvalidSample, InvalidSetting
from vantay.evaluation.face_degradation import DEGRADATIONS, degrade
from vantay.evaluation.score_table import ImpressionName, ScoreTable
from vantay.face.comparison import stack_vectors
from vantay.face.extraction import FaceExtractor
from vantay.face.image import read_face_image
from vantay.types import FaceTemplate
from vantay_datasets.lfw_pairs import NamedPhoto, read_lfw_pairs
from vantay_datasets.subject_folders import list_subject_photos

Indices = npt.NDArray[np.intp]

MAX_FOLDER_PHOTOS = 3000
"""Of all folders together: 4.5 million comparisons. Larger sets have pairs files."""

FAILED_COSINE = -1.0


@dataclass(frozen=True, slots=True)
class FacePhoto:
    """One photo of an evaluation.

    Attributes
    ----------
    name : str
        ``set/subject/file`` or ``subject/file``, as score files have it.
    subject : str
        Whose.
    path : Path
        The image file.
    degradation : str
        Which degraded copy of it, one of `DEGRADATIONS`; empty for the photo itself.
    """

    name: str
    subject: str
    path: Path
    degradation: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class FaceTask:
    """Photos, and which of them to compare.

    Attributes
    ----------
    name : str
        What tables and plots call it.
    photos : tuple of FacePhoto
        Each once.
    probe, reference : (n,) intp
        Indices of the two photos of each comparison.
    folds : (n,) intp or None
        Which fold each comparison is in, from 0, where there are folds.
    """

    name: str
    photos: tuple[FacePhoto, ...]
    probe: Indices
    reference: Indices
    folds: Indices | None = None


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


def open_face_task(arguments: Sequence[str], images: Path | None = None) -> FaceTask:
    """Find the photos of the folders, or of the one pairs file, on a command line.

    Parameters
    ----------
    arguments : sequence of str
        Folders, or one pairs file.
    images : Path, optional
        Folder of the photos that a pairs file names; the file's own folder by default.

    Returns
    -------
    FaceTask
        With mated and non-mated comparisons.

    Raises
    ------
    InvalidSample
        If a folder or file is missing or holds nothing to compare.
    InvalidSetting
        If the arguments do not go together, or there are too many photos.
    """
    paths = [Path(argument) for argument in arguments]
    files = [path for path in paths if path.is_file()]
    if not files:
        return open_face_folders(paths)
    if len(paths) > 1:
        raise InvalidSetting(f"{len(paths)} arguments with a pairs file among them, expected it alone")
    return open_face_pairs(files[0], images or files[0].parent)


def open_face_folders(folders: Sequence[Path]) -> FaceTask:
    """Take every photo of some folders, and compare each with each; as `open_face_task`."""
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise InvalidSetting("a folder is named twice, expected each once")
    names = [folder.resolve().name for folder in folders]
    if len(set(names)) < len(names):
        names = [f"{number}:{name}" for number, name in enumerate(names, start=1)]
    photos = [
        FacePhoto(f"{name}/{photo.path.relative_to(folder)}", f"{name}/{photo.subject}", photo.path)
        for name, folder in zip(names, folders, strict=True)
        for photo in list_subject_photos(folder)
    ]
    if len(photos) > MAX_FOLDER_PHOTOS:
        raise InvalidSetting(
            f"{len(photos)} photos make {len(photos) ** 2 // 2} comparisons, expected at most "
            f"{MAX_FOLDER_PHOTOS} photos: write a pairs file"
        )
    probe, reference = np.triu_indices(len(photos), 1)
    return FaceTask(" + ".join(names), tuple(photos), probe, reference)


def open_face_pairs(path: Path, images: Path) -> FaceTask:
    """Take the comparisons of a pairs file; as `open_face_task`."""
    file = read_lfw_pairs(path)
    named = sorted({photo for pair in file.pairs for photo in pair})
    number = {photo: index for index, photo in enumerate(named)}
    folds = [fold for fold, pairs in enumerate(file.folds) for _ in pairs]
    return FaceTask(
        path.stem,
        tuple(_named_photo(photo, images) for photo in named),
        np.array([number[pair.probe] for pair in file.pairs], np.intp),
        np.array([number[pair.reference] for pair in file.pairs], np.intp),
        np.array(folds, np.intp),
    )


def _named_photo(photo: NamedPhoto, images: Path) -> FacePhoto:
    path = photo.path(images)
    return FacePhoto(f"{photo.subject}/{path.name}", photo.subject, path)


def with_degraded_probes(task: FaceTask) -> FaceTask:
    """Add degraded copies of every photo, and compare them with the photos themselves.

    Parameters
    ----------
    task : FaceTask
        Each with each of its photos.

    Returns
    -------
    FaceTask
        Probes are all photos and all copies, references the photos; nothing is compared with itself or a copy
        of itself.
    """
    n = len(task.photos)
    copies = [
        replace(photo, name=f"{photo.name} {kind}", degradation=kind)
        for kind in DEGRADATIONS
        for photo in task.photos
    ]
    photos = (*task.photos, *copies)
    probe, reference = (i.ravel() for i in np.meshgrid(np.arange(len(photos)), np.arange(n), indexing="ij"))
    is_other = probe % n != reference
    # of two photos that are no copies, one comparison is enough
    is_first = (probe >= n) | (probe < reference)
    keep = is_other & is_first
    return FaceTask(f"{task.name}, degraded", photos, probe[keep], reference[keep])


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
