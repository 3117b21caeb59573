"""Reader of folders of subjects: one subfolder a subject, or, of photos, one file a subject."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from vantay.errors import InvalidSample
from vantay.types import FingerPosition
from vantay_datasets.file_bytes import read_file_bytes
from vantay_datasets.sample import Modality, Sample, SampleOrError

IMAGE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".jp2"})
"""Of photos."""
FINGER_SUFFIXES = frozenset({".wsq", ".tif", ".tiff", ".bmp", ".pgm"})
"""Of images that are of fingers even where their name does not say of which."""
RECORD_SUFFIXES = frozenset({".fmr", ".iso", ".ansi"})
"""Of ISO/IEC 19794-2 and ANSI 378 records."""
MAX_RECORD_BYTES = 1 << 20
_RECORD_MAGIC = b"FMR\0"
_FINGERS = {position.name.lower(): position for position in FingerPosition if position.value}
_WORDS = re.compile(r"[^a-z0-9]+")


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


def subject_folder_samples(folder: Path) -> Iterator[SampleOrError]:
    """Give the images and template records in the subfolders of a folder.

    Parameters
    ----------
    folder : Path
        Holds subfolders named after subjects. Files in one are of one encounter; a subfolder of it is another
        encounter. A file whose name begins with a finger (``right-index.png``, ``LEFT_THUMB_2.wsq``) is of
        that finger; other JPEG, PNG and JPEG 2000 images are photos of the face, and other files of fingers
        are of an unknown one. An image in the folder itself is the photo of a subject named after it.

    Yields
    ------
    Sample or InvalidSample
        By subject, encounter and name; the error where a record cannot be read. Files of other kinds are
        passed over, and images are not opened.

    Raises
    ------
    InvalidSample
        If the folder is missing.
    """
    if not folder.is_dir():
        raise InvalidSample(f"{folder}: no such folder, expected one with a subfolder a subject")
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            yield from _samples_of_subject(entry)
        elif _is_photo(entry):
            yield from _sample_of_file(entry, entry.stem, entry.stem)


def _samples_of_subject(folder: Path) -> Iterator[SampleOrError]:
    entries = sorted(folder.iterdir())
    for path in entries:
        if path.is_file():
            yield from _sample_of_file(path, folder.name, folder.name)
    for encounter in entries:
        if encounter.is_dir():
            for path in sorted(encounter.iterdir()):
                if path.is_file():
                    yield from _sample_of_file(path, folder.name, f"{folder.name}/{encounter.name}")


def _sample_of_file(path: Path, subject_id: str, encounter_id: str) -> Iterator[SampleOrError]:
    suffix = path.suffix.lower()
    position = _finger_of(path.stem)
    is_record = suffix in RECORD_SUFFIXES
    if not is_record and suffix not in IMAGE_SUFFIXES | FINGER_SUFFIXES:
        return
    is_face = suffix in IMAGE_SUFFIXES and position is FingerPosition.UNKNOWN
    try:
        yield Sample(
            subject_id=subject_id,
            encounter_id=encounter_id,
            modality=Modality.FACE if is_face else Modality.FINGER,
            position=position,
            image=None if is_record else path,
            record=_read_record(path) if is_record else None,
            source=str(path),
        )
    except InvalidSample as error:
        yield error


def _finger_of(stem: str) -> FingerPosition:
    """Name the finger that a file's name begins with; UNKNOWN if it begins with none."""
    words = [word for word in _WORDS.split(stem.lower()) if word]
    return _FINGERS.get("_".join(words[:2]), FingerPosition.UNKNOWN)


def _read_record(path: Path) -> bytes:
    data = read_file_bytes(path, max_bytes=MAX_RECORD_BYTES)
    if not data.startswith(_RECORD_MAGIC):
        raise InvalidSample(
            f"{path}: begins with {data[:4].hex() or 'nothing'}, expected {_RECORD_MAGIC.hex()} (a record)"
        )
    return data
