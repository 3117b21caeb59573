import io
from pathlib import Path

import pytest
from rich.console import Console

from vantay.demo.population import Population, Visit
from vantay.demo.run import DemoSettings, run_demo


def test_demo_finds_the_right_people_and_says_so(
    tmp_path: Path, model_dir: Path, calibrated_models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VANTAY_EVAL_DATA", str(tmp_path / "none"))
    screen = io.StringIO()
    settings = DemoSettings(tmp_path / "out", n_subjects=4)
    assert run_demo(settings, Console(file=screen, width=200))
    for outcome in ("KNOWN", "NEW", "CONFLICT", "these are the fingers of S0002"):
        assert outcome in screen.getvalue()
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert page.count('<article class="') == 3
    assert page.count("data:image/webp") == 2 + 2 + 4 + 1  # fingers of three applicants, and a portrait
    assert "portrait comes first" in screen.getvalue()
    assert run_demo(settings, Console(file=io.StringIO()))  # the second run replaces the first's database


def test_impressions_are_made_once(tmp_path: Path) -> None:
    population = Population(tmp_path, seed=1)
    visits = [Visit(0, 0), Visit(0, 1)]
    steps: list[None] = []
    population.make_impressions(visits, lambda: steps.append(None))
    paths = [path for visit in visits for path in population.paths_of(visit).values()]
    first = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}
    assert len({data for data, _ in first.values()}) == 4  # two fingers, each touch another picture
    population.make_impressions(visits, lambda: steps.append(None))
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths} == first
    assert len(steps) == 4


def test_another_seed_is_another_population(tmp_path: Path) -> None:
    folders = {Population(tmp_path, seed).folder for seed in (1, 2)}
    assert len(folders) == 2
