"""The samples of a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vantay.errors import InvalidSample, InvalidTemplate
from vantay_datasets.ansi_nist.fixed_record import FixedRecord
from vantay_datasets.ansi_nist.images import (
    FIXED_IMAGE_TYPES,
    TAGGED_IMAGE_TYPES,
    RecordImage,
    read_fixed_image,
    read_tagged_image,
)
from vantay_datasets.ansi_nist.minutiae import read_minutiae
from vantay_datasets.ansi_nist.tagged_record import MINUTIAE_TYPE, TaggedRecord
from vantay_datasets.ansi_nist.transaction import Transaction, read_transaction
from vantay_datasets.sample import Modality, Sample, SampleOrError

_CONTROL_NUMBER = 9
_DESIGNATION = 2
_MAX_DESIGNATION = 99
_MAX_ID_CHARACTERS = 255


def read_ansi_nist(path: Path) -> Iterator[SampleOrError]:
    """Read the images and minutiae of a transaction.

    Parameters
    ----------
    path : Path
        An ANSI/NIST-ITL file in the traditional encoding.

    Yields
    ------
    Sample or InvalidSample or InvalidTemplate
        In the order of the file, one a record of type 3, 4, 9, 13, 14, 15, or 10 if it is a face; or the
        error that says which field of it cannot be used. The subject is named after the file, as the
        standard has no field for it, and the encounter by the transaction's control number.

    Raises
    ------
    InvalidSample
        If the file cannot be read or divided into records.

    Notes
    -----
    Slaps and palms are given whole, with `Sample.area`; cutting slaps into fingers is not done here. Images
    of two tones (types 5, 6), signatures (8), iris images (17) and all other types are passed over.
    """
    transaction = read_transaction(path)
    images: dict[int, RecordImage] = {}
    samples: dict[int, SampleOrError] = {}
    for index, record in enumerate(transaction.records):
        try:
            image = _image_of(record, transaction)
        except (InvalidSample, InvalidTemplate) as error:
            samples[index] = error
            continue
        if image is not None:
            images.setdefault(image.designation, image)
            samples[index] = _image_sample(image, transaction, record.name)
    # Minutiae come after all images, since theirs may stand behind them in the file.
    for index, record in enumerate(transaction.records):
        if record.record_type == MINUTIAE_TYPE and isinstance(record, TaggedRecord):
            samples[index] = _minutiae_sample(record, transaction, images)
    yield from (samples[index] for index in sorted(samples))


def _image_of(record: TaggedRecord | FixedRecord, transaction: Transaction) -> RecordImage | None:
    if isinstance(record, FixedRecord):
        if record.record_type in FIXED_IMAGE_TYPES:
            return read_fixed_image(record, transaction.header)
        return None
    return read_tagged_image(record) if record.record_type in TAGGED_IMAGE_TYPES else None


def _image_sample(image: RecordImage, transaction: Transaction, name: str) -> Sample:
    position, area = image.place
    return Sample(
        subject_id=transaction.path.stem,
        encounter_id=_encounter_id(transaction),
        modality=image.modality,
        position=position,
        area=area,
        image=image.image,
        ppi=image.ppi,
        source=name,
    )


def _minutiae_sample(
    record: TaggedRecord, transaction: Transaction, images: dict[int, RecordImage]
) -> SampleOrError:
    try:
        designation = record.number(_DESIGNATION, 0, _MAX_DESIGNATION)
        template, (position, area) = read_minutiae(record, images.get(designation))
    except (InvalidSample, InvalidTemplate) as error:
        return error
    return Sample(
        subject_id=transaction.path.stem,
        encounter_id=_encounter_id(transaction),
        modality=Modality.FINGER,
        position=position,
        area=area,
        template=template,
        source=record.name,
    )


def _encounter_id(transaction: Transaction) -> str:
    return transaction.header.text(_CONTROL_NUMBER)[:_MAX_ID_CHARACTERS] or transaction.path.stem
