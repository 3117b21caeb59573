"""Subjects of folders and interchange files: whatever `vantay_datasets.source` reads, and template files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from vantay.transfer.pending import RECORD_MAGIC, Origin, PendingEncounter, PendingSample, PendingSubject
from vantay.transfer.rejects import Reject, reason_of
from vantay.transfer.subject_runs import subject_runs
from vantay.types import FingerPosition
from vantay_datasets.sample import Modality, Sample, SampleOrError
from vantay_datasets.source import open_source
from vantay_datasets.subject_folders import RECORD_SUFFIXES

_FINGER_AT_END = re.compile(
    rf"[-_. ]({'|'.join(p.name.replace('_', '[-_ ]') for p in FingerPosition if p.value)})$", re.IGNORECASE
)


def read_sample_subjects(path: Path, after_row: int = 0) -> Iterator[PendingSubject]:
    """Read the subjects of a folder or an interchange file.

    Parameters
    ----------
    path : Path
        What `open_source` reads.
    after_row : int
        Samples up to this one, from 1, are passed over.

    Raises
    ------
    InvalidSample
        If it is nothing that a reader knows.
    """
    return subjects_of_samples(open_source(path).samples, path.name, after_row)


def subjects_of_samples(
    samples: Iterable[SampleOrError], place: str, after_row: int = 0
) -> Iterator[PendingSubject]:
    """Put samples together that come one after the other and are of one subject.

    Parameters
    ----------
    samples : iterable of Sample or error
    place : str
        Noted as where the samples come from.
    after_row : int
        Samples up to this one, from 1, are passed over.
    """
    numbered = ((n, sample) for n, sample in enumerate(samples, start=1) if n > after_row)
    for run in subject_runs(numbered, lambda pair: _subject_of(pair[1])):
        yield _subject(run, place)


def _subject_of(sample: SampleOrError) -> str | None:
    return sample.subject_id if isinstance(sample, Sample) else None


def _subject(run: list[tuple[int, SampleOrError]], place: str) -> PendingSubject:
    last_row = run[-1][0]
    by_encounter: dict[str, list[Sample]] = {}
    rejects: list[Reject] = []
    for _, sample in run:
        if isinstance(sample, Sample):
            by_encounter.setdefault(sample.encounter_id, []).append(sample)
        else:
            rejects.append(Reject(place, None, None, None, reason_of(sample), str(sample)))
    if not by_encounter:
        return PendingSubject("", last_row, rejects=tuple(rejects))
    encounters = tuple(
        PendingEncounter(
            Origin(own[0].source), None, name, place=place, samples=tuple(_pending(sample) for sample in own)
        )
        for name, own in by_encounter.items()
    )
    subject_id = next(iter(by_encounter.values()))[0].subject_id
    return PendingSubject(
        subject_id, last_row, encounters[0].origin, encounters=encounters, rejects=tuple(rejects)
    )


def _pending(sample: Sample) -> PendingSample:
    # A template may come with its image: what the source carries is taken as it is.
    content = next(c for c in (sample.template, sample.record, sample.image) if c is not None)
    return PendingSample(
        Origin(sample.source),
        sample.modality,
        sample.position,
        content,
        is_whole_finger=sample.modality is Modality.FACE or sample.is_single_finger,
        ppi=sample.ppi,
    )


def is_template_folder(folder: Path) -> bool:
    """Whether template records lie in a folder itself."""
    return any(_is_record(path) for path in folder.iterdir() if path.suffix.lower() in RECORD_SUFFIXES)


def read_template_files(folder: Path, after_row: int = 0) -> Iterator[PendingSubject]:
    """Read a folder of ISO/IEC 19794-2 and ANSI 378 files named ``SUBJECT.fmr`` or ``SUBJECT_FINGER.fmr``.

    Parameters
    ----------
    folder : Path
        The finger stands in words, as in ``A-17_right-index.fmr``; where the name has none, the record tells,
        and may have several. Files of a subject are one encounter.
    after_row : int
        Files up to this one, from 1, are passed over.
    """
    files = sorted(
        (subject_and_finger(path.stem), path)
        for path in folder.iterdir()
        if path.suffix.lower() in RECORD_SUFFIXES and path.is_file()
    )
    samples = (
        Sample(
            subject_id=subject_id,
            encounter_id=subject_id,
            modality=Modality.FINGER,
            position=position,
            image=path,
            source=str(path),
        )
        for (subject_id, position), path in files
    )
    return subjects_of_samples(samples, folder.name, after_row)


def subject_and_finger(stem: str) -> tuple[str, FingerPosition]:
    """Divide the name of a template file; UNKNOWN where it ends with no finger."""
    found = _FINGER_AT_END.search(stem)
    if found is None:
        return stem, FingerPosition.UNKNOWN
    name = re.sub("[- ]", "_", found[1]).upper()
    return stem[: found.start()], FingerPosition[name]


def _is_record(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(RECORD_MAGIC)) == RECORD_MAGIC
    except OSError:
        return False
