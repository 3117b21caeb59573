import io
from pathlib import Path

import pytest
from rich.console import Console

from vantay.errors import InvalidSetting
from vantay_service.demo import run
from vantay_service.demo.output_folder import MARKER, claimed_folder
from vantay_service.demo.run import DemoSettings, run_demo
from vantay_service.demo.screen import Screen


@pytest.mark.parametrize("name", ["gallery.db", "index.html", "impressions", ".hidden"])
def test_the_demo_leaves_a_folder_alone_that_it_did_not_make(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(*_: object, **__: object) -> None:
        raise AssertionError("work was begun")

    monkeypatch.setattr(run, "build_models", build)
    (tmp_path / name).write_bytes(b"precious")
    with pytest.raises(InvalidSetting, match="was not made by the demo"):
        run_demo(DemoSettings(tmp_path), Screen(Console(file=io.StringIO())))
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [(name, b"precious")]


def test_a_new_or_empty_folder_becomes_the_demos_own(tmp_path: Path) -> None:
    for folder in (tmp_path / "a" / "new", tmp_path / "empty"):
        if folder.name == "empty":
            folder.mkdir()
        with claimed_folder(folder):
            assert [path.name for path in folder.iterdir()] == [MARKER]


def test_a_folder_of_an_earlier_demo_is_used_again(tmp_path: Path) -> None:
    with claimed_folder(tmp_path):
        (tmp_path / "index.html").touch()
    with claimed_folder(tmp_path):
        assert (tmp_path / "index.html").exists()


def test_two_demos_are_not_at_work_in_one_folder(tmp_path: Path) -> None:
    with (
        claimed_folder(tmp_path),
        pytest.raises(InvalidSetting, match="another demo is at work"),
        claimed_folder(tmp_path),
    ):
        pass
