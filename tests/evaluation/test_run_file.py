from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vantay.evaluation.error_discard import DiscardCurve
from vantay.evaluation.error_rates import error_curve
from vantay.evaluation.machine import describe_machine, source_commit
from vantay.evaluation.run_file import (
    MAX_POINTS,
    Run,
    RunKind,
    error_discard,
    error_trade_off,
    histogram,
    make_curve,
    write_run,
)


def test_a_run_says_what_where_and_with_what(tmp_path: Path) -> None:
    figures = {"galleries": {"10": {"threshold": float("inf"), "n_mated": np.int64(3)}}}
    run = Run(RunKind.IDENTIFICATION, {"seed": 1}, figures, {"cmc": {"10": make_curve([1, 2], [0.5, 1])}})
    write_run(tmp_path / "run.json", run)
    document = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert list(document) == ["kind", "format", "machine", "commit", "parameters", "figures", "curves"]
    assert (document["kind"], document["format"]) == ("identification", 1)
    assert document["figures"]["galleries"]["10"] == {"threshold": None, "n_mated": 3}
    assert document["curves"]["cmc"]["10"] == {"x": [1.0, 2.0], "y": [0.5, 1.0]}


@given(st.integers(0, 10**6), st.integers(1, 4000))
def test_a_thinned_trade_off_keeps_its_ends_and_moves_no_point(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    curve = error_curve(rng.normal(3, 1, n), rng.normal(0, 1, n))
    thinned = error_trade_off(curve)
    assert len(thinned["x"]) == len(thinned["y"]) == len(thinned["threshold"]) <= MAX_POINTS
    points = {
        (float(f"{fmr:.6g}"), float(f"{fnmr:.6g}")) for fmr, fnmr in zip(curve.fmr, curve.fnmr, strict=True)
    }
    assert set(zip(thinned["x"], thinned["y"], strict=True)) <= points
    assert (thinned["x"][0], thinned["y"][0]) == (1.0, 0.0)
    assert (thinned["x"][-1], thinned["y"][-1], thinned["threshold"][-1]) == (0.0, 1.0, None)


def test_a_thinned_trade_off_follows_the_curve_closely() -> None:
    rng = np.random.default_rng(1)
    curve = error_curve(rng.normal(3, 1, 20_000), rng.normal(0, 1, 50_000))
    thinned = error_trade_off(curve)
    fmr = np.array(thinned["x"], np.float64)
    steps = -np.diff(np.log10(fmr[(fmr > 1e-3) & (fmr < 0.5)]))
    assert steps.max() < 2 / 48


def test_a_discard_curve_is_thinned() -> None:
    discarded = np.linspace(0, 0.999, 2000)
    thinned = error_discard(DiscardCurve("all", 1e-3, discarded, np.linspace(0.1, 0, 2000)))
    assert len(thinned["x"]) == MAX_POINTS
    assert (thinned["x"][0], thinned["y"][-1]) == (0.0, 0.0)


def test_histograms_count_what_is_beyond_in_the_outer_bins() -> None:
    assert histogram([-5, 0.5, 1.5, 9], [0, 1, 2]) == {"x": [0.0, 1.0], "y": [2.0, 2.0]}
    assert histogram([0.5, 1.5, 1.6, 9], [0, 1, 2], as_shares=True)["y"] == [0.25, 0.75]


def test_the_machine_is_described_without_its_name() -> None:
    machine = describe_machine()
    assert machine.keys() == {"system", "processor", "n_cores", "memory_bytes", "python", "packages"}
    assert "numpy" in machine["packages"]  # type: ignore[operator]
    assert isinstance(machine["n_cores"], int)
    assert machine["n_cores"] >= 1


def _git(folder: Path, *arguments: str) -> None:
    person = ["-c", "user.name=n", "-c", "user.email=n@example.org"]
    subprocess.run(["git", "-C", str(folder), *person, *arguments], check=True, capture_output=True)


def test_the_commit_tells_of_changes(tmp_path: Path) -> None:
    assert source_commit(tmp_path) is None
    _git(tmp_path, "init", "-q")
    (tmp_path / "file").write_text("a", encoding="utf-8")
    _git(tmp_path, "add", "file")
    _git(tmp_path, "commit", "-q", "-m", "first")
    clean = source_commit(tmp_path)
    assert clean is not None
    assert len(clean) == 40
    (tmp_path / "file").write_text("b", encoding="utf-8")
    assert source_commit(tmp_path) == f"{clean}-dirty"


def test_without_git_there_is_no_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert source_commit() is None
