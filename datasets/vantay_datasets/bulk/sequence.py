"""What rows have to do with those before them: subjects stand together and agree, nothing comes twice."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from vantay_datasets.bulk.checks import Finding
from vantay_datasets.bulk.row import Kind
from vantay_datasets.bulk.schema import COLUMNS, Level
from vantay_datasets.bulk.values import Values

_HASH_BYTES = 8
"""Of 10 million subjects, two have the same 64 bits with a probability of 3 in a million."""
_SUBJECT_COLUMNS = tuple(c.name for c in COLUMNS if c.level is Level.SUBJECT and c.name != "subject_id")
_ENCOUNTER_COLUMNS = tuple(c.name for c in COLUMNS if c.level is Level.ENCOUNTER and c.name != "encounter_id")
_MAX_RECENT = 100_000


class SequenceChecks:
    """Looks at rows in the order of the file; holds one subject, and 8 bytes of each other."""

    def __init__(self) -> None:
        self._seen_subjects, self._seen_encounters = _SeenIds(), _SeenIds()
        self._subject_id: str | None = None
        self._is_new = True
        self._first: tuple[int, Values] = (0, {})
        self._encounters: dict[str, tuple[int, Values]] = {}
        self._samples: dict[tuple[object, ...], int] = {}

    def check(self, number: int, values: Values) -> list[Finding]:
        """Find what is wrong with a row that is well by itself."""
        subject_id = values["subject_id"]
        findings: list[Finding] = []
        if subject_id != self._subject_id:
            findings += self._begin_subject(number, values, str(subject_id))
        else:
            findings += _differences(_SUBJECT_COLUMNS, values, self._first, "subject")
        if "encounter_id" in values:
            findings += self._check_encounter(number, values, str(values["encounter_id"]))
        findings += self._check_twice(number, values)
        return findings

    def _begin_subject(self, number: int, values: Values, subject_id: str) -> Iterator[Finding]:
        self._subject_id = subject_id
        self._first = (number, values)
        self._encounters, self._samples = {}, {}
        self._is_new = self._seen_subjects.add(subject_id)
        if not self._is_new:
            yield "subject_id", "has other rows further up, expected all rows of a subject together"

    def _check_encounter(self, number: int, values: Values, encounter_id: str) -> Iterator[Finding]:
        if encounter_id in self._encounters:
            yield from _differences(_ENCOUNTER_COLUMNS, values, self._encounters[encounter_id], "encounter")
            return
        self._encounters[encounter_id] = (number, values)
        if not self._seen_encounters.add(encounter_id) and self._is_new:
            yield "encounter_id", "is of another subject further up, expected one of its own"

    def _check_twice(self, number: int, values: Values) -> Iterator[Finding]:
        key = tuple(values.get(name) for name in ("encounter_id", "modality", "position", "kind"))
        first = self._samples.setdefault(key, number)
        if first != number:
            what = "sample" if values["kind"] != Kind.NONE else "row"
            yield "position", f"is the same {what} of the encounter as in row {first}, expected each once"


def _differences(
    names: tuple[str, ...], values: Values, earlier: tuple[int, Values], of_what: str
) -> Iterator[Finding]:
    number, others = earlier
    for name in names:
        if values.get(name) != others.get(name):
            yield name, f"differs from row {number}, expected the same in all rows of the {of_what}"


class _SeenIds:
    """A set of texts by 64 bits of their hash: a sorted array, and a small set that is merged into it."""

    def __init__(self) -> None:
        self._sorted: npt.NDArray[np.uint64] = np.empty(0, np.uint64)
        self._recent: set[int] = set()

    def add(self, text: str) -> bool:
        """Add a text; whether it is new."""
        digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_HASH_BYTES).digest()
        key = int.from_bytes(digest, "little")
        if key in self._recent or self._is_sorted_in(key):
            return False
        self._recent.add(key)
        if len(self._recent) >= _MAX_RECENT:
            recent = np.fromiter(self._recent, np.uint64, len(self._recent))
            self._sorted = np.sort(np.concatenate([self._sorted, np.sort(recent)]), kind="stable")
            self._recent.clear()
        return True

    def _is_sorted_in(self, key: int) -> bool:
        at = int(np.searchsorted(self._sorted, np.uint64(key)))
        return at < self._sorted.size and int(self._sorted[at]) == key
