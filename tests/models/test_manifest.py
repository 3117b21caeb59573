"""The manifest is read strictly."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vantay_models.entry import Accuracy, Calibration, Purpose
from vantay_models.errors import ManifestError
from vantay_models.manifest import parse_manifest, read_manifest
from vantay_models.toml_record import write_record

ENTRY = f"""
[m]
purpose = "face-embedding"
summary = "text"
file = "m.onnx"
licence = "MIT"
reference = "text"
training_data = "text"
input = "text"
output = "text"
output_name = "out"
dimension = 4
[m.download]
file = "m.onnx"
sha256 = "{"0" * 64}"
size_bytes = 10
origin = "text"
url = "https://example.org/m.onnx"
[m.image]
layout = "NCHW"
color_order = "RGB"
pixel_type = "float32"
mean = [1, 2.5, 3]
width_px = 8
height_px = 8
[m.image.template]
landmarks = "eyes-mouth"
points = [[1.0, 1.0], [6.0, 1.0], [3.5, 6.0]]
[[m.accuracy]]
measure = "EER"
value = "1 %"
measured_on = "nobody"
"""


def test_committed_manifest_names_leader_with_licence_and_provenance() -> None:
    entry = read_manifest()["leader"]
    assert entry.package is not None
    assert (entry.file, entry.package.package, entry.licence) == ("leader.onnx", "pyfing", "MIT")
    assert entry.purpose is Purpose.MINUTIAE
    assert "not known" in entry.training_data


def test_committed_manifest_has_every_purpose_and_a_source_for_each_model() -> None:
    entries = read_manifest().values()
    assert {entry.purpose for entry in entries} == set(Purpose)
    assert all((entry.package is None) != (entry.download is None) for entry in entries)
    assert len({entry.file for entry in entries}) == len(entries)


def test_committed_manifest_says_of_every_accuracy_on_whom_it_was_measured() -> None:
    figures = [figure for entry in read_manifest().values() for figure in entry.accuracy]
    assert len(figures) >= 10
    assert all(len(figure.measured_on) > 5 for figure in figures)


def test_entry_is_read() -> None:
    entry = parse_manifest(ENTRY)["m"]
    assert entry.image is not None
    assert entry.image.template is not None
    assert entry.download is not None
    assert entry.image.mean == (1.0, 2.5, 3.0)
    assert entry.image.scale == (1.0, 1.0, 1.0)
    assert entry.image.template.points[2] == (3.5, 6.0)
    assert entry.accuracy == (Accuracy("EER", "1 %", "nobody"),)
    assert entry.download.size_bytes == 10
    assert entry.source == "text"


def test_written_entry_is_read_back() -> None:
    calibration = Calibration((0.1, 0.5), (0.0, 30.0), 90.0, "a" * 64, 'many "people" of Đà Nẵng\n')
    entry = replace(parse_manifest(ENTRY)["m"], calibration=calibration)
    text = write_record(entry, "m").replace('name = "m"\n', "", 1)
    assert parse_manifest(text)["m"] == entry


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('licence = "MIT"', 'licence = "MIT"\ncolour = "red"', "model m has unknown keys: colour"),
        ('licence = "MIT"\n', "", "model m lacks keys: licence"),
        ('licence = "MIT"', "licence = 3", "model m: licence is 3, expected text"),
        ('licence = "MIT"', 'licence = ""', "licence is '', expected text"),
        ('licence = "MIT"', 'licence = "MIT"\nname = "x"', "unknown keys: name"),
        ("dimension = 4", 'dimension = "4"', "dimension is '4', expected a whole number"),
        ("dimension = 4", "dimension = true", "dimension is True, expected a whole number"),
        ("dimension = 4", "", "a dimension belongs to face embeddings"),
        ('"face-embedding"', '"face-guessing"', "purpose is 'face-guessing', expected one of minutiae"),
        ("0" * 64, "0" * 63, "expected 64 digits"),
        ("0" * 64, "G" * 64, "expected 64 digits"),
        ("size_bytes = 10", "size_bytes = 0", "size_bytes is 0, expected more than 0"),
        ("https://example.org", "ftp://example.org", "expected one that starts with https"),
        ('file = "m.onnx"', 'file = "../m.onnx"', "expected a name of letters"),
        ("mean = [1, 2.5, 3]", "mean = [1, 2]", r"model m: image: mean has 2 values, expected 3"),
        ("mean = [1, 2.5, 3]", "mean = [1, inf, 2]", r"mean\[1\] is inf, expected a number"),
        ("mean = [1, 2.5, 3]", "mean = 1", "mean is 1, expected an array"),
        ("mean = [1, 2.5, 3]", "scale = [1, 0, 1]", "expected factors other than 0"),
        ("width_px = 8", "width_px = -8", "width_px is -8, expected more than 0"),
        (", [3.5, 6.0]]", "]", "template of eyes-mouth has 2 points, expected 3"),
        ('measured_on = "nobody"', "", r"accuracy\[0\] lacks keys: measured_on"),
        ("[m.download]", "[m.package]", "package has unknown keys: origin, url"),
        ("[m.image]", "[m]\n[m.image]", "not TOML"),
        ("[m]\n", 'n = "x"\n[m]\n', "n is 'x', expected a table"),
        ("[m", "[M", "called 'M', expected small letters"),
    ],
)
def test_wrong_value_is_refused(old: str, new: str, message: str) -> None:
    assert old in ENTRY
    with pytest.raises(ManifestError, match=message):
        parse_manifest(ENTRY.replace(old, new))


def test_model_of_two_sources_is_refused() -> None:
    package = f'[m.package]\npackage = "p"\nfile = "f"\nsha256 = "{"0" * 64}"\nsize_bytes = 1\n'
    with pytest.raises(ManifestError, match="a package and a download"):
        parse_manifest(ENTRY + package)


def test_embedding_without_alignment_is_refused() -> None:
    start, end = ENTRY.index("[m.image.template]"), ENTRY.index("[[m.accuracy]]")
    with pytest.raises(ManifestError, match="needs an image with an alignment template"):
        parse_manifest(ENTRY[:start] + ENTRY[end:])


@pytest.mark.parametrize(
    ("raw", "scores", "message"),
    [
        ((0.5, 0.5), (0.0, 30.0), "calibration raw does not ascend"),
        ((0.1, 0.5), (30.0, 0.0), "calibration scores does not ascend"),
        ((0.1, 0.5), (0.0, 30.0, 40.0), "2 raw values and 3 scores"),
        ((0.1,), (0.0,), "expected two or more"),
    ],
)
def test_impossible_calibration_is_refused(
    raw: tuple[float, ...], scores: tuple[float, ...], message: str
) -> None:
    with pytest.raises(ManifestError, match=message):
        Calibration(raw, scores, 1.0, "a" * 64, "nobody")
