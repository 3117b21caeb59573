"""Hypothesis strategies for templates and records."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from vantay.fingerprint.codec.extended_data import SingularPoint, SingularPoints
from vantay.fingerprint.codec.record import (
    RECORD_MINUTIA_DTYPE,
    Capture,
    Certificate,
    ExtendedData,
    FingerRecord,
    FingerView,
    QualityBlock,
    RecordFormat,
)
from vantay.types import MAX_COORDINATE_PX, MINUTIA_DTYPE, FingerPosition, FingerTemplate

BYTE = st.integers(0, 0xFF)
WORD = st.integers(0, 0xFFFF)
NIBBLE = st.integers(0, 15)
COORDINATE = st.integers(0, MAX_COORDINATE_PX)


def _template_minutiae(rows: list[tuple[int, int, int, int, int]]) -> npt.NDArray[np.void]:
    return np.array(rows, dtype=MINUTIA_DTYPE)


def _record_minutiae(rows: list[tuple[int, int, int, int, int]]) -> npt.NDArray[np.void]:
    return np.array(rows, dtype=RECORD_MINUTIA_DTYPE)


TEMPLATES = st.builds(
    FingerTemplate,
    minutiae=st.lists(
        st.tuples(COORDINATE, COORDINATE, BYTE, st.integers(0, 2), st.integers(0, 100)), max_size=12
    ).map(_template_minutiae),
    width_px=COORDINATE,
    height_px=COORDINATE,
    position=st.sampled_from(FingerPosition),
    quality=st.integers(0, 100),
    extractor=st.one_of(st.just("unknown"), st.text(max_size=40)),
    extractor_version=st.text(max_size=20),
)


@st.composite
def finger_views(draw: st.DrawFn, record_format: RecordFormat, geometry: tuple[int, ...]) -> FingerView:
    """A view with every field that the format has, and nothing in the others."""
    is_2011 = record_format is RecordFormat.ISO_19794_2_2011
    minutia_bytes = draw(st.sampled_from([5, 6])) if is_2011 else 6
    quality = BYTE if minutia_bytes == 6 else st.just(254)
    has_owner = record_format not in {RecordFormat.ISO_19794_2_2005, RecordFormat.ANSI_378_2004}
    owner = WORD if has_owner else st.just(0)
    blocks = st.lists(st.builds(QualityBlock, BYTE, owner, owner), min_size=1, max_size=3 if is_2011 else 1)
    widest = NIBBLE if not has_owner else BYTE
    return FingerView(
        position=draw(BYTE),
        minutiae=draw(
            st.lists(st.tuples(st.integers(0, 3), COORDINATE, COORDINATE, BYTE, quality), max_size=8).map(
                _record_minutiae
            )
        ),
        width_px=geometry[0],
        height_px=geometry[1],
        x_per_cm=geometry[2],
        y_per_cm=geometry[3],
        view_number=draw(widest),
        impression_type=draw(widest),
        quality_blocks=tuple(draw(blocks)),
        extended_data=tuple(draw(st.lists(st.builds(ExtendedData, WORD, st.binary(max_size=9)), max_size=3))),
        capture=draw(CAPTURES) if is_2011 else Capture(),
        minutia_bytes=minutia_bytes,
        ending_type=draw(NIBBLE) if is_2011 else 0,
    )


CAPTURES = st.builds(
    Capture,
    date_time=st.tuples(WORD, BYTE, BYTE, BYTE, BYTE, BYTE, WORD),
    technology=BYTE,
    vendor_id=WORD,
    device_id=WORD,
    certificates=st.lists(st.builds(Certificate, WORD, BYTE), max_size=2).map(tuple),
)


@st.composite
def finger_records(draw: st.DrawFn) -> FingerRecord:
    """A record of any format; reading back what was written must give the same bytes."""
    record_format = draw(st.sampled_from(RecordFormat))
    geometry = draw(st.tuples(WORD, WORD, WORD, WORD))
    views = draw(st.lists(finger_views(record_format, geometry), min_size=1, max_size=3))
    if record_format is RecordFormat.ISO_19794_2_2011:
        return FingerRecord(record_format, tuple(views), has_certificates=draw(st.booleans()))
    is_2009 = record_format in {RecordFormat.ANSI_378_2009, RecordFormat.ANSI_378_2009_AM1}
    return FingerRecord(
        record_format,
        tuple(views),
        owner_id=draw(WORD) if record_format.is_ansi else 0,
        product_id=draw(WORD) if record_format.is_ansi else 0,
        device_compliance=draw(BYTE if is_2009 else NIBBLE),
        device_id=draw(WORD if is_2009 else st.integers(0, 0xFFF)),
    )


def _points(n_angles: int, *, all_alike: bool | None) -> st.SearchStrategy[tuple[SingularPoint, ...]]:
    with_angles = st.tuples(*[BYTE] * n_angles)
    some = {True: with_angles, False: st.just(()), None: st.one_of(with_angles, st.just(()))}[all_alike]
    return st.lists(st.builds(SingularPoint, COORDINATE, COORDINATE, some), max_size=15).map(tuple)


def singular_points(*, is_ansi: bool) -> st.SearchStrategy[SingularPoints]:
    """Cores and deltas; in ANSI records all cores have an angle or none has, and so for deltas."""
    if not is_ansi:
        return st.builds(SingularPoints, _points(1, all_alike=None), _points(3, all_alike=None))
    return st.one_of(
        *(
            st.builds(SingularPoints, _points(1, all_alike=cores), _points(3, all_alike=deltas))
            for cores in (True, False)
            for deltas in (True, False)
        )
    )
