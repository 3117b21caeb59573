"""Fixtures that every part uses: evaluation data, built models, a numba cache of their own."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import numpy as np
import pytest

from absence import skip_or_fail

# A kernel cache shared with other checkouts was seen to give stale results: numba does not notice an edit
# in another file. Each run gets a fresh one unless the caller names one.
os.environ.setdefault("NUMBA_CACHE_DIR", tempfile.mkdtemp(prefix="vantay-numba-"))

if os.environ.get("NUMBA_DISABLE_JIT") == "1":
    # Kernels count bits by a multiplication that wraps around, and divide before they choose: numpy's scalars
    # warn where machine words do not.
    np.seterr(over="ignore", divide="ignore", invalid="ignore")

FACE_MODELS = ("dlib-face-detection", "dlib-face-landmarks", "dlib-face-embedding")
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def eval_data() -> Path:
    """The folder of evaluation data, or a skip (a failure where VANTAY_REQUIRE_EVAL_DATA=1)."""
    folder = Path(os.environ.get("VANTAY_EVAL_DATA", ROOT / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        skip_or_fail(f"no evaluation data at {folder}: set VANTAY_EVAL_DATA")
    return folder


@pytest.fixture(scope="session")
def model_dir() -> Path:
    """The folder of built models, or a skip where `vantay models build` has not run."""
    from vantay_models.cache import model_cache_dir  # noqa: PLC0415

    folder = model_cache_dir()
    if not (folder / "leader.onnx").is_file():
        skip_or_fail(f"no model at {folder}: run `vantay models build`")
    return folder


@pytest.fixture
def built_models() -> Path:
    """The folder of built models with those of faces, or a skip."""
    from vantay_models.cache import model_cache_dir  # noqa: PLC0415
    from vantay_models.registry import ModelState, list_models  # noqa: PLC0415

    ready = {status.entry.name for status in list_models() if status.state is ModelState.READY}
    if missing := set(FACE_MODELS) - ready:
        skip_or_fail(f"models {', '.join(sorted(missing))} are not built: run `vantay models build`")
    return model_cache_dir()


@pytest.fixture
def calibrated_models(built_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the built models and a rough calibration of the face embedding, the one that is used."""
    from vantay_models.calibration import write_calibration  # noqa: PLC0415
    from vantay_models.entry import Calibration  # noqa: PLC0415
    from vantay_models.registry import find_model  # noqa: PLC0415

    folder = tmp_path / "models"
    folder.mkdir()
    for file in built_models.iterdir():
        (folder / file.name).symlink_to(file)
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(folder))
    sha256 = find_model("dlib-face-embedding").sha256
    rough = Calibration((0.7, 0.85, 0.93), (0.0, 8.0, 35.0), 500.0, sha256, "nobody: rounded by hand")
    write_calibration("dlib-face-embedding", rough)
    return folder
