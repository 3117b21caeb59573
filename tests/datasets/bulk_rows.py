"""Rows of bulk files: one sound subject, and any that the schema allows."""

from __future__ import annotations

import struct
from datetime import UTC, date, datetime

import numpy as np
from hypothesis import strategies as st

from vantay.types import FingerPosition
from vantay_datasets.bulk import BulkRow, Document, Kind, Sex, Status
from vantay_datasets.sample import Modality

PNG = b"\x89PNG\r\n\x1a\n and so on"


def record(position: int, n_minutiae: int = 3, extended: bytes = b"") -> bytes:
    """Give an ISO/IEC 19794-2:2005 record of zeros."""
    view = bytes([position, 0, 50, n_minutiae]) + bytes(6 * n_minutiae)
    view += len(extended).to_bytes(2, "big") + extended
    header = struct.pack(">HHHHHBB", 0, 400, 500, 197, 197, 1, 0)
    return b"FMR\0 20\0" + struct.pack(">I", 24 + len(view)) + header + view


def vector(seed: int = 1, n: int = 128) -> bytes:
    """Give a unit vector."""
    drawn = np.random.default_rng(seed).normal(size=n)
    return (drawn / np.linalg.norm(drawn)).astype("<f2").tobytes()


def subject(subject_id: str = "s1") -> list[BulkRow]:
    """Give the rows of a subject with two fingers, one of them an image, and a face."""

    def row(kind: Kind, modality: Modality, data: bytes, **sample: object) -> BulkRow:
        return BulkRow(
            subject_id=subject_id,
            galleries=("residents", "visa"),
            sex=Sex.FEMALE,
            birth_date=date(1990, 2, 28),
            nationality="KOR",
            documents=(Document("passport", "M1", "KOR", date(2030, 1, 1)), Document("card", "T9")),
            encounter_id=f"{subject_id}-1",
            captured_at=datetime(2025, 3, 4, 5, 6, 7, 890_000, tzinfo=UTC),
            captured_place="Đà Nẵng",
            operator="op-7",
            device="desk 3",
            consent_reference="C-1",
            consent_purpose="level 2",
            consent_given_at=datetime(2025, 3, 4, 5, 0, tzinfo=UTC),
            kind=kind,
            modality=modality,
            data=data,
            **sample,  # type: ignore[arg-type]
        )

    return [
        row(Kind.TEMPLATE, Modality.FINGER, record(2), position=FingerPosition.RIGHT_INDEX, quality=60),
        row(Kind.IMAGE, Modality.FINGER, PNG, position=FingerPosition.LEFT_INDEX, ppi=512.0),
        row(
            Kind.TEMPLATE, Modality.FACE, vector(), model="tiny", model_version="1", labels={"twin_of": "s2"}
        ),
    ]


_TEXTS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)
_DATES = st.dates(date(1900, 1, 1), date(2000, 1, 1))
_TIMES = st.datetimes(datetime(2001, 1, 1), datetime(2100, 1, 1)).map(
    lambda time: time.replace(microsecond=time.microsecond // 1000 * 1000, tzinfo=UTC)
)
_COUNTRIES = st.sampled_from(["CHN", "FRA", "VNM"])
_DOCUMENTS = st.builds(Document, _TEXTS, _TEXTS, st.none() | _COUNTRIES, st.none() | _DATES)
_SAMPLES = st.lists(
    st.tuples(
        st.sampled_from(Modality),
        st.sampled_from(FingerPosition),
        st.sampled_from([Kind.TEMPLATE, Kind.IMAGE]),
    ),
    max_size=4,
    unique_by=lambda sample: (sample[0], sample[1] if sample[0] is Modality.FINGER else 0, sample[2]),
)


@st.composite
def subjects(draw: st.DrawFn) -> list[BulkRow]:
    """Draw the rows of a subject; one that no sample is kept of has one row."""
    about = {
        "subject_id": draw(_TEXTS),
        "status": draw(st.sampled_from([Status.ACTIVE, Status.LOCKED])),
        "galleries": tuple(draw(st.lists(_TEXTS, max_size=3, unique=True))),
        "sex": draw(st.none() | st.sampled_from(Sex)),
        "birth_date": draw(st.none() | _DATES),
        "nationality": draw(st.none() | _COUNTRIES),
        "documents": tuple(draw(st.lists(_DOCUMENTS, max_size=2))),
    }
    rows = []
    for number in range(draw(st.integers(0, 2))):
        visit = {
            "encounter_id": f"{about['subject_id']}-{number}",
            "captured_at": draw(st.none() | _TIMES),
            **{name: draw(st.none() | _TEXTS) for name in ("captured_place", "operator", "device")},
            **{name: draw(st.none() | _TEXTS) for name in ("consent_reference", "consent_purpose")},
            "consent_given_at": draw(st.none() | _TIMES),
        }
        rows += [
            BulkRow(**about, **visit, **_sample(*sample), labels=draw(_LABELS))  # type: ignore[arg-type]
            for sample in draw(_SAMPLES)
        ]
    return rows or [BulkRow(**about, kind=Kind.NONE)]  # type: ignore[arg-type]


_LABELS = st.dictionaries(_TEXTS, _TEXTS, max_size=2)


def _sample(modality: Modality, position: FingerPosition, kind: Kind) -> dict[str, object]:
    if modality is Modality.FACE:
        if kind is Kind.IMAGE:
            return {"modality": modality, "kind": kind, "data": PNG, "quality": 7}
        return {"modality": modality, "kind": kind, "data": vector(), "model": "tiny"}
    if kind is Kind.IMAGE:
        return {"modality": modality, "position": position, "kind": kind, "data": PNG, "ppi": 500.0}
    data = record(int(position), extended=b"more")
    return {"modality": modality, "position": position, "kind": kind, "data": data, "quality": 0}
