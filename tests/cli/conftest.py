"""Synthetic prints as files, and a way to run the command on a database of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner
from PIL import Image

from vantay.cli import main
from vantay_datasets.synthetic.fingerprint import PatternClass, make_impression, make_master

PATTERNS = (
    PatternClass.RIGHT_LOOP,
    PatternClass.TENTED_ARCH,
    PatternClass.WHORL,
    PatternClass.LEFT_LOOP,
)


class Run(NamedTuple):
    """What a run of the command gave."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON document that it is."""
        return json.loads(self.stdout)


Vantay = Callable[..., Run]


@pytest.fixture(scope="session")
def prints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make two impressions of each of four fingers, FINGER_IMPRESSION.png, and files that are no prints."""
    folder = tmp_path_factory.mktemp("prints")
    for finger, pattern in enumerate(PATTERNS, start=1):
        master = make_master(finger, pattern=pattern)
        for impression in (1, 2):
            pixels = make_impression(master, impression).image.pixels
            Image.fromarray(pixels).save(folder / f"{finger}_{impression}.png", dpi=(500, 500))
    Image.linear_gradient("L").resize((300, 300)).save(folder / "glare.png", dpi=(500, 500))
    Image.fromarray(pixels).save(folder / "coarse.png", dpi=(120, 120))
    (folder / "text.png").write_text("not a picture at all")
    return folder


@pytest.fixture
def vantay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Vantay:
    """Run ``vantay`` with these arguments in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VANTAY_EXTRACTOR", "classical")
    monkeypatch.delenv("VANTAY_CONFIG", raising=False)

    def run(*args: object, **options: Any) -> Run:
        result = CliRunner().invoke(main, [str(a) for a in args], prog_name="vantay", **options)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception  # a traceback is never the answer
        return Run(result.exit_code, result.stdout, result.stderr)

    return run
