"""Reader of Fingerprint Verification Competition folders: ``FINGER_IMPRESSION.tif``.

The sets are described in D. Maio et al., "FVC2002: Second Fingerprint Verification Competition", ICPR 2002,
doi:10.1109/ICPR.2002.1048144. Nothing of them is part of this project.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from vantay.errors import InvalidSample
from vantay_datasets.sample import Modality, Sample

_FILE_NAME = re.compile(
    r"(?P<finger>\d+)_(?P<impression>\d+)\.(tiff?|png|bmp|jpe?g|wsq|jp2)", re.ASCII | re.IGNORECASE
)


class FvcImage(NamedTuple):
    """One impression of a set."""

    finger: int
    impression: int
    path: Path


def has_fvc_images(folder: Path) -> bool:
    """Whether a folder holds a file named as impressions are."""
    return any(_FILE_NAME.fullmatch(path.name) for path in folder.iterdir())


def list_fvc_images(folder: Path) -> list[FvcImage]:
    """List the impressions in a folder, by finger and impression; other files are passed over.

    Parameters
    ----------
    folder : Path
        Holds files named ``FINGER_IMPRESSION.tif`` (or another image format).

    Returns
    -------
    list of FvcImage
        Sorted by finger, then impression, as numbers.

    Raises
    ------
    InvalidSample
        If the folder is missing, holds no such file, or holds one impression twice.
    """
    if not folder.is_dir():
        raise InvalidSample(f"{folder}: no such folder, expected one of FINGER_IMPRESSION.tif files")
    images: dict[tuple[int, int], FvcImage] = {}
    for path in sorted(folder.iterdir()):
        found = _FILE_NAME.fullmatch(path.name)
        if not found:
            continue
        image = FvcImage(int(found["finger"]), int(found["impression"]), path)
        twin = images.setdefault(image[:2], image)
        if twin is not image:
            raise InvalidSample(f"{path}: the same impression as {twin.path.name}, expected each once")
    if not images:
        raise InvalidSample(f"{folder}: no image named FINGER_IMPRESSION.tif, expected e.g. 101_1.tif")
    return [images[key] for key in sorted(images)]


def fvc_samples(folder: Path) -> Iterator[Sample]:
    """Give the impressions in a folder as samples: a subject a finger, an encounter an impression.

    Yields
    ------
    Sample
        Of unknown position, and without a resolution: what the files of these sets say of it is wrong.

    Raises
    ------
    InvalidSample
        As `list_fvc_images`.
    """
    for finger, impression, path in list_fvc_images(folder):
        yield Sample(
            subject_id=str(finger),
            encounter_id=f"{finger}_{impression}",
            modality=Modality.FINGER,
            image=path,
            source=str(path),
        )
