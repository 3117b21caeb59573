import io
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from vantay.demo.portrait import TYPICAL_COSINE, check_portrait, make_faces, make_photos
from vantay.types import FaceTemplate


def test_synthetic_faces_lie_as_near_as_people_do() -> None:
    vector = np.random.default_rng(5).normal(size=128)
    real = FaceTemplate((vector / np.linalg.norm(vector)).astype(np.float16), "m", "1", 50)
    faces = make_faces(real, 200, seed=1)
    stacked = np.array([real.vector, *(face.vector for face in faces)], np.float32)
    cosines = stacked @ stacked.T
    others = cosines[np.triu_indices(len(stacked), 1)]
    assert others.mean() == pytest.approx(TYPICAL_COSINE, abs=0.02)
    assert cosines[0, 1:].mean() == pytest.approx(TYPICAL_COSINE, abs=0.05)
    assert others.max() < 0.95
    assert make_faces(real, 3, seed=1) == faces[:3]
    assert make_faces(real, 3, seed=2) != faces[:3]


def test_the_altered_portrait_is_found(tmp_path: Path, calibrated_models: Path) -> None:
    screen = io.StringIO()
    found = check_portrait(Console(file=screen, width=300), tmp_path / "faces.db", n_faces=50, seed=1)
    assert found is not None
    assert found.is_as_expected
    assert "51 faces were searched; portrait comes first" in screen.getvalue()


def test_without_the_models_of_faces_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(tmp_path / "none"))
    screen = io.StringIO()
    assert check_portrait(Console(file=screen), tmp_path / "faces.db", n_faces=3, seed=1) is None
    assert "No search by face" in screen.getvalue()


def test_the_probe_is_another_picture_than_the_reference() -> None:
    reference, probe = make_photos()
    assert reference.pixels.shape != probe.pixels.shape
    assert probe.pixels.mean() < reference.pixels.mean()
