from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vantay.errors import InvalidSetting
from vantay.report.search_plots import Curve, Lines, plot_fidelity, plot_identification, plot_reliability

BLUE, ORANGE = (11, 61, 145), (194, 65, 12)
BAND = {"low": [0.5, 0.02, 0.0], "high": [0.9, 0.2, 0.1]}
TRADE_OFF: Curve = {"x": [1.0, 0.1, 0.0], "y": [0.0, 0.01, 0.2], "threshold": [0.0, 20.0, None]}
CURVES: dict[str, Lines] = {
    "fnir_fpir": {"100": TRADE_OFF},
    "cmc": {
        "100": {"x": [1.0, 2.0, 3.0], "y": [0.8, 0.9, 1.0], "low": [0.6, 0.7, 0.8], "high": [0.9, 1.0, 1.0]}
    },
    "reliability": {"single finger": {"x": [1.0, 0.1, 0.01], "y": [0.8, 0.08, 0.0], **BAND}},
    "search_time": {name: {"x": [100.0], "y": [3.0]} for name in ("mean", "median", "p99")},
}


def _n_pixels_like(path: Path, colour: tuple[int, int, int]) -> int:
    pixels = np.asarray(Image.open(path).convert("RGB")).astype(int)
    return int(np.count_nonzero(np.abs(pixels - colour).max(axis=2) < 30))


def test_each_size_of_gallery_has_its_line(tmp_path: Path) -> None:
    smaller: Curve = {"x": [1.0, 0.03], "y": [0.0, 0.05], "threshold": [0.0, None]}
    both: dict[str, Lines] = CURVES | {"fnir_fpir": {"10": smaller, "100": TRADE_OFF}}
    plot_identification(tmp_path / "one.png", CURVES, "title")
    plot_identification(tmp_path / "both.png", both, "title")
    assert _n_pixels_like(tmp_path / "one.png", BLUE) > 1000
    more = _n_pixels_like(tmp_path / "both.png", ORANGE) - _n_pixels_like(tmp_path / "one.png", ORANGE)
    assert more > 300


def test_a_search_without_errors_is_drawn(tmp_path: Path) -> None:
    perfect: Curve = {"x": [0.0, 0.0], "y": [0.0, 1.0], "threshold": [50.0, None]}
    certain: Curve = {"x": [1.0], "y": [1.0], "low": [0.9], "high": [1.0]}
    curves: dict[str, Lines] = CURVES | {"fnir_fpir": {"10": perfect}, "cmc": {"10": certain}}
    plot_identification(tmp_path / "plot.svg", curves, "title")
    assert (tmp_path / "plot.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_reliability_is_drawn_with_its_band(tmp_path: Path) -> None:
    plot_reliability(tmp_path / "plot.png", CURVES["reliability"], "title")
    assert _n_pixels_like(tmp_path / "plot.png", BLUE) > 500


def test_real_and_synthetic_distributions_are_drawn_over_each_other(tmp_path: Path) -> None:
    histogram: Lines = {
        "real": {"x": [0.0, 1.0], "y": [0.4, 0.6]},
        "synthetic": {"x": [0.0, 1.0], "y": [0.7, 0.3]},
    }
    curves: dict[str, Lines] = {"quality": histogram, "det": {"real": TRADE_OFF, "synthetic": TRADE_OFF}}
    plot_fidelity(tmp_path / "plot.png", curves, {"quality": 0.3}, "title")
    assert _n_pixels_like(tmp_path / "plot.png", BLUE) > 300
    assert _n_pixels_like(tmp_path / "plot.png", ORANGE) > 300


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="cannot be written as a plot"):
        plot_reliability(tmp_path / "plot.xyz", CURVES["reliability"], "title")
