"""Templates to records and back."""

from __future__ import annotations

import pytest
from benchmarks.harness.measurement import Measure, Work
from benchmarks.harness.reference import Reference
from benchmarks.micro.samples import MADE_MINUTIAE, templates

from vantay.fingerprint.codec import RecordFormat, decode, decode_columns, encode

N_TEMPLATES = 32
N_MINUTIAE = 40
WORK = Work(f"{MADE_MINUTIAE}, {N_MINUTIAE} a template", N_TEMPLATES, "record")


@pytest.mark.parametrize("record_format", list(RecordFormat), ids=lambda one: one.name.lower())
def test_encode(measure: Measure, record_format: RecordFormat) -> None:
    """One template after another."""
    some = templates(N_TEMPLATES, N_MINUTIAE)
    measure(lambda: [encode(one, record_format) for one in some], WORK, Reference.INTERPRETER)


@pytest.mark.parametrize("record_format", list(RecordFormat), ids=lambda one: one.name.lower())
def test_decode(measure: Measure, record_format: RecordFormat) -> None:
    """One record after another."""
    records = [encode(one, record_format) for one in templates(N_TEMPLATES, N_MINUTIAE)]
    measure(lambda: [decode(one) for one in records], WORK, Reference.INTERPRETER)


def test_decode_columns(measure: Measure) -> None:
    """Our own records, all at once, as an index is built."""
    records = [encode(one) for one in templates(N_TEMPLATES, N_MINUTIAE)]
    measure(lambda: decode_columns(records), WORK, Reference.INTERPRETER)
