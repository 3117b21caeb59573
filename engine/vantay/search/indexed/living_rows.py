"""The living rows of a snapshot, in the order in which the store numbered the subjects."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from vantay.search.indexed.snapshot import IndexSnapshot


@dataclass(frozen=True, slots=True, eq=False)
class LivingRows:
    """Subjects of a snapshot; make them with `LivingRows.of`.

    Attributes
    ----------
    snapshot : IndexSnapshot
    numbers, parts, rows : (n,) int64
    """

    snapshot: IndexSnapshot
    numbers: npt.NDArray[np.int64]
    parts: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]

    @classmethod
    def of(cls, snapshot: IndexSnapshot) -> LivingRows:
        """Take all who live."""
        rows = [np.flatnonzero(part.alive).astype(np.int64) for part in snapshot.parts]
        none = [np.empty(0, np.int64)]
        numbers = [part.part.arrays["number"][some] for part, some in zip(snapshot.parts, rows, strict=True)]
        parts = np.repeat(np.arange(len(rows)), [some.size for some in rows])
        everyone = cls(snapshot, np.concatenate(none + numbers), parts, np.concatenate(none + rows))
        return everyone.chosen(np.argsort(everyone.numbers))

    def chosen(self, which: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> LivingRows:
        """Take some of them."""
        return replace(self, numbers=self.numbers[which], parts=self.parts[which], rows=self.rows[which])

    def ids(self) -> Iterator[str]:
        """Name them."""
        for part, row in zip(self.parts, self.rows, strict=True):
            yield self.snapshot.parts[part].part.subject_id(row)

    def named(self, subject_ids: Collection[str]) -> LivingRows:
        """Take those of these names."""
        if not subject_ids:
            return self.chosen(np.zeros(self.numbers.size, np.bool_))
        return self.chosen(
            np.fromiter((name in subject_ids for name in self.ids()), np.bool_, self.numbers.size)
        )
