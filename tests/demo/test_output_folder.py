import io
from pathlib import Path

import pytest
from rich.console import Console

from vantay.demo import run
from vantay.demo.output_folder import MARKER, claim_folder
from vantay.demo.run import DemoSettings, run_demo
from vantay.errors import InvalidSetting


@pytest.mark.parametrize("name", ["gallery.db", "index.html", "impressions", ".hidden"])
def test_the_demo_leaves_a_folder_alone_that_it_did_not_make(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*_: object, **__: object) -> None:
        raise AssertionError("work was begun")

    monkeypatch.setattr(run, "build_models", build)
    (tmp_path / name).write_bytes(b"precious")
    with pytest.raises(InvalidSetting, match="was not made by the demo"):
        run_demo(DemoSettings(tmp_path, n_subjects=3), Console(file=io.StringIO()))
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(name, b"precious")]


def test_a_new_or_empty_folder_becomes_the_demos_own(tmp_path: Path) -> None:
    for folder in (tmp_path / "a" / "new", tmp_path / "empty"):
        if folder.name == "empty":
            folder.mkdir()
        claim_folder(folder)
        assert [path.name for path in folder.iterdir()] == [MARKER]


def test_a_folder_of_an_earlier_demo_is_used_again(tmp_path: Path) -> None:
    claim_folder(tmp_path)
    (tmp_path / "gallery.db").touch()
    claim_folder(tmp_path)
