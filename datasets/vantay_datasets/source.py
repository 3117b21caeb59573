"""Whatever holds samples, read by the reader that fits it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from vantay.errors import InvalidSample, InvalidTemplate
from vantay.types import FaceTemplate
from vantay_datasets.ansi_nist import read_ansi_nist
from vantay_datasets.ansi_nist.transaction import is_ansi_nist
from vantay_datasets.bulk import BulkRow, Kind, is_bulk_path, read_checked_rows
from vantay_datasets.fvc import fvc_samples, has_fvc_images
from vantay_datasets.iso_19794_4 import is_iso_19794_4, read_iso_19794_4
from vantay_datasets.lfw_pairs import read_lfw_pairs
from vantay_datasets.sample import Modality, Sample, SampleOrError
from vantay_datasets.subject_folders import subject_folder_samples

_PAIRS_SUFFIX = ".txt"
_BEGIN_BYTES = 64


class Source(NamedTuple):
    """Samples, and which reader reads them.

    Attributes
    ----------
    reader : str
        ``fvc``, ``subject folders``, ``ansi/nist``, ``iso 19794-4``, ``lfw pairs``, ``bulk``; ``files`` are
        ANSI/NIST-ITL and ISO/IEC 19794-4 files in a folder.
    samples : iterator of Sample or error
        In the order of the reader; an error stands for a sample that cannot be read.
    """

    reader: str
    samples: Iterator[SampleOrError]


def open_source(path: Path) -> Source:
    """Find out what a path holds, and read it.

    Parameters
    ----------
    path : Path
        A folder in the form of FVC, of subjects, or of ANSI/NIST-ITL and ISO/IEC 19794-4 files; or one such
        file, a bulk file, or a pairs file of LFW, whose folder holds the photos.

    Raises
    ------
    InvalidSample
        If it is missing, or nothing that a reader knows.
    """
    if path.is_dir():
        return _open_folder(path)
    if is_bulk_path(path):
        return Source("bulk", _bulk_samples(path))
    begin = _begin_of(path)
    if is_ansi_nist(begin):
        return Source("ansi/nist", read_ansi_nist(path))
    if is_iso_19794_4(begin):
        return Source("iso 19794-4", read_iso_19794_4(path))
    if path.suffix.lower() == _PAIRS_SUFFIX:
        return Source("lfw pairs", read_lfw_pairs(path).samples(path.parent))
    raise InvalidSample(
        f"{path}: begins with {begin[:4].hex() or 'nothing'}, expected an ANSI/NIST-ITL, ISO/IEC 19794-4 or "
        "bulk file, or a pairs file (.txt)"
    )


def _open_folder(folder: Path) -> Source:
    if has_fvc_images(folder):
        return Source("fvc", fvc_samples(folder))
    files = [path for path in sorted(folder.iterdir()) if path.is_file() and _is_record_file(path)]
    if files:
        return Source("files", _samples_of_files(files))
    return Source("subject folders", subject_folder_samples(folder))


def _samples_of_files(paths: list[Path]) -> Iterator[SampleOrError]:
    for path in paths:
        try:
            yield from open_source(path).samples
        except (InvalidSample, InvalidTemplate) as error:
            yield error


def _is_record_file(path: Path) -> bool:
    try:
        begin = _begin_of(path)
    except InvalidSample:
        return False
    return is_ansi_nist(begin) or is_iso_19794_4(begin)


def _begin_of(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_BEGIN_BYTES)
    except OSError as error:
        raise InvalidSample(f"{path}: cannot be read, {error.strerror or error}") from error


def _bulk_samples(path: Path) -> Iterator[SampleOrError]:
    for number, row, violations in read_checked_rows(path):
        if row is None:
            yield InvalidSample(f"{path}, {violations[0]}")
        elif row.kind is not Kind.NONE:
            yield _sample_of_row(row, f"{path}, row {number}")


def _sample_of_row(row: BulkRow, name: str) -> Sample:
    is_image = row.kind is Kind.IMAGE
    is_face = row.modality is Modality.FACE
    return Sample(
        subject_id=row.subject_id,
        encounter_id=row.encounter_id or row.subject_id,
        modality=row.modality or Modality.FINGER,
        position=row.position,
        image=row.data if is_image else None,
        template=_face_template(row) if is_face and not is_image else None,
        record=None if is_image or is_face else row.data,
        ppi=row.ppi,
        source=name,
    )


def _face_template(row: BulkRow) -> FaceTemplate:
    vector = np.frombuffer(row.data or b"", "<f2").astype(np.float16)
    return FaceTemplate(vector, row.model or "", row.model_version or "", row.quality or 0)
