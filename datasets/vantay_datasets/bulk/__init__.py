"""Bulk files: how a population, or an enrolment database, goes from one place to another."""

from vantay_datasets.bulk.file import (
    BulkWriter,
    CheckedRow,
    Violation,
    is_bulk_path,
    read_checked_rows,
    read_rows,
)
from vantay_datasets.bulk.row import BulkRow, Document, Kind, Sex, Status
from vantay_datasets.bulk.validation import validate

__all__ = [
    "BulkRow",
    "BulkWriter",
    "CheckedRow",
    "Document",
    "Kind",
    "Sex",
    "Status",
    "Violation",
    "is_bulk_path",
    "read_checked_rows",
    "read_rows",
    "validate",
]
