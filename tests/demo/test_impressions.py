from pathlib import Path

from vantay_service.demo.impressions import FINGERS, Impressions, Visit


def test_impressions_are_made_once(tmp_path: Path) -> None:
    impressions = Impressions(tmp_path, seed=1)
    visits = [Visit(0, 0), Visit(0, 1)]
    steps: list[int] = []
    impressions.make(visits, steps.append)
    paths = [path for visit in visits for path in impressions.paths_of(visit).values()]
    first = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths}
    assert len({data for data, _ in first.values()}) == 2 * len(FINGERS)  # each touch is another picture
    impressions.make(visits, steps.append)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in paths} == first
    assert sum(steps) == 4
    assert impressions.read(visits[1])[FINGERS[0]] == first[paths[len(FINGERS)]][0]


def test_another_seed_is_another_population(tmp_path: Path) -> None:
    folders = {Impressions(tmp_path, seed).folder for seed in (1, 2)}
    assert len(folders) == 2
