"""What is known of models, which of them are here, and whether they can be trusted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from naive.tiny_model import make_download_entry
from vantay_models import registry
from vantay_models.cache import record_path
from vantay_models.calibration import read_calibration, write_calibration
from vantay_models.card import model_card
from vantay_models.entry import Calibration, ImageInput
from vantay_models.errors import ManifestError, ModelFileError, UnknownModel
from vantay_models.manifest import read_manifest
from vantay_models.preprocessing import prepare_batch
from vantay_models.pull import pull_model
from vantay_models.registry import ModelState, find_model, list_models, verify_models

DATA = b"a model"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model folder with one fetched model."""
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(tmp_path / "models"))
    entry = make_download_entry(DATA)
    monkeypatch.setattr(registry, "read_manifest", lambda: read_manifest() | {entry.name: entry})
    (tmp_path / "tiny.onnx").write_bytes(DATA)
    pull_model("tiny", source=tmp_path)
    return tmp_path / "models"


def test_list_has_every_model_of_the_manifest_and_its_state(folder: Path) -> None:
    states = {status.entry.name: status for status in list_models()}
    assert states.keys() == read_manifest().keys() | {"tiny"}
    tiny = states["tiny"]
    assert (tiny.state, tiny.size_bytes, tiny.problem) == (ModelState.READY, len(DATA), None)
    assert states["sface"].state is ModelState.ABSENT
    assert "vantay models pull sface" in str(states["sface"].problem)
    assert "vantay models build" in str(states["dlib-face-embedding"].problem)


def test_absent_model_says_how_to_get_it(folder: Path) -> None:
    with pytest.raises(ModelFileError, match=r"dlib-face-embedding is not here .*run `vantay models build`"):
        find_model("dlib-face-embedding")
    with pytest.raises(ModelFileError, match=r"where FOLDER has face-reidentification-retail-0095\.onnx"):
        find_model("retail-0095")
    with pytest.raises(UnknownModel, match="there is no model arcface, expected one of"):
        find_model("arcface")


def test_found_model_is_read_with_its_checksum_compared(folder: Path) -> None:
    found = find_model("tiny")
    assert found.read() == DATA
    found.path.write_bytes(b"another")
    with pytest.raises(ModelFileError, match=r"is damaged.*vantay models pull tiny"):
        found.read()


def test_verification_computes_every_checksum_anew(folder: Path) -> None:
    assert [(status.entry.name, status.state) for status in verify_models()] == [("tiny", ModelState.READY)]
    (folder / "tiny-model.onnx").write_bytes(b"a m0del")
    assert [status.state for status in list_models() if status.entry.name == "tiny"] == [ModelState.READY]
    (status,) = verify_models()
    assert status.state is ModelState.UNUSABLE
    assert "is damaged" in str(status.problem)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("builder", "tiny 0", "was made by builder tiny 0, this is fetched"),
        ("source_sha256", "0" * 64, "comes from a file of SHA-256 0000"),
    ],
)
def test_model_of_another_origin_is_not_found(folder: Path, key: str, value: str, message: str) -> None:
    path = record_path(folder / "tiny-model.onnx")
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {key: value}))
    with pytest.raises(ModelFileError, match=message):
        find_model("tiny")


def test_model_that_was_replaced_while_in_use_is_noticed(folder: Path, tmp_path: Path) -> None:
    found = find_model("tiny")
    path = record_path(found.path)
    found.path.write_bytes(b"other")
    digest = "d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa"
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"file_sha256": digest}))
    with pytest.raises(ModelFileError, match="was replaced by another file"):
        found.read()


CALIBRATION = Calibration((0.1, 0.4, 0.7), (0.0, 20.0, 40.0), 80.0, "0" * 64, "40 people")


def test_calibration_comes_with_the_model_it_was_fitted_for(folder: Path) -> None:
    found = find_model("tiny")
    assert found.entry.calibration is None
    fitted = Calibration((0.1, 0.4), (0.0, 20.0), 80.0, found.sha256, "40 people")
    assert write_calibration("tiny", fitted).parent == folder
    assert find_model("tiny").entry.calibration == fitted
    write_calibration("tiny", CALIBRATION)
    assert find_model("tiny").entry.calibration is None


@pytest.mark.parametrize("text", ["", "[calibration]\nraw = [1.0]", "no toml", "\xff"])
def test_broken_calibration_is_refused(folder: Path, text: str) -> None:
    (folder / "tiny.calibration.toml").write_text(text, encoding="latin-1")
    with pytest.raises(ManifestError, match=r"tiny\.calibration\.toml"):
        read_calibration("tiny", "0" * 64)


def test_card_tells_licence_provenance_accuracy_and_state(folder: Path) -> None:
    card = model_card("dlib-face-embedding")
    assert card.startswith("# dlib-face-embedding\n")
    for part in (
        "CC0-1.0",
        "7,485 people",
        "EER, the original network",
        "40 East Asian",
        "vantay models build",
    ):
        assert part in card
    assert "Nothing is measured." in model_card("tiny")
    assert "installed at" in model_card("tiny")
    assert "None: raw comparisons" in model_card("tiny")
    fitted = Calibration((0.1, 0.4), (0.0, 20.0), 80.0, find_model("tiny").sha256, "40 people")
    write_calibration("tiny", fitted)
    assert "2 knots, fitted on 40 people." in model_card("tiny")
    assert "the face's box, 2.7 times as large" in model_card("minifasnet-v2")


def test_every_card_is_a_table_of_equal_columns() -> None:
    for name in read_manifest():
        lines = model_card(name).splitlines()
        rows = [line for line in lines if line.startswith("|")]
        assert len(rows) > 8
        assert all(line.endswith(" |") for line in rows)


def image_input(name: str) -> ImageInput:
    image = read_manifest()[name].image
    assert image is not None
    return image


def test_batch_is_what_the_manifest_says() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, 112, 112, 3)).astype(np.uint8)
    batch = prepare_batch(images, image_input("mobilefacenet"))
    mean, deviation = np.array([123.675, 116.28, 103.53]), np.array([58.395, 57.12, 57.375])
    expected = ((images - mean) / deviation).transpose(0, 3, 1, 2)
    np.testing.assert_allclose(batch, expected, atol=1e-6)
    small = images[:1, :96, :96]
    np.testing.assert_allclose(
        prepare_batch(small, image_input("lightqnet")), (small[..., ::-1] - 128.0) / 128.0
    )
    chips = rng.integers(0, 256, (1, 150, 150, 3)).astype(np.uint8)
    np.testing.assert_array_equal(prepare_batch(chips, image_input("dlib-face-embedding")), chips)
    wide = rng.integers(0, 256, (1, 64, 96, 3)).astype(np.uint8)
    assert prepare_batch(wide, image_input("yunet")).shape == (1, 3, 64, 96)


@pytest.mark.parametrize(
    ("shape", "dtype", "name"),
    [
        ((1, 112, 111, 3), np.uint8, "mobilefacenet"),
        ((1, 112, 112, 3), np.float32, "mobilefacenet"),
        ((112, 112, 3), np.uint8, "mobilefacenet"),
        ((1, 112, 112, 1), np.uint8, "mobilefacenet"),
        ((1, 60, 64, 3), np.uint8, "yunet"),
    ],
)
def test_images_of_another_shape_are_refused(shape: tuple[int, ...], dtype: type, name: str) -> None:
    with pytest.raises(ValueError, match="images of"):
        prepare_batch(np.zeros(shape, dtype), image_input(name))


def test_models_of_the_mirror_are_what_the_manifest_says(
    eval_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = eval_data.parent / "models"
    if not mirror.is_dir():
        pytest.skip(f"no mirror of models at {mirror}")
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(tmp_path))
    for name in ("yunet", "mobilefacenet", "retail-0095", "lightqnet", "minifasnet-v2", "minifasnet-v1se"):
        found = pull_model(name, source=mirror)
        image = found.entry.image
        assert image is not None
        session = onnxruntime.InferenceSession(found.read(), providers=["CPUExecutionProvider"])
        pixels = np.zeros((1, image.height_px or 64, image.width_px or 64, 3), np.uint8)
        outputs = session.run(
            [found.entry.output_name] if found.entry.output_name else None,
            {str(image.name): prepare_batch(pixels, image)},
        )
        if found.entry.dimension is not None:
            assert outputs[0].shape == (1, found.entry.dimension)
    assert len(verify_models()) == 6
