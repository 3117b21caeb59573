"""Transactions damaged at random: the one built here, and those of the evaluation data where they are."""

from __future__ import annotations

import functools
import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datasets.ansi_nist_files import rich_transaction
from vantay.errors import InvalidSample
from vantay_datasets.ansi_nist import read_ansi_nist
from vantay_datasets.sample import Sample, SampleOrError


@functools.cache
def originals() -> tuple[bytes, ...]:
    """The transaction above, and those of the evaluation data that are small and there."""
    root = Path(os.environ.get("VANTAY_EVAL_DATA", Path(__file__).parents[2] / ".." / "shared" / "data"))
    files = sorted((root / "templates" / "ansi_nist").glob("*.an2k"))
    small = [file.read_bytes() for file in files if file.stat().st_size < 10_000]
    return (rich_transaction(), *small)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(originals())))
    separators = [place for place, byte in enumerate(data) if byte in b"\x1c\x1d\x1e\x1f:.0123456789"]
    for _ in range(draw(st.integers(1, 4))):
        places = st.one_of(st.sampled_from(separators), st.integers(0, len(data) - 1))
        place = min(draw(places), len(data) - 1)
        what = draw(st.sampled_from(["change", "delete", "insert", "cut", "double"]))
        piece = draw(
            st.one_of(
                st.binary(max_size=12), st.sampled_from([b"\x1d", b"\x1e", b"\x1f", b"-9", b"999999999"])
            )
        )
        if what == "change":
            data[place : place + len(piece)] = piece
        elif what == "delete":
            del data[place : place + draw(st.integers(1, 50))]
        elif what == "insert":
            data[place:place] = piece
        elif what == "cut":
            del data[place:]
        else:
            data[place:place] = data[place : place + 200]
        if not data:
            break
    return bytes(data)


@given(damaged())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_transaction_gives_samples_or_errors_of_ours(data: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=".an2") as file:
        Path(file.name).write_bytes(data)
        results = _read(Path(file.name))
    for result in results:
        assert isinstance(result, Sample) or file.name in str(result)


def _read(path: Path) -> list[SampleOrError]:
    try:
        return list(read_ansi_nist(path))
    except InvalidSample as error:
        return [error]
