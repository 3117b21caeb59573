"""Photos, and a folder of models pulled from the mirror that lies beside the evaluation data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from absence import skip_or_fail

ROOT = Path(__file__).resolve().parents[2]
PULLED = ("yunet", "mobilefacenet", "retail-0095", "lightqnet", "minifasnet-v2", "minifasnet-v1se")


@pytest.fixture(scope="session")
def mirror(eval_data: Path) -> Path:
    """The mirror folder of models, or a skip."""
    folder = eval_data.parent / "models"
    if not (folder / "yunet_s_dynamic.onnx").is_file():
        skip_or_fail(f"no mirror of models at {folder}")
    return folder


@pytest.fixture
def pulled_models(
    mirror: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A model folder with all models of the mirror, the one that the registry looks at."""
    from vantay_models.pull import pull_model  # noqa: PLC0415

    folder = tmp_path_factory.getbasetemp() / "face-models"
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(folder))
    for name in PULLED:
        pull_model(name, source=mirror)
    return folder


@pytest.fixture(scope="session")
def portraits(eval_data: Path) -> dict[str, npt.NDArray[np.uint8]]:
    """Six people of the studio set, neutral and smiling, by ``subject/file``."""
    from vantay.face.image import read_face_image  # noqa: PLC0415

    folder = eval_data / "faces" / "london"
    people = sorted(folder.iterdir())[::20]
    files = [path for person in people for path in sorted(person.iterdir())]
    return {f"{path.parent.name}/{path.name}": read_face_image(path).pixels for path in files}
