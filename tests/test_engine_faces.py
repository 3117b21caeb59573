"""Faces through the facade: from photos to answers, alone and beside fingers."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from search.random_fingers import capture_again, make_finger
from vantay import Engine, EngineSettings, ExtractionFailed, FaceImage, IncompatibleTemplate, InvalidSample
from vantay.errors import ModelUnavailable
from vantay.types import FaceTemplate, FingerPosition

RIGHT_INDEX = FingerPosition.RIGHT_INDEX
FINGER = {RIGHT_INDEX: make_finger(1)}
FINGER_AGAIN = {RIGHT_INDEX: capture_again(make_finger(1), 3)}


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with Engine.open(settings=EngineSettings(database=tmp_path / "vantay.db")) as opened:
        yield opened


@pytest.fixture(scope="module")
def photos(eval_data: Path) -> list[tuple[Path, Path]]:
    """Two photos each of three people of the studio set."""
    people = sorted((eval_data / "faces" / "london").iterdir())[:60:20]
    first_two = (sorted(person.iterdir())[:2] for person in people)
    return [(neutral, smiling) for neutral, smiling in first_two]


def grey_photo() -> FaceImage:
    return FaceImage(np.full((300, 240, 3), 128, np.uint8), "wall.png")


def truncated(photo: Path) -> bytes:
    """Cut a photo off in the middle, so that its header is sound."""
    data = io.BytesIO()
    Image.open(photo).convert("RGB").save(data, format="PNG")
    return data.getvalue()[: len(data.getvalue()) // 2]


@pytest.mark.usefixtures("calibrated_models")
def test_photos_are_enrolled_verified_and_identified(engine: Engine, photos: list[tuple[Path, Path]]) -> None:
    for person, (neutral, _) in enumerate(photos):
        receipt = engine.enrol(f"P{person}", face=neutral)
        assert receipt.failures == ()
        assert receipt.encounter.face is not None
        assert receipt.encounter.face.model == "dlib-face-embedding"
    probe = photos[1][1].read_bytes()
    verified = engine.verify("P1", face=probe)
    assert verified.is_match
    assert verified.face_score == verified.score
    assert not engine.verify("P2", face=probe).is_match
    result = engine.identify(face=probe)
    assert [c.subject_id for c in result.matches] == ["P1"]
    assert result.candidates[0].score == pytest.approx(verified.score, abs=1e-3)
    assert (result.probe_face_quality or 0) > 0
    assert engine.show("P1").encounters[0].face is not None
    assert engine.stats().n_faces == 3
    assert engine.erase("P1").n_faces == 1
    assert not engine.identify(face=probe).is_known


@pytest.mark.usefixtures("calibrated_models")
def test_finger_and_face_of_one_person_add_up(engine: Engine, photos: list[tuple[Path, Path]]) -> None:
    engine.enrol("A", FINGER, face=photos[0][0])
    engine.enrol("B", {RIGHT_INDEX: make_finger(2)}, face=photos[1][0])
    both = engine.identify(FINGER_AGAIN, face=photos[0][1]).candidates[0]
    finger = engine.identify(FINGER_AGAIN).candidates[0]
    face = engine.identify(face=photos[0][1]).candidates[0]
    assert {both.subject_id, finger.subject_id, face.subject_id} == {"A"}
    assert both.score > max(finger.score, face.score)
    assert both.face_score == pytest.approx(face.score, abs=1e-3)
    assert dict(both.finger_scores) == pytest.approx(dict(finger.finger_scores), abs=1e-3)


@pytest.mark.usefixtures("calibrated_models")
def test_a_face_that_gives_no_template_is_told_when_a_finger_gave_one(
    engine: Engine, photos: list[tuple[Path, Path]]
) -> None:
    receipt = engine.enrol("A", FINGER, face=grey_photo())
    assert [(f.position, f.reason) for f in receipt.failures] == [(None, "no_face")]
    assert receipt.encounter.face is None
    damaged = engine.verify("A", FINGER_AGAIN, face=truncated(photos[0][0]))
    assert [(f.position, f.reason) for f in damaged.failures] == [(None, "invalid_sample")]
    assert damaged.is_match
    with pytest.raises(ExtractionFailed) as failure:
        engine.enrol("B", face=grey_photo())
    assert failure.value.reason == "no_face"
    with pytest.raises(InvalidSample):
        engine.identify(face=truncated(photos[0][0]))


def test_a_missing_photo_is_a_mistake_although_a_finger_gave_a_template(
    engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "text.jpg").write_text("no picture at all")
    for name in ("text.jpg", "missing.jpg"):
        with pytest.raises(InvalidSample, match=name):
            engine.enrol("A", FINGER, face=tmp_path / name)
    assert engine.stats().n_subjects == 0


@pytest.mark.usefixtures("calibrated_models")
def test_faces_compare_without_enrolment(photos: list[tuple[Path, Path]]) -> None:
    engine = Engine.without_store()
    template = engine.extract_face(photos[0][0])
    assert engine.extract_face(template) is template
    assert engine.compare_faces(template, photos[0][1]).score > engine.verification_threshold()
    assert engine.compare_faces(template, photos[1][0]).score < engine.verification_threshold()


@pytest.mark.usefixtures("calibrated_models")
def test_a_template_of_another_version_is_refused(engine: Engine, photos: list[tuple[Path, Path]]) -> None:
    found = engine.extract_face(photos[0][0])
    other = FaceTemplate(found.vector, found.model, "another", found.quality)
    engine.enrol("A", face=found)
    with pytest.raises(IncompatibleTemplate, match="face profile"):
        engine.enrol("B", face=other)
    for call in (lambda: engine.verify("A", face=other), lambda: engine.identify(face=other)):
        with pytest.raises(IncompatibleTemplate, match="another"):
            call()
    assert engine.stats().n_subjects == 1


def test_without_its_models_a_photo_is_refused_and_a_finger_is_not(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(tmp_path))
    engine.enrol("A", FINGER)
    with pytest.raises(ModelUnavailable, match="vantay models build"):
        engine.identify(FINGER_AGAIN, face=grey_photo())
    assert engine.identify(FINGER_AGAIN).is_known
