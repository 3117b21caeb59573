"""What a source of samples holds, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from vantay_datasets.sample import Modality, Sample, SampleOrError

MAX_FAILURES = 100
"""Messages that are kept; all failures are counted."""


@dataclass(slots=True)
class SourceSummary:
    """Counts of samples.

    Attributes
    ----------
    n_samples, n_failures : int
        What could be read, and what could not.
    subjects, encounters : set
        The names of each.
    modalities, forms, fingers, areas : Counter
        Samples by modality; by form (image, template, record); fingers by position; other friction ridges by
        area.
    resolutions_ppi : Counter
        Images of fingers by resolution; None where only the image itself can say.
    failures : list of str
        The first messages.
    """

    n_samples: int = 0
    n_failures: int = 0
    subjects: set[str] = field(default_factory=set)
    encounters: set[tuple[str, str]] = field(default_factory=set)
    modalities: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    fingers: Counter[str] = field(default_factory=Counter)
    areas: Counter[str] = field(default_factory=Counter)
    resolutions_ppi: Counter[float | None] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def add(self, sample: Sample) -> None:
        """Count a sample."""
        self.n_samples += 1
        self.subjects.add(sample.subject_id)
        self.encounters.add((sample.subject_id, sample.encounter_id))
        self.modalities[sample.modality.value] += 1
        self.forms[_form_of(sample)] += 1
        if sample.area is not None:
            self.areas[sample.area.name] += 1
        elif sample.modality is Modality.FINGER:
            self.fingers[sample.position.name] += 1
        if sample.modality is Modality.FINGER and sample.image is not None:
            self.resolutions_ppi[sample.ppi] += 1

    def add_failure(self, message: str) -> None:
        """Count what could not be read."""
        self.n_failures += 1
        if len(self.failures) < MAX_FAILURES:
            self.failures.append(message)


def summarise(samples: Iterable[SampleOrError]) -> SourceSummary:
    """Count samples and failures; images are not opened."""
    summary = SourceSummary()
    for sample in samples:
        if isinstance(sample, Sample):
            summary.add(sample)
        else:
            summary.add_failure(str(sample))
    return summary


def _form_of(sample: Sample) -> str:
    if sample.image is not None:
        return "image"
    return "record" if sample.record is not None else "template"
