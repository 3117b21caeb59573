"""Cylinders of both sizes are those of the definition, and their comparison is the engine's."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from benchmarks.cylinder_sizes import SIZES, CylinderSize, compare_set, cylinder_words

import naive.cylinders
from benchmarks import cylinder_sizes
from search.random_fingers import capture_again, make_finger
from vantay.fingerprint.comparison import TemplatePack, prepare
from vantay.fingerprint.comparison.parameters import N_SECTIONS, PARAMETERS
from vantay.fingerprint.comparison.prepared import X, Y
from vantay.fingerprint.comparison.stages import run_stages
from vantay.types import FingerPosition

INDEX = FingerPosition.RIGHT_INDEX
PRINTS = [
    (number, prepare(capture_again(make_finger(number, INDEX), seed)))
    for number in range(3)
    for seed in (5, 6)
]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: size.name)
def test_cylinders_are_those_of_the_definition(size: CylinderSize, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(naive.cylinders, "CELLS_PER_SIDE", size.n_side)
    prepared, p = PRINTS[0][1], size.parameters
    minutiae = [
        (float(x), float(y), int(angle))
        for x, y, angle in zip(prepared.minutiae[X], prepared.minutiae[Y], prepared.angle, strict=True)
    ][: prepared.n_minutiae]
    words = cylinder_words(prepared, size)
    assert words.shape == (prepared.n_minutiae, N_SECTIONS * size.n_side**2 // 64)
    inside = [
        naive.cylinders.naive_is_inside(along, across, p.radius_px)
        for along in range(size.n_side)
        for across in range(size.n_side)
    ]
    for i in range(0, prepared.n_minutiae, 7):
        values = np.array(naive.cylinders.naive_cell_values(minutiae, i, p))
        found = np.unpackbits(words[i].view(np.uint8), bitorder="little").reshape(N_SECTIONS, -1)
        is_clear = np.abs(values - p.bit_threshold) > 1e-6
        assert (found == (values >= p.bit_threshold) & inside)[is_clear].all()


def test_a_minutia_by_itself_has_no_cylinder() -> None:
    template = make_finger(0, INDEX)
    alone = prepare(replace(template, minutiae=template.minutiae[:1].copy()))
    assert not cylinder_words(alone, SIZES[0]).any()


def test_comparisons_of_the_smaller_size_are_the_engines() -> None:
    found = compare_set(PRINTS, [cylinder_words(template, SIZES[0]) for _, template in PRINTS])
    assert found.is_mated.tolist() == [
        PRINTS[i][0] == PRINTS[j][0] for i in range(len(PRINTS)) for j in range(i + 1, len(PRINTS))
    ]
    at = 0
    for k, (_, probe) in enumerate(PRINTS[:-1]):
        pack = TemplatePack.of([template for _, template in PRINTS[k + 1 :]])
        stages = run_stages(probe, pack, np.arange(len(pack)))
        own = slice(at, at + len(pack))
        # the engine grades likeness in 255 steps and rounds places to eighths of a pixel
        assert found.local[own] == pytest.approx(stages.pairs.score, abs=0.02)
        assert found.relaxed[own] == pytest.approx(stages.relaxed.score, abs=0.03)
        # which seed a non-mated comparison grows from hangs on the last digit
        is_mated = found.is_mated[own]
        assert found.full[own][is_mated] == pytest.approx(stages.log_odds[is_mated], abs=1)
        at += len(pack)


def test_more_bits_tell_mated_from_non_mated_too() -> None:
    for size in SIZES:
        found = compare_set(PRINTS, [cylinder_words(template, size) for _, template in PRINTS])
        for scores in (found.local, found.relaxed, found.full, cylinder_sizes.refitted(found)):
            assert scores[found.is_mated].min() > scores[~found.is_mated].max()


def test_figures_of_every_size_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cylinder_sizes, "read_set", lambda *_: PRINTS)
    output = tmp_path / "figures.json"
    monkeypatch.setattr("sys.argv", ["cylinder_sizes", "some/set", "--json", str(output)])
    cylinder_sizes.main()
    rows = json.loads(output.read_text(encoding="utf-8"))["sizes"]
    assert [row["size"] for row in rows] == [size.name for size in SIZES]
    assert all((row["n_mated"], row["n_non_mated"]) == (3, 12) for row in rows)
    assert rows[1]["bytes_a_template"] == pytest.approx(4 * rows[0]["bytes_a_template"])
    assert "16×16×6" in capsys.readouterr().out
    assert PARAMETERS.cylinder == SIZES[0].parameters
