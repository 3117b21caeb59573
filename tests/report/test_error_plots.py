from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vantay.errors import InvalidSetting
from vantay.report.error_plots import DetLine, DiscardLine, plot_det, plot_discard

LINE = DetLine("one", np.array([1.0, 0.1, 0.01, 0.0]), np.array([0.0, 0.02, 0.05, 1.0]), 0.03)
BESIDE = DetLine("two", np.array([1.0, 0.3, 0.02, 0.0]), np.array([0.0, 0.2, 0.4, 1.0]), 0.22, is_own=False)


def _n_pixels_like(path: Path, colour: tuple[int, int, int]) -> int:
    pixels = np.asarray(Image.open(path).convert("RGB")).astype(int)
    return int(np.count_nonzero(np.abs(pixels - colour).max(axis=2) < 30))


def test_det_plot_draws_each_system(tmp_path: Path) -> None:
    own, orange = (11, 61, 145), (194, 65, 12)
    plot_det(tmp_path / "one.png", [LINE], "title")
    plot_det(tmp_path / "both.png", [LINE, BESIDE], "title")
    assert _n_pixels_like(tmp_path / "one.png", own) > 500
    assert _n_pixels_like(tmp_path / "one.png", orange) == 0
    assert _n_pixels_like(tmp_path / "both.png", orange) > 300


def test_det_plot_of_a_system_without_errors_is_drawn(tmp_path: Path) -> None:
    perfect = DetLine("none", np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0]), 0.0)
    plot_det(tmp_path / "plot.svg", [perfect], "title")
    assert (tmp_path / "plot.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_discard_plot_is_drawn(tmp_path: Path) -> None:
    line = DiscardLine("all", np.array([0.0, 0.1, 0.2]), np.array([0.04, 0.02, 0.0]), 0.02)
    plot_discard(tmp_path / "edc.png", [line, line], "title", 0.3)
    assert _n_pixels_like(tmp_path / "edc.png", (11, 61, 145)) > 300


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="cannot be written as a plot"):
        plot_det(tmp_path / "plot.xyz", [LINE], "title")
