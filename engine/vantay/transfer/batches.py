"""Subjects in batches: what one process prepares at a time, and what is written in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from vantay.transfer.pending import PendingSubject

SUBJECTS_PER_BATCH = 1000
"""Of ten templates and a face: some MB, a fifth of a second to write."""
SAMPLE_WEIGHT = 100
"""Of an image against a subject of templates: ten images fill a batch, a second of one core or more."""
MAX_BATCH_BYTES = 64 << 20


def batches_of(subjects: Iterable[PendingSubject]) -> Iterator[list[PendingSubject]]:
    """Divide subjects into batches of about the same work."""
    batch: list[PendingSubject] = []
    weight = n_bytes = 0
    for subject in subjects:
        batch.append(subject)
        weight += 1 + SAMPLE_WEIGHT * subject.n_samples_to_extract
        n_bytes += _n_bytes_of(subject)
        if weight >= SUBJECTS_PER_BATCH or n_bytes >= MAX_BATCH_BYTES:
            yield batch
            batch, weight, n_bytes = [], 0, 0
    if batch:
        yield batch


def _n_bytes_of(subject: PendingSubject) -> int:
    contents = (sample.content for encounter in subject.encounters for sample in encounter.samples)
    return sum(_size_of(content) for content in contents)


def _size_of(content: object) -> int:
    if isinstance(content, bytes):
        return len(content)
    return content.stat().st_size if isinstance(content, Path) and content.is_file() else 0
