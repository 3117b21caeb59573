"""Transactions that are built here, and those of the evaluation data."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datasets.ansi_nist_files import (
    FS,
    GS,
    M1_ROWS,
    RS,
    US,
    Fields,
    fixed,
    image_fields,
    m1_row,
    minutiae_fields,
    png,
    tagged,
    transaction,
)
from vantay.errors import InvalidSample, InvalidTemplate
from vantay.types import FingerPosition, FingerTemplate, MinutiaType
from vantay_datasets.ansi_nist import read_ansi_nist
from vantay_datasets.sample import FrictionRidgeArea, Modality, Sample, SampleOrError


def read(folder: Path, data: bytes) -> list[SampleOrError]:
    path = folder / "case.an2"
    path.write_bytes(data)
    return list(read_ansi_nist(path))


def read_one(folder: Path, data: bytes) -> Sample:
    [sample] = read(folder, data)
    assert isinstance(sample, Sample), sample
    return sample


def template_of(sample: Sample) -> FingerTemplate:
    assert isinstance(sample.template, FingerTemplate)
    return sample.template


def test_a_finger_of_type_14_comes_with_position_resolution_and_image(tmp_path: Path) -> None:
    sample = read_one(tmp_path, transaction((14, tagged(14, image_fields()))))
    assert (sample.subject_id, sample.encounter_id) == ("case", "visit-7")
    assert (sample.modality, sample.position, sample.area) == (
        Modality.FINGER,
        FingerPosition.RIGHT_MIDDLE,
        None,
    )
    assert sample.ppi == 1000
    assert sample.image == png(20, 30)
    assert sample.source.endswith("case.an2, record 2 (type 14)")


def test_raw_pixels_become_a_png_with_the_same_pixels(tmp_path: Path) -> None:
    pixels = np.arange(600, dtype=np.uint8).reshape(30, 20)
    fields = image_fields(f11=b"NONE", f999=pixels.tobytes(), f8=b"2", f9=b"197", f10=b"197")
    sample = read_one(tmp_path, transaction((13, tagged(13, fields))))
    assert isinstance(sample.image, bytes)
    picture = Image.open(io.BytesIO(sample.image))
    np.testing.assert_array_equal(np.asarray(picture), pixels)
    assert sample.ppi == 500
    assert picture.info["dpi"] == pytest.approx((500, 500), abs=0.01)


def test_image_bytes_may_hold_any_separator(tmp_path: Path) -> None:
    pixels = (GS + FS + RS + US) * 150
    fields = image_fields(f11=b"NONE", f999=pixels)
    sample = read_one(tmp_path, transaction((14, tagged(14, fields))))
    assert isinstance(sample.image, bytes)
    assert np.asarray(Image.open(io.BytesIO(sample.image))).tobytes() == pixels


@pytest.mark.parametrize(
    ("record_type", "is_native", "ppi"),
    [(4, False, 500), (4, True, 500.126), (3, False, 250), (3, True, 249.936)],
)
def test_fixed_records_take_their_resolution_from_the_header(
    tmp_path: Path, record_type: int, is_native: bool, ppi: float
) -> None:
    record = fixed(record_type, bytes(600), (20, 30), is_native=is_native)
    sample = read_one(tmp_path, transaction((record_type, record)))
    assert sample.ppi == pytest.approx(ppi)
    assert sample.position is FingerPosition.RIGHT_INDEX


def test_slaps_and_palms_say_what_they_are_and_are_no_single_finger(tmp_path: Path) -> None:
    records = [
        (4, fixed(4, bytes(600), (20, 30), positions=[13])),
        (14, tagged(14, image_fields(f13=b"14"))),
        (15, tagged(15, image_fields(f13=b"21"))),
    ]
    samples = [s for s in read(tmp_path, transaction(*records)) if isinstance(s, Sample)]
    assert [s.area for s in samples] == [
        FrictionRidgeArea.RIGHT_FOUR_FINGERS,
        FrictionRidgeArea.LEFT_FOUR_FINGERS,
        FrictionRidgeArea.RIGHT_FULL_PALM,
    ]
    assert {s.position for s in samples} == {FingerPosition.UNKNOWN}
    assert not any(s.is_single_finger for s in samples)


def test_plain_thumbs_are_thumbs_and_several_possible_fingers_are_none(tmp_path: Path) -> None:
    records = [
        (4, fixed(4, bytes(600), (20, 30), positions=[12])),
        (4, fixed(4, bytes(600), (20, 30), positions=[2, 3])),
    ]
    samples = [s for s in read(tmp_path, transaction(*records)) if isinstance(s, Sample)]
    assert [s.position for s in samples] == [FingerPosition.LEFT_THUMB, FingerPosition.UNKNOWN]
    assert all(s.is_single_finger for s in samples)


def test_faces_of_type_10_are_read_and_tattoos_passed_over(tmp_path: Path) -> None:
    raw = image_fields(f3=b"FACE", f11=b"NONE", f12=b"SRGB", f13=b"", f999=bytes(1800))
    tattoo = image_fields(f3=b"TATTOO")
    sample = read_one(tmp_path, transaction((10, tagged(10, tattoo)), (10, tagged(10, raw))))
    assert sample.modality is Modality.FACE
    assert isinstance(sample.image, bytes)
    assert Image.open(io.BytesIO(sample.image)).mode == "RGB"


def test_an_amputated_finger_and_other_types_give_no_sample(tmp_path: Path) -> None:
    missing = image_fields(f999=b"", f18=b"3\x1fXX")
    signature = (0).to_bytes(2, "big") + (30).to_bytes(2, "big") + bytes(26)
    records = [
        (2, tagged(2, {2: b"00"})),
        (14, tagged(14, missing)),
        (8, signature),
        (17, tagged(17, {2: b"01"})),
    ]
    assert read(tmp_path, transaction(*records)) == []


def test_minutiae_of_incits_378_become_500_ppi(tmp_path: Path) -> None:
    template = template_of(read_one(tmp_path, transaction((9, tagged(9, minutiae_fields(M1_ROWS))))))
    assert (template.width_px, template.height_px, template.quality) == (200, 300, 80)
    assert template.position is FingerPosition.LEFT_INDEX
    assert template.minutiae.tolist() == [
        (50, 100, 64, MinutiaType.RIDGE_ENDING, 60),
        (16, 21, 255, MinutiaType.RIDGE_BIFURCATION, 0),
    ]


def test_minutiae_of_the_extended_feature_set_become_500_ppi(tmp_path: Path) -> None:
    rows = [US.join([b"2540", b"5080", b"90", b"E"]), US.join([b"0", b"13", b"360", b"X"])]
    fields = {2: b"01", 4: b"U", 300: b"5080" + US + b"7620", 302: b"8" + US + b"DST", 331: RS.join(rows)}
    sample = read_one(tmp_path, transaction((9, tagged(9, fields))))
    template = template_of(sample)
    assert (template.width_px, template.height_px) == (1000, 1500)
    assert sample.position is FingerPosition.LEFT_MIDDLE
    assert template.minutiae.tolist() == [
        (500, 1000, 64, MinutiaType.RIDGE_ENDING, 0),
        (0, 3, 0, MinutiaType.OTHER, 0),
    ]


def test_old_minutiae_count_from_the_bottom_of_their_image_and_point_the_other_way(tmp_path: Path) -> None:
    rows = [US.join([b"001", b"02540508090", b"0", b"A"]), US.join([b"002", b"00000000000", b"0", b"B"])]
    fields = {2: b"01", 4: b"S", 6: b"02", 10: b"2", 12: RS.join(rows)}
    image = image_fields(f9=b"500", f10=b"500", f7=b"300")
    read_samples = read(tmp_path, transaction((9, tagged(9, fields)), (14, tagged(14, image))))
    template = template_of(next(s for s in read_samples if isinstance(s, Sample) and s.template))
    assert (template.width_px, template.height_px) == (20, 300)
    assert template.minutiae.tolist() == [
        (50, 200, 192, MinutiaType.RIDGE_ENDING, 0),
        (0, 300, 128, MinutiaType.RIDGE_BIFURCATION, 0),
    ]


@pytest.mark.parametrize(
    ("record_type", "fields", "message"),
    [
        (14, image_fields(f6=b"-5"), r"field 14\.006: is -5, expected 1 to 99999"),
        (14, image_fields(f6=b"1e3"), r"field 14\.006: is '1e3', expected a number"),
        (14, image_fields(f7=b""), r"field 14\.007: is missing"),
        (14, image_fields(f10=b"500"), r"field 14\.010: is 500, expected 1000 as across"),
        (14, image_fields(f11=b"NONE"), r"field 14\.999: \d+ bytes of raw pixels, expected 20 × 30 × 1"),
        (14, image_fields(f11=b"NONE", f6=b"99999", f7=b"99999"), r"field 14\.999: 99999 × 99999 px"),
        (14, image_fields(f11=b"NONE", f12=b"16"), r"field 14\.012: is 16, expected 8 to 8"),
        (14, image_fields(f13=b"99"), r"field 14\.013: is 99, expected a friction ridge position"),
        (14, image_fields(f999=b"nothing known"), r"field 14\.999: begins with 'nothing ', expected WSQ"),
        (10, image_fields(f3=b"FACE", f11=b"NONE", f12=b"YCC"), r"field 10\.012: is 'YCC', expected GRAY"),
        (9, minutiae_fields(M1_ROWS, f136=b"3"), r"field 9\.136: says 3 minutiae, expected the 2"),
        (9, minutiae_fields(M1_ROWS, f136=b"1000000000"), r"field 9\.136: is 1000000000"),
        (9, minutiae_fields([M1_ROWS[0]] * 256), r"field 9\.137: has 256 subfields, expected at most 255"),
        (9, minutiae_fields([b"1" + US + b"2"]), r"field 9\.137: has 2 items in subfield 1, expected 6"),
        (9, minutiae_fields([m1_row(1, 2, 3, 180, 1, 1)]), r"field 9\.137: is 180, expected 0 to 179"),
        (9, minutiae_fields([m1_row(1, 60000, 3, 1, 1, 1)], f131=b"100", f132=b"100"), r"9\.137: has x_px"),
        (9, minutiae_fields(M1_ROWS, f130=b"0"), r"field 9\.130: gives no scale"),
        (9, {2: b"01", 4: b"U", 23: b"vendor"}, r"no minutiae in fields 9\.012, 9\.137 or 9\.331"),
        (9, {2: b"01", 10: b"1", 12: US.join([b"1", b"123", b"0", b"A"])}, r"9\.012: has a location of 3"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_used_costs_its_record_only(
    tmp_path: Path, record_type: int, fields: Fields, message: str
) -> None:
    data = transaction((record_type, tagged(record_type, fields)), (14, tagged(14, image_fields())))
    error, sample = read(tmp_path, data)
    assert isinstance(error, InvalidTemplate if record_type == 9 else InvalidSample)
    with pytest.raises(type(error), match=rf"case\.an2, record 2 \(type {record_type}\).*{message}"):
        raise error
    assert isinstance(sample, Sample)


GOOD = transaction((14, tagged(14, image_fields())))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"begins with '', expected 1\.001"),
        (b"FMR\0 20\0", r"expected 1\.001"),
        (GOOD[:-1], r"record 2 \(type 14\), length: is \d+, expected 5 to the \d+ bytes left"),
        (GOOD + b"more", r"4 bytes after record 2, expected the end"),
        (GOOD[:-1] + b"x", r"record 2 \(type 14\): byte \d+ is 'x', expected a file separator"),
        (b"1.001:9999999999" + GS + b"1.003:1" + FS, r"record 1 \(type 1\), length: is 9999999999"),
        (b"1.001:0" + GS + FS, r"length: is 0, expected 5"),
        (tagged(1, {2: b"0500"}), r"field 1\.003: is missing"),
        (tagged(1, {3: b"1" + US + b"2" + RS + b"14" + US + b"01"}), r"says 2 records and lists 1"),
        (tagged(1, {3: b"1" + US + b"1" + RS + b"14" + US + b"01"}), r"begins with '', expected 14\.001"),
        (tagged(1, {3: b"1" + US + b"1" + RS + b"4" + US + b"01"}) + b"\xff" * 9, r"length: is 4294967295"),
        (tagged(1, {3: b"1" + US + b"1" + RS + b"-4" + US + b"01"}), r"1\.003: is -4, expected 2 to 99"),
        (tagged(1, {3: RS.join([b"1" + US + b"20000"] + [b"2"] * 20000)}), r"has 20001 subfields"),
        (tagged(1, {2: b"1" + GS + b"no tag"}), r"'no tag' after byte \d+, expected a tag"),
        (tagged(1, {2: GS.join([b"1"] + [b"1.004:"] * 10001)}), r"more than 10000 fields"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_divided_into_records_is_refused(
    tmp_path: Path, data: bytes, message: str
) -> None:
    with pytest.raises(InvalidSample, match=message):
        read(tmp_path, data)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSample, match="cannot be read"):
        list(read_ansi_nist(tmp_path / "none.an2"))


def test_samples_of_nist_are_read(eval_data: Path) -> None:
    folder = eval_data / "templates" / "ansi_nist"
    counts = {path.name: len(list(read_ansi_nist(path))) for path in sorted(folder.glob("*.an2k"))}
    assert counts == {
        "type3.an2k": 1,
        "type4-slaps.an2k": 4,
        "type9-13.an2k": 2,
        "type9-15.an2k": 3,
        "type9-efs.an2k": 8,
        "type9.an2k": 1,
    }


def test_old_minutiae_of_nist_lie_on_the_ridge_endings_of_their_image(eval_data: Path) -> None:
    from vantay.fingerprint.extraction import make_extractor  # noqa: PLC0415
    from vantay.fingerprint.image import normalise_finger_image, read_finger_image  # noqa: PLC0415

    path = eval_data / "templates" / "ansi_nist" / "type9-13.an2k"
    stated, image = (s for s in read_ansi_nist(path) if isinstance(s, Sample))
    assert isinstance(image.image, bytes)
    pixels = normalise_finger_image(read_finger_image(image.image, ppi=image.ppi))
    found = make_extractor("classical").extract(pixels).minutiae
    minutiae = template_of(stated).minutiae
    n_near = 0
    for minutia in minutiae:
        distance = np.hypot(
            found["x_px"].astype(int) - int(minutia["x_px"]), found["y_px"].astype(int) - int(minutia["y_px"])
        )
        turn = (found["angle"].astype(int) - int(minutia["angle"]) + 128) % 256 - 128
        n_near += bool(np.any((distance < 12) & (np.abs(turn) < 32)))
    assert n_near > 0.6 * len(minutiae)
