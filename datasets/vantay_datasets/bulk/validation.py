"""Whether a bulk file keeps to the schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from vantay.errors import InvalidSample, UnsupportedFormatVersion
from vantay_datasets.bulk.file import Violation, read_checked_rows


def validate(path: Path) -> Iterator[Violation]:
    """Find all that breaks the schema, in the order of the rows.

    Parameters
    ----------
    path : Path
        ``.parquet``, ``.jsonl`` or ``.ndjson``.

    Yields
    ------
    Violation
        With row, column and message; of the file as a whole with row 0.

    Notes
    -----
    Records, vectors and images are looked at as far as their headers go; whether an image can be decoded
    shows when it is loaded. Memory is that of a batch, and 8 bytes for each subject.
    """
    try:
        for checked in read_checked_rows(path):
            yield from checked.violations
    except (InvalidSample, UnsupportedFormatVersion) as error:
        yield Violation(0, "", str(error))
