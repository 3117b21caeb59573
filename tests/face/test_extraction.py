"""The whole path with real models, on a few portraits."""

import os
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime
import pytest

from vantay.errors import ExtractionFailed, IncompatibleTemplate, InvalidSetting, ModelUnavailable
from vantay.face.comparison import stack_vectors
from vantay.face.embedding import FaceEmbedder
from vantay.face.extraction import FaceExtractor, make_face_extractor
from vantay.face.image import read_face_image
from vantay.face.registry import installed_model, open_network
from vantay.types import FaceImage, FaceTemplate
from vantay_models.add import add_model
from vantay_models.calibration import write_calibration
from vantay_models.entry import Calibration
from vantay_models.manifest import read_manifest

Portraits = dict[str, npt.NDArray[np.uint8]]

ARCFACE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
RETAIL = 128 * np.array(
    [[0.3156, 0.4616], [0.6827, 0.4616], [0.5003, 0.6405], [0.3495, 0.8247], [0.6534, 0.8247]]
)


def _plain_mobilefacenet(chip: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    normalised = (chip / 255.0 - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    return normalised.transpose(2, 0, 1)[np.newaxis].astype(np.float32)


def _plain_retail(chip: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    return chip[:, :, ::-1].transpose(2, 0, 1)[np.newaxis].astype(np.float32)


def _images(portraits: Portraits) -> list[FaceImage]:
    return [FaceImage(pixels, name) for name, pixels in portraits.items()]


def _assert_people_are_told_apart(extractor: FaceExtractor, portraits: Portraits) -> None:
    templates = [extractor.extract(image) for image in _images(portraits)]
    vectors = stack_vectors(templates, like=templates[0])
    people = np.array([name.split("/")[0] for name in portraits])
    is_mated = people[:, None] == people
    cosines = vectors @ vectors.T
    assert cosines[is_mated].min() > cosines[~is_mated].max()


@pytest.fixture
def all_photos(eval_data: Path) -> list[Path] | None:
    """Every photo where VANTAY_ALL_FACES=1, which takes a minute."""
    if os.environ.get("VANTAY_ALL_FACES") != "1":
        return None
    return sorted((eval_data / "faces").rglob("*.jpg"))


@pytest.mark.parametrize(
    ("profile", "file", "template", "size", "prepare"),
    [
        ("mobilefacenet", "MobileFaceNet.onnx", ARCFACE, 112, _plain_mobilefacenet),
        ("retail-0095", "face-reidentification-retail-0095.onnx", RETAIL, 128, _plain_retail),
    ],
)
def test_embeddings_are_those_of_a_plain_run(
    profile: str,
    file: str,
    template: npt.NDArray[np.float64],
    size: int,
    prepare: object,
    pulled_models: Path,
    mirror: Path,
    portraits: Portraits,
    all_photos: list[Path] | None,
) -> None:
    extractor = make_face_extractor(profile)
    session = onnxruntime.InferenceSession(mirror / file, providers=["CPUExecutionProvider"])
    for image in _images(portraits) if all_photos is None else map(read_face_image, all_photos):
        landmarks = extractor.find_face(image).landmarks
        source, target = landmarks - landmarks.mean(axis=0), template - template.mean(axis=0)
        left, values, right = np.linalg.svd(target.T @ source)
        linear = values.sum() / (source**2).sum() * (left @ right)
        to_chip = np.column_stack([linear, template.mean(axis=0) - linear @ landmarks.mean(axis=0)])
        chip = cv2.warpAffine(image.pixels, to_chip, (size, size))
        (plain,) = session.run(None, {session.get_inputs()[0].name: prepare(chip)})  # type: ignore[operator]
        vector = extractor.extract(image).vector.astype(np.float64)
        assert vector @ plain.ravel() / np.linalg.norm(plain) >= 0.9999 * np.linalg.norm(vector)


@pytest.mark.parametrize("profile", ["mobilefacenet", "retail-0095"])
def test_people_are_told_apart(profile: str, pulled_models: Path, portraits: Portraits) -> None:
    _assert_people_are_told_apart(make_face_extractor(profile), portraits)


def test_people_are_told_apart_by_what_is_built(built_models: Path, portraits: Portraits) -> None:
    extractor = make_face_extractor("dlib")
    _assert_people_are_told_apart(extractor, portraits)
    assert extractor.name == "dlib-face-embedding"


@pytest.mark.parametrize("profile", ["mobilefacenet", "retail-0095"])
def test_a_batch_gives_what_single_photos_give(
    profile: str, pulled_models: Path, portraits: Portraits
) -> None:
    extractor = make_face_extractor(profile)
    nobody = FaceImage(np.full((200, 200, 3), 128, np.uint8), "nobody")
    images = [*_images(portraits)[:3], nobody, *_images(portraits)[3:5]]
    results = extractor.extract_many(images)
    assert isinstance(results[3], ExtractionFailed)
    assert results[3].reason == "no_face"
    for image, result in zip(images, results, strict=True):
        if isinstance(result, FaceTemplate):
            single = extractor.extract(image)
            assert np.abs(result.vector.astype(float) - single.vector).max() < 2e-3
            assert (result.quality, result.model_version) == (single.quality, single.model_version)


def test_templates_do_not_depend_on_threads(pulled_models: Path, portraits: Portraits) -> None:
    image = _images(portraits)[0]
    one, two = (make_face_extractor("retail-0095", n_threads=n).extract(image) for n in (1, 2))
    assert one == two


def test_a_photo_of_nobody_is_a_typed_error(pulled_models: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    for pixels in (noise, np.zeros((64, 64, 3), np.uint8)):
        with pytest.raises(ExtractionFailed, match="no face found"):
            make_face_extractor("mobilefacenet").extract(FaceImage(pixels))


def test_a_strip_is_nobody(built_models: Path) -> None:
    with pytest.raises(ExtractionFailed, match="no face found"):
        make_face_extractor("dlib").extract(FaceImage(np.full((48, 9000, 3), 90, np.uint8)))


def test_a_dog_is_nobody(built_models: Path, eval_data: Path) -> None:
    image = read_face_image(eval_data / "templates" / "ansi_nist" / "face01.iso2005")
    with pytest.raises(ExtractionFailed, match="no face found"):
        make_face_extractor("dlib").extract(image)


def test_two_people_side_by_side_are_a_typed_error(pulled_models: Path, portraits: Portraits) -> None:
    both = np.hstack(list(portraits.values())[:4:2])
    with pytest.raises(ExtractionFailed, match="2 faces of about the same size") as caught:
        make_face_extractor("mobilefacenet").extract(FaceImage(both))
    assert caught.value.reason == "several_faces"


def test_an_analysis_tells_all(pulled_models: Path, portraits: Portraits) -> None:
    extractor = make_face_extractor("retail-0095")
    analysis = extractor.analyse(_images(portraits)[0])
    assert analysis.chip.shape == (128, 128, 3)
    assert analysis.live_probability is not None
    assert 0 <= analysis.live_probability <= 1
    assert analysis.quality.unified > 70
    assert analysis.template == extractor.extract(_images(portraits)[0])


def test_without_its_networks_a_presentation_attack_is_not_assessed(
    pulled_models: Path, portraits: Portraits
) -> None:
    (pulled_models / "minifasnet-v1se.onnx").unlink()
    analysis = make_face_extractor("mobilefacenet").analyse(_images(portraits)[0])
    assert analysis.live_probability is None


def test_blur_costs_quality(pulled_models: Path, portraits: Portraits) -> None:
    extractor = make_face_extractor("mobilefacenet")
    pixels = next(iter(portraits.values()))
    qualities = [
        extractor.extract(FaceImage(np.asarray(cv2.GaussianBlur(pixels, (0, 0), d), np.uint8))).quality
        for d in (0.3, 4, 8)
    ]
    assert qualities[0] > qualities[1] > qualities[2]


def test_templates_of_two_models_do_not_compare(pulled_models: Path, portraits: Portraits) -> None:
    image = _images(portraits)[0]
    one, other = (make_face_extractor(p).extract(image) for p in ("mobilefacenet", "retail-0095"))
    with pytest.raises(IncompatibleTemplate):
        stack_vectors([one], like=other)


def test_profiles_that_cannot_be_are_refused(pulled_models: Path) -> None:
    with pytest.raises(ModelUnavailable, match="there is no model nonsense"):
        make_face_extractor("nonsense")
    with pytest.raises(InvalidSetting, match="profile yunet is a model for face-detection"):
        make_face_extractor("yunet")
    with pytest.raises(InvalidSetting, match="n_threads is 0"):
        make_face_extractor("mobilefacenet", n_threads=0)
    with pytest.raises(ModelUnavailable, match="vantay models pull sface"):
        make_face_extractor("sface")


def test_a_broken_model_of_the_users_own_does_not_stop_vantays(
    pulled_models: Path, portraits: Portraits
) -> None:
    broken = pulled_models / "broken.model.toml"
    broken.write_text("no manifest", encoding="utf-8")
    try:
        assert (
            make_face_extractor("mobilefacenet").analyse(_images(portraits)[0]).live_probability is not None
        )
    finally:
        broken.unlink()


def test_another_preparation_of_one_network_is_another_version(
    pulled_models: Path, mirror: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, portraits: Portraits
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    for file in pulled_models.iterdir():
        (folder / file.name).symlink_to(file)
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(folder))
    templates = []
    for mean in (127.5, 120.0):
        add_model(mirror / "MobileFaceNet.onnx", name="mine", size=112, dim=128, mean=(mean,) * 3)
        assert not (folder / "mine.calibration.toml").exists()
        templates.append(make_face_extractor("mine").extract(_images(portraits)[0]))
        sha256 = installed_model("mine").sha256
        write_calibration("mine", Calibration((0.0, 0.5), (0.0, 30.0), 50.0, sha256, "nobody"))
        (folder / "mine.model.toml").unlink()
    with pytest.raises(IncompatibleTemplate):
        stack_vectors(templates[:1], like=templates[1])


class _RecordingSession:
    """Gives four values of an image, in the output that was asked for; keeps the sizes of batches."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    def run_one(self, batch: npt.NDArray[np.float32], output: str | None) -> npt.NDArray[np.float32]:
        assert output == "embedding"
        self.batches.append(len(batch))
        return batch.reshape(len(batch), -1)[:, :4]


@pytest.mark.parametrize(("max_batch", "batches"), [(None, [8, 2]), (3, [3, 3, 3, 1]), (1, [1] * 10)])
def test_batches_are_as_large_as_the_model_takes(max_batch: int | None, batches: list[int]) -> None:
    entry = read_manifest()["mobilefacenet"]
    assert entry.image is not None
    image = replace(entry.image, max_batch=max_batch, mean=(-1.0,) * 3)
    session = _RecordingSession()
    entry = replace(entry, dimension=4, output_name="embedding", image=image)
    vectors = FaceEmbedder(entry, session).embed([np.zeros((112, 112, 3), np.uint8)] * 10)  # type: ignore[arg-type]
    assert session.batches == batches
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_an_output_that_is_not_there_is_named(pulled_models: Path) -> None:
    session = open_network("retail-0095").session
    with pytest.raises(ModelUnavailable, match="retail-0095 has no output logits, expected one of embedding"):
        session.run_one(np.zeros((1, 3, 128, 128), np.float32), "logits")
