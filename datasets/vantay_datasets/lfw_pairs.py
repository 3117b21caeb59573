"""Reader of pairs files in the form of Labeled Faces in the Wild.

The set is described in G. B. Huang, M. Ramesh, T. Berg, E. Learned-Miller, "Labeled Faces in the Wild: A
Database for Studying Face Recognition in Unconstrained Environments", University of Massachusetts, Amherst,
technical report 07-49, 2007. Nothing of it is part of this project.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from vantay.errors import InvalidSample
from vantay_datasets.sample import Modality, Sample

IMAGE_SUFFIX = ".jpg"


class NamedPhoto(NamedTuple):
    """Photo number `number` of a person, from 1."""

    subject: str
    number: int

    def path(self, folder: Path) -> Path:
        """Where the photo is: ``Name/Name_0001.jpg``."""
        return folder / self.subject / f"{self.subject}_{self.number:04}{IMAGE_SUFFIX}"


class PhotoPair(NamedTuple):
    """Two photos to compare; the same person's where the subjects are the same."""

    probe: NamedPhoto
    reference: NamedPhoto

    @property
    def is_mated(self) -> bool:
        """Whether both are of one person."""
        return self.probe.subject == self.reference.subject


@dataclass(frozen=True, slots=True)
class PairsFile:
    """The folds of a pairs file.

    Attributes
    ----------
    folds : tuple of tuple of PhotoPair
        Each fold's pairs, as many mated as non-mated; no person is in two folds of the original.
    """

    folds: tuple[tuple[PhotoPair, ...], ...]

    @property
    def pairs(self) -> list[PhotoPair]:
        """All pairs, fold after fold."""
        return [pair for fold in self.folds for pair in fold]

    def samples(self, folder: Path) -> Iterator[Sample]:
        """Give each photo once, by subject and number; `folder` holds a subfolder a subject.

        Yields
        ------
        Sample
            Of a face, an encounter a photo; whether the photo is there is not looked at.
        """
        for photo in sorted({photo for pair in self.pairs for photo in pair}):
            path = photo.path(folder)
            yield Sample(
                subject_id=photo.subject,
                encounter_id=path.stem,
                modality=Modality.FACE,
                image=path,
                source=str(path),
            )


def read_lfw_pairs(path: Path) -> PairsFile:
    """Read a pairs file.

    Parameters
    ----------
    path : Path
        The first line has the number of folds, left out if it is one, and the number of pairs of each kind in
        a fold. For each fold, lines of mated pairs follow (name, number, number), then as many of
        non-mated ones (name, number, name, number), separated by tabs or spaces.

    Returns
    -------
    PairsFile
        With its folds.

    Raises
    ------
    InvalidSample
        If the file cannot be read, a line is no pair, or there are more or fewer than the first line says.
    """
    try:
        lines = [line.split() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSample(f"{path}: not a readable pairs file, {error}") from error
    n_folds, n_pairs = _read_header(path, lines[0] if lines else [])
    if len(lines) - 1 != 2 * n_folds * n_pairs:
        raise InvalidSample(
            f"{path}: {len(lines) - 1} pairs, expected {n_folds} folds of twice {n_pairs} by the first line"
        )
    pairs = [_read_pair(path, number, fields) for number, fields in enumerate(lines[1:], start=2)]
    folds = [tuple(pairs[first : first + 2 * n_pairs]) for first in range(0, len(pairs), 2 * n_pairs)]
    for number, fold in enumerate(folds, start=1):
        if [pair.is_mated for pair in fold] != [True] * n_pairs + [False] * n_pairs:
            raise InvalidSample(
                f"{path}: fold {number} is not {n_pairs} mated, then {n_pairs} non-mated pairs"
            )
    return PairsFile(tuple(folds))


def _read_header(path: Path, fields: list[str]) -> tuple[int, int]:
    try:
        n_folds, n_pairs = (1, *map(int, fields)) if len(fields) == 1 else map(int, fields)
    except ValueError:
        n_folds = n_pairs = 0
    if n_folds < 1 or n_pairs < 1:
        raise InvalidSample(
            f"{path}: first line is {' '.join(fields)!r}, expected numbers of folds and pairs"
        )
    return n_folds, n_pairs


def _read_pair(path: Path, number: int, fields: list[str]) -> PhotoPair:
    try:
        if len(fields) == 3:
            name, first, second = fields
            return PhotoPair(NamedPhoto(name, int(first)), NamedPhoto(name, int(second)))
        name, first, other, second = fields
        return PhotoPair(NamedPhoto(name, int(first)), NamedPhoto(other, int(second)))
    except ValueError as error:
        raise InvalidSample(
            f"{path}:{number}: {' '.join(fields)!r} is no pair, expected NAME N N or NAME N NAME N"
        ) from error
