"""Which photos of faces are compared with which: those of folders, each with each, or those of a pairs file.

In folders each unordered pair of photos is compared once, across folders too: different folders are different
people. A pairs file says which photos to compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSample, InvalidSetting
from vantay.evaluation.face_degradation import DEGRADATIONS
from vantay_datasets.lfw_pairs import NamedPhoto, read_lfw_pairs
from vantay_datasets.subject_folders import list_subject_photos

Indices = npt.NDArray[np.intp]

MAX_FOLDER_PHOTOS = 3000
"""Of all folders together: 4.5 million comparisons. Larger sets have pairs files."""


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
    _check_photos_are_there(path, images, named)
    number = {photo: index for index, photo in enumerate(named)}
    folds = [fold for fold, pairs in enumerate(file.folds) for _ in pairs]
    return FaceTask(
        path.stem,
        tuple(_named_photo(photo, images) for photo in named),
        np.array([number[pair.probe] for pair in file.pairs], np.intp),
        np.array([number[pair.reference] for pair in file.pairs], np.intp),
        np.array(folds, np.intp),
    )


def _check_photos_are_there(path: Path, images: Path, named: Sequence[NamedPhoto]) -> None:
    """Refuse a wrong folder, whose figures would be those of failures to acquire."""
    missing = [photo.path(images) for photo in named if not photo.path(images).is_file()]
    if missing:
        raise InvalidSample(
            f"{path}: {len(missing)} of the {len(named)} photos that it names are not there, the first is "
            f"{missing[0]}: name their folder with --images"
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
