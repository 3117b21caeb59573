"""What sources give: subjects on their way into the record, before templates are made or checked.

Named tuples, because they go from process to process.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple, TypeAlias

from vantay.transfer.rejects import Reject
from vantay.types import FaceTemplate, FingerPosition, FingerTemplate
from vantay_datasets.bulk import Document, Status
from vantay_datasets.sample import Modality

SampleContent: TypeAlias = bytes | Path | FingerTemplate | FaceTemplate


class Origin(NamedTuple):
    """Where something was read.

    Attributes
    ----------
    source : str
        The file, or the place in it that messages name.
    row : int, optional
        Of a bulk file or a manifest, from 1.
    """

    source: str
    row: int | None = None


class PendingSample(NamedTuple):
    """One sample.

    Attributes
    ----------
    origin : Origin
    modality : Modality
    position : FingerPosition
        UNKNOWN for a face, and where a record has to tell.
    content : bytes, Path, FingerTemplate or FaceTemplate
        An image or a template record, or the file of one; or a template.
    is_whole_finger : bool
        False for slaps and palms.
    ppi : float, optional
        Of an image, where it does not say itself.
    quality : int, optional
        Of a record, 0 to 100; what the record says if not given.
    extractor : (str, str), optional
        Name and version; what the record says if not given.
    """

    origin: Origin
    modality: Modality
    position: FingerPosition
    content: SampleContent
    is_whole_finger: bool = True
    ppi: float | None = None
    quality: int | None = None
    extractor: tuple[str, str] | None = None


class PendingEncounter(NamedTuple):
    """One capture event.

    Attributes
    ----------
    origin : Origin
        Of its first sample.
    encounter_id : str, optional
        None where the source has none of its own: one is made of the content.
    name : str
        What the source calls it, for such an identifier.
    captured_at : datetime, optional
    place, operator, device : str
    consent : (str, str, datetime), optional
        Reference, purpose, and when it was given.
    samples : tuple of PendingSample
    """

    origin: Origin
    encounter_id: str | None
    name: str = ""
    captured_at: datetime | None = None
    place: str = ""
    operator: str = ""
    device: str = ""
    consent: tuple[str, str, datetime | None] | None = None
    samples: tuple[PendingSample, ...] = ()


class PendingSubject(NamedTuple):
    """One person with all that the source has of it.

    Attributes
    ----------
    subject_id : str
        Empty where there is nobody, and only `rejects` are to be told.
    last_row : int
        Where the source has been read to, in rows or samples from 1.
    origin : Origin
        Of its first row.
    status : Status
    sex, birth_date, birth_year, nationality
        Biographics.
    documents : tuple of Document
    galleries : tuple of str
    encounters : tuple of PendingEncounter
    rejects : tuple of Reject
        Of rows that could not be read.
    """

    subject_id: str
    last_row: int
    origin: Origin = Origin("")
    status: Status = Status.ACTIVE
    sex: str | None = None
    birth_date: date | None = None
    birth_year: int | None = None
    nationality: str | None = None
    documents: tuple[Document, ...] = ()
    galleries: tuple[str, ...] = ()
    encounters: tuple[PendingEncounter, ...] = ()
    rejects: tuple[Reject, ...] = ()

    @property
    def n_samples_to_extract(self) -> int:
        """How many samples may be images, of which templates have to be made."""
        return sum(may_be_image(sample) for encounter in self.encounters for sample in encounter.samples)


RECORD_MAGIC = b"FMR\0"
"""The first bytes of ISO/IEC 19794-2 and ANSI 378 records."""


def may_be_image(sample: PendingSample) -> bool:
    """Whether a template has to be made of a sample; of a file only reading it tells."""
    content = sample.content
    if isinstance(content, bytes):
        return not content.startswith(RECORD_MAGIC)
    return isinstance(content, Path)
