"""The schema of bulk files: one row per sample or template, in Parquet, and in JSON lines.

Rows of a subject stand together. The version stands in the metadata of a Parquet file under `VERSION_KEY`,
and in the first line of a JSON-lines file.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

import pyarrow as pa

from vantay_datasets.bulk.row import BulkRow, Document, Kind, Sex, Status
from vantay_datasets.sample import Modality

__all__ = [
    "COLUMNS",
    "SCHEMA",
    "VERSION",
    "VERSION_KEY",
    "BulkRow",
    "Column",
    "Document",
    "Kind",
    "Level",
    "Modality",
    "Sex",
    "Status",
]

VERSION = 1
VERSION_KEY = b"vantay.bulk.version"
MAX_TEXT_CHARACTERS = 255
"""Of identifiers and other short text."""
MAX_DATA_BYTES = 64 << 20
"""Of one sample: as much as the engine reads of an image."""
MAX_LIST_ITEMS = 100
"""Galleries, documents or labels of one row."""
MAX_QUALITY = 100
MIN_PPI, MAX_PPI = 250.0, 1200.0
"""What the engine reads of images of fingers."""


class Level(Enum):
    """What a column speaks of: rows of one subject, or of one encounter, agree in it."""

    SUBJECT = "subject"
    ENCOUNTER = "encounter"
    SAMPLE = "sample"


class Column(NamedTuple):
    """One column.

    Attributes
    ----------
    name : str
        As in the file, and the attribute of `BulkRow`.
    type : pa.DataType
        In Parquet.
    level : Level
        What it speaks of.
    is_required : bool
        Whether a file must have it; other columns may be left out, which means null in every row.
    """

    name: str
    type: pa.DataType
    level: Level
    is_required: bool = False


_TEXT = pa.string()
_TIME = pa.timestamp("ms", tz="UTC")
DOCUMENT_TYPE = pa.struct(
    [
        pa.field("type", _TEXT),
        pa.field("number", _TEXT),
        pa.field("issuer", _TEXT),
        pa.field("expires_on", pa.date32()),
    ]
)

COLUMNS = (
    Column("subject_id", _TEXT, Level.SUBJECT, is_required=True),
    Column("status", _TEXT, Level.SUBJECT),
    Column("galleries", pa.list_(_TEXT), Level.SUBJECT),
    Column("sex", _TEXT, Level.SUBJECT),
    Column("birth_date", pa.date32(), Level.SUBJECT),
    Column("nationality", _TEXT, Level.SUBJECT),
    Column("documents", pa.list_(DOCUMENT_TYPE), Level.SUBJECT),
    Column("encounter_id", _TEXT, Level.ENCOUNTER, is_required=True),
    Column("captured_at", _TIME, Level.ENCOUNTER),
    Column("captured_place", _TEXT, Level.ENCOUNTER),
    Column("operator", _TEXT, Level.ENCOUNTER),
    Column("device", _TEXT, Level.ENCOUNTER),
    Column("consent_reference", _TEXT, Level.ENCOUNTER),
    Column("consent_purpose", _TEXT, Level.ENCOUNTER),
    Column("consent_given_at", _TIME, Level.ENCOUNTER),
    Column("modality", _TEXT, Level.SAMPLE, is_required=True),
    Column("position", pa.int8(), Level.SAMPLE, is_required=True),
    Column("kind", _TEXT, Level.SAMPLE, is_required=True),
    Column("data", pa.binary(), Level.SAMPLE, is_required=True),
    Column("model", _TEXT, Level.SAMPLE),
    Column("model_version", _TEXT, Level.SAMPLE),
    Column("quality", pa.int8(), Level.SAMPLE),
    Column("ppi", pa.float32(), Level.SAMPLE),
    Column("labels", pa.map_(_TEXT, _TEXT), Level.SAMPLE),
)
COLUMN_NAMES = tuple(column.name for column in COLUMNS)

SCHEMA = pa.schema(
    [pa.field(column.name, column.type) for column in COLUMNS],
    metadata={VERSION_KEY: str(VERSION).encode()},
)
