"""A model of the user's own is tried before it is trusted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from naive.tiny_model import DIMENSION, SIZE, make_model
from vantay_models.add import add_model
from vantay_models.entry import LandmarkKind
from vantay_models.errors import ManifestError, ModelFileError, ModelRejected, ModelSourceError
from vantay_models.preprocessing import prepare_batch
from vantay_models.registry import ModelState, find_entry, find_model, list_models, verify_models
from vantay_models.session import open_session
from vantay_models.templates import ARCFACE_POINTS, make_template


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(tmp_path / "models"))
    return tmp_path / "models"


def add(tmp_path: Path, data: bytes, **changes: Any) -> Any:
    file = tmp_path / "vendor.onnx"
    file.write_bytes(data)
    said: dict[str, Any] = {"name": "vendor", "size": SIZE, "dim": DIMENSION, "licence": "proprietary"}
    return add_model(file, **(said | changes))


def test_sound_model_is_added_found_and_described(folder: Path, tmp_path: Path) -> None:
    data = make_model()
    added = add(tmp_path, data, mean=(127.5,) * 3, scale=(1 / 128,) * 3, color="BGR")
    found = find_model("vendor")
    assert found == added
    assert found.read() == data
    image = found.entry.image
    assert image is not None
    assert (image.name, found.entry.output_name, image.max_batch) == ("image", "embedding", None)
    assert image.mean == (127.5, 127.5, 127.5)
    pixels = np.zeros((2, SIZE, SIZE, 3), np.uint8)
    (embeddings,) = open_session(found.read()).run(["embedding"], {"image": prepare_batch(pixels, image)})
    assert embeddings.shape == (2, DIMENSION)
    assert [status.entry.name for status in verify_models()] == ["vendor"]


def test_model_that_takes_one_image_at_a_time_is_noticed(folder: Path, tmp_path: Path) -> None:
    image = add(tmp_path, make_model(batch=1)).entry.image
    assert image is not None
    assert image.max_batch == 1


@pytest.mark.parametrize(
    ("model", "said", "message"),
    [
        ({}, {"dim": 5}, r"the output embedding is \(1, 4\) for 1 images, expected \(1, 5\)"),
        ({}, {"size": 17}, r"tensor\(float\) \['batch', 3, 16, 16\], expected .*\(batch, 3, 17, 17\)"),
        ({}, {"layout": "NHWC"}, r"expected tensor\(float\) of \(batch, 16, 16, 3\)"),
        ({}, {"pixel_type": "uint8"}, r"expected tensor\(uint8\)"),
        ({"operator": "Log"}, {}, "values that are not finite"),
        ({"is_constant": True}, {}, "the same values for different images"),
        ({"is_random": True}, {}, "other values for the same image the second time"),
        ({"n_inputs": 2}, {}, "has the inputs image, more_1, expected one"),
        ({"size": "any"}, {"size": 17}, "the model fails on a sample"),
    ],
)
def test_model_that_does_not_do_what_is_said_is_rejected(
    folder: Path, tmp_path: Path, model: dict[str, Any], said: dict[str, Any], message: str
) -> None:
    with pytest.raises(ModelRejected, match=message):
        add(tmp_path, make_model(**model), **said)
    assert not folder.exists()


@pytest.mark.parametrize("data", [b"", b"not a model", make_model()[:-1000]])
def test_file_that_is_no_model_is_rejected(folder: Path, tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ModelRejected, match="no model that ONNX Runtime can run"):
        add(tmp_path, data)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"name": "Vendor"}, "called 'Vendor', expected small letters"),
        ({"name": "../vendor"}, "expected small letters"),
        ({"name": "sface"}, "there is a model sface already"),
        ({"size": 0}, "size is 0, expected 1 to 1024"),
        ({"template": "mine"}, "template is 'mine', expected one of arcface, dlib"),
        ({"color": "grey"}, "'grey' is not a valid ColorOrder, expected RGB or BGR"),
        ({"scale": (1.0, 0.0, 1.0)}, "expected factors other than 0"),
        ({"dim": 0}, "dimension is 0, expected more than 0"),
        ({"licence": ""}, "licence is '', expected text"),
        ({"licence": "\x7f"}, "not TOML"),
        ({"training_data": "\udcff"}, "description of vendor cannot be written"),
        ({"mean": (float("nan"), 0.0, 0.0)}, "Out of range float values"),
    ],
)
def test_impossible_description_is_refused(
    folder: Path, tmp_path: Path, said: dict[str, Any], message: str
) -> None:
    with pytest.raises(ManifestError, match=message):
        add(tmp_path, make_model(), **said)
    assert not folder.exists()


@pytest.mark.parametrize(
    ("file", "name"), [("Vendor_R50 (2).onnx", "vendor-r50-2"), ("vendor.onnx", "vendor"), ("_.onnx", None)]
)
def test_model_without_a_name_is_called_as_its_file(
    folder: Path, tmp_path: Path, file: str, name: str | None
) -> None:
    path = tmp_path / file
    path.write_bytes(make_model())
    if name is None:
        with pytest.raises(ManifestError, match="called '', expected small letters"):
            add_model(path, size=SIZE, dim=DIMENSION)
    else:
        entry = add_model(path, size=SIZE, dim=DIMENSION).entry
        assert (entry.name, entry.licence) == (name, "not stated")


def test_name_is_taken_once(folder: Path, tmp_path: Path) -> None:
    add(tmp_path, make_model())
    with pytest.raises(ManifestError, match="there is a model vendor already"):
        add(tmp_path, make_model())


def test_missing_file_is_named(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelSourceError, match=r"absent\.onnx is not readable"):
        add_model(tmp_path / "absent.onnx", name="v", size=16, dim=4, licence="none")


def test_damaged_model_says_to_add_it_again(folder: Path, tmp_path: Path) -> None:
    found = add(tmp_path, make_model())
    found.path.write_bytes(b"damaged")
    with pytest.raises(ModelFileError, match="add it again with `vantay models add`"):
        found.read()
    (status,) = verify_models()
    assert status.state is ModelState.UNUSABLE


@pytest.mark.parametrize("text", ["", "[other]", "[vendor]\npurpose = 3", "[sface]", "no toml", "\xff"])
def test_broken_manifest_of_an_added_model_is_named(folder: Path, tmp_path: Path, text: str) -> None:
    add(tmp_path, make_model())
    (folder / "vendor.model.toml").write_text(text, encoding="latin-1")
    with pytest.raises(ManifestError, match=r"vendor\.model\.toml"):
        list_models()
    assert find_entry("yunet").name == "yunet"


def test_added_model_may_not_hide_one_of_vantays_own(folder: Path, tmp_path: Path) -> None:
    add(tmp_path, make_model())
    text = (folder / "vendor.model.toml").read_text(encoding="utf-8")
    (folder / "sface.model.toml").write_text(text.replace("[vendor", "[sface"), encoding="utf-8")
    with pytest.raises(ManifestError, match="none of Vantay's own: remove it"):
        list_models()
    assert find_entry("sface").licence == "Apache-2.0"


def test_templates_scale_with_the_size() -> None:
    template = make_template("arcface", 112)
    assert template.points == ARCFACE_POINTS
    assert template.landmarks is LandmarkKind.EYES_NOSE_MOUTH
    double = np.array(make_template("arcface", 224).points)
    np.testing.assert_allclose(double, np.array(ARCFACE_POINTS) * 2)
    assert make_template("dlib", 150).landmarks is LandmarkKind.EYE_CORNERS_NOSE
