"""Reader of folders of photos: one subfolder a subject, or one file a subject."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from vantay.errors import InvalidSample

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".jp2"})


class SubjectPhoto(NamedTuple):
    """One photo of a person."""

    subject: str
    path: Path


def list_subject_photos(folder: Path) -> list[SubjectPhoto]:
    """List the photos in a folder, by subject and name; other files are passed over.

    Parameters
    ----------
    folder : Path
        Holds subfolders named after subjects, with photos of each; an image that lies in the folder itself
        is the one photo of a subject named after it.

    Returns
    -------
    list of SubjectPhoto
        Sorted by subject, then file name.

    Raises
    ------
    InvalidSample
        If the folder is missing, holds no photo, or one subject is both a subfolder and a file.
    """
    if not folder.is_dir():
        raise InvalidSample(f"{folder}: no such folder, expected one with a subfolder of photos a subject")
    photos: list[SubjectPhoto] = []
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            photos += [SubjectPhoto(entry.name, path) for path in sorted(entry.iterdir()) if _is_photo(path)]
        elif _is_photo(entry):
            photos.append(SubjectPhoto(entry.stem, entry))
    if not photos:
        raise InvalidSample(
            f"{folder}: no photo ({', '.join(sorted(IMAGE_SUFFIXES))}), expected a subfolder a subject"
        )
    _check_subjects(folder, photos)
    return sorted(photos)


def _is_photo(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()


def _check_subjects(folder: Path, photos: list[SubjectPhoto]) -> None:
    own = [photo.subject for photo in photos if photo.path.parent == folder]
    in_subfolders = {photo.subject for photo in photos if photo.path.parent != folder}
    for subject in own:
        if subject in in_subfolders or own.count(subject) > 1:
            raise InvalidSample(f"{folder}: subject {subject} is there twice, expected one subfolder or file")
