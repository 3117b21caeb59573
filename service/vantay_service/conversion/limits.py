"""How large the parts of a request may be; all hold before anything is decoded."""

from __future__ import annotations

from dataclasses import dataclass

MAX_FINGERS = 10
MAX_GALLERIES = 100
MAX_CANDIDATES = 1000
MAX_PAGE_SIZE = 500
DEFAULT_PAGE_SIZE = 100
MIN_HEARTBEAT_MS, MAX_HEARTBEAT_MS, DEFAULT_HEARTBEAT_MS = 100, 60_000, 10_000
MAX_SEQUENCE = 2**63 - 1
MIN_PPI, MAX_PPI = 250.0, 1200.0
MAX_FACE_VECTOR_BYTES = 16_384
"""8,192 numbers: sixteen times the longest embedding in use."""


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Limits that an operator may set.

    Attributes
    ----------
    max_image_bytes : int
        Of one image file. Ten uncompressed 500 ppi fingers of 800×750 px are 6 MB, together.
    max_template_bytes : int
        Of one template record: the largest of ISO/IEC 19794-2:2005 with one view, without extended data,
        has 1,558.
    max_batch_records : int
        Of a bulk enrolment, written in one transaction.
    max_batch_bytes : int
        Of a bulk enrolment, held in memory for one transaction.
    """

    max_image_bytes: int = 8 << 20
    max_template_bytes: int = 64 << 10
    max_batch_records: int = 200
    max_batch_bytes: int = 8 << 20
