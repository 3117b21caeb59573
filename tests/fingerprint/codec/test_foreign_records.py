"""Records written by other programs: every field, and the same bytes when written again."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vantay.errors import InvalidTemplate
from vantay.fingerprint.codec import FingerRecord, FingerView, RecordFormat, decode, read_record, write_record
from vantay.fingerprint.codec.extended_data import read_ridge_counts, read_singular_points

pytestmark = pytest.mark.eval_data

SAMPLES = {
    "ansi378v2004": RecordFormat.ANSI_378_2004,
    "ansi378v2009": RecordFormat.ANSI_378_2009,
    "ansi378v2009am1": RecordFormat.ANSI_378_2009_AM1,
    "iso19794p2v2005": RecordFormat.ISO_19794_2_2005,
    "iso19794p2v2011": RecordFormat.ISO_19794_2_2011,
}
NIST_SAMPLES = {
    "fmr.ansi2004": (RecordFormat.ANSI_378_2004, [27, 22, 28]),
    "fmr.ansi2007": (RecordFormat.ANSI_378_2009, [27, 22]),
    "fmr.iso2005": (RecordFormat.ISO_19794_2_2005, [27, 22]),
}
POSITIONS = {"RIGHT_INDEX": 2, "LEFT_INDEX": 7}
TYPES = {"OTHER": 0, "EITHER": 0, "ENDING": 1, "BIFURCATION": 2}
SCAN_TYPES = {"LIVE_PLAIN": 0}
ENDING_TYPES = {"VALLEY_SKELETON_BIFURCATION": 0}
SENSOR_TYPES = {"UNKNOWN": 0}
COUNT_TYPES = {"CUSTOM": 0, "QUADRANTS": 1, "OCTANTS": 2}

HEADER_FIELDS: dict[str, Callable[[FingerRecord], object]] = {
    "vendorId": lambda record: record.owner_id,
    "subformat": lambda record: record.product_id,
    "sensorCertified": lambda record: bool(record.device_compliance),
    "sensorId": lambda record: record.device_id,
    "width": lambda record: record.views[0].width_px,
    "height": lambda record: record.views[0].height_px,
    "resolutionX": lambda record: record.views[0].x_per_cm,
    "resolutionY": lambda record: record.views[0].y_per_cm,
    "fingerprints": lambda record: [view_as_json(view) for view in record.views],
}


def view_as_json(view: FingerView) -> dict[str, object]:
    """All fields of a view under the names that the samples' JSON gives them."""
    date_time_names = ("year", "month", "day", "hour", "minute", "second", "millisecond")
    blocks = view.quality_blocks
    return {
        "position": view.position,
        "view": view.view_number,
        "scanType": view.impression_type,
        "quality": blocks[0].score,
        "qualityVendorId": blocks[0].vendor_id,
        "qualityAlgorithmId": blocks[0].algorithm_id,
        "qrecords": [
            {"quality": b.score, "vendor": b.vendor_id, "algorithm": b.algorithm_id} for b in blocks
        ],
        "certificates": list(view.capture.certificates),
        "datetime": dict(zip(date_time_names, view.capture.date_time, strict=True)),
        "sensorType": view.capture.technology,
        "sensorVendor": view.capture.vendor_id,
        "sensorId": view.capture.device_id,
        "width": view.width_px,
        "height": view.height_px,
        "resolutionX": view.x_per_cm,
        "resolutionY": view.y_per_cm,
        "endingType": view.ending_type,
        "minutiae": minutiae_as_json(view),
        **extended_data_as_json(view),
    }


def minutiae_as_json(view: FingerView) -> list[dict[str, int]]:
    names = ("type", "positionX", "positionY", "angle", "quality")
    return [dict(zip(names, row, strict=True)) for row in view.minutiae.tolist()]


def extended_data_as_json(view: FingerView) -> dict[str, object]:
    counts = [read_ridge_counts(area.data) for area in view.extended_data if area.type_code == 1]
    others = [area for area in view.extended_data if area.type_code > 3]
    return {
        "counts": {
            "type": counts[0].method,
            "edges": [{"from": c.first, "to": c.second, "count": c.n_ridges} for c in counts[0].counts],
        }
        if counts
        else None,
        "coredelta": None,
        "zones": None,
        "extensions": [
            {"type": area.type_code, "data": base64.b64encode(area.data).decode()} for area in others
        ],
    }


def with_codes(value: Any) -> Any:
    """The JSON with numbers in place of the names that its program gives to codes."""
    tables: Mapping[str, dict[str, int]] = {
        "position": POSITIONS,
        "scanType": SCAN_TYPES,
        "endingType": ENDING_TYPES,
        "sensorType": SENSOR_TYPES,
    }
    if isinstance(value, list):
        return [with_codes(item) for item in value]
    if not isinstance(value, dict):
        return value
    coded = {key: tables[key][item] if key in tables else with_codes(item) for key, item in value.items()}
    type_name = value.get("type")
    if isinstance(type_name, str):
        coded["type"] = (COUNT_TYPES if "edges" in value else TYPES)[type_name]
    return coded


@pytest.mark.parametrize("name", SAMPLES)
def test_every_field_of_a_sample_is_read(eval_data: Path, name: str) -> None:
    folder = eval_data / "templates" / "fingerprintio"
    record = read_record((folder / f"{name}-sample.dat").read_bytes())
    assert record.record_format is SAMPLES[name]
    expected = with_codes(json.loads((folder / f"{name}-sample.json").read_text()))
    assert len(expected["fingerprints"]) == len(record.views) == 2
    for key, value in expected.items():
        read = HEADER_FIELDS[key](record)
        if key != "fingerprints":
            assert read == value, key
            continue
        assert isinstance(read, list)
        for view, expected_view in zip(read, value, strict=True):
            assert {field: view[field] for field in expected_view} == expected_view


@pytest.mark.parametrize(
    "name", [f"fingerprintio/{s}-sample.dat" for s in SAMPLES] + [f"ansi_nist/{s}" for s in NIST_SAMPLES]
)
def test_sample_written_again_has_the_same_bytes(eval_data: Path, name: str) -> None:
    data = (eval_data / "templates" / name).read_bytes()
    assert write_record(read_record(data)) == data


@pytest.mark.parametrize("name", NIST_SAMPLES)
def test_samples_of_nist_are_read(eval_data: Path, name: str) -> None:
    data = (eval_data / "templates" / "ansi_nist" / name).read_bytes()
    record_format, n_minutiae = NIST_SAMPLES[name]
    assert read_record(data).record_format is record_format
    assert [template.n_minutiae for template in decode(data)] == n_minutiae


@pytest.mark.parametrize(("name", "view"), [("fmr.ansi2004", 2), ("fmr.iso2005", 1)])
def test_miscounted_cores_and_deltas_are_read(eval_data: Path, name: str, view: int) -> None:
    record = read_record((eval_data / "templates" / "ansi_nist" / name).read_bytes())
    area = record.views[view].extended_data[-1]
    points = read_singular_points(area.data, is_ansi=record.record_format.is_ansi)
    assert [(p.x, p.y, p.angles) for p in points.cores] == [(150, 250, (90,)), (100, 150, (45,))]
    assert [(p.x, p.y) for p in points.deltas] == [(143, 232), (103, 104), (136, 214), (130, 319)]


def test_same_finger_reads_the_same_from_all_formats(eval_data: Path) -> None:
    """The samples show one finger; that of ANSI 378-2004 has ISO's angles, so it is left out.

    Three angles of the ANSI samples are others on purpose, it seems: they are not even near.
    """
    folder = eval_data / "templates" / "fingerprintio"
    templates = [
        decode((folder / f"{name}-sample.dat").read_bytes())[0] for name in SAMPLES if name != "ansi378v2004"
    ]
    for template in templates[1:]:
        for field in ("x_px", "y_px", "type", "quality"):
            assert template.minutiae[field].tolist() == templates[0].minutiae[field].tolist()
        difference = (
            template.minutiae["angle"].astype(int) - templates[0].minutiae["angle"] + 128
        ) % 256 - 128
        assert np.count_nonzero(abs(difference) <= 1) >= 24


def test_truncated_records_are_refused(eval_data: Path) -> None:
    files = sorted((eval_data / "templates" / "iso19794-2_invalid").iterdir())
    assert len(files) == 3
    for file in files:
        with pytest.raises(InvalidTemplate):
            decode(file.read_bytes())


@pytest.mark.parametrize("name", ["face01.iso2005", "iris01.iso2011", "img.wsq", "img.jp2", "type9.an2k"])
def test_other_biometric_records_are_refused(eval_data: Path, name: str) -> None:
    with pytest.raises(InvalidTemplate, match="expected 464d5200"):
        decode((eval_data / "templates" / "ansi_nist" / name).read_bytes())
