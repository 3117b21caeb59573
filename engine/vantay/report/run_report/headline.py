"""Which figures stand large at the top of a section."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vantay.report.run_report.measure import Unit
from vantay.report.run_report.run import Run

N_HEADLINES = 5

_WANTED = {
    "identification": (
        r"decision\.fnir",
        r"decision\.fpir",
        r"fnir_at_fpir\.1e-3\.fnir",
        r"hit_rate_at_rank\.1",
        r"search_ms\.mean",
    ),
    "fvc": ("eer", r"fnmr_at_fmr_1e-3", r"fmr_at_score_40", r"fnmr_at_score_40", "comparisons_per_s"),
    "faces": ("eer", r"fnmr_at_fmr_1e-3", r"fnmr_at_fmr_1e-4", "accuracy", "extract_ms_median"),
    "fidelity": ("ks", "ks", "eer", "eer"),
    "benchmark": (
        r".*/compare_many\[40\]: items_per_s",
        r".*/local_scores\[40\]: items_per_s",
        r".*/extract_leader: time_ms",
        r".*/identify\[ten\]: time_ms",
        r".*/load: items_per_s",
        r"searches · ten \+ face: processor_ms",
        r"searches · two: processor_ms",
        r"searches · ten \+ face: decision\.fnir",
        r"restart: warm_s",
        r"full_comparisons_per_s",
        r"local_comparisons_per_s",
        r"load_subjects_per_s",
        r"answered_per_s",
        r"goodput_share",
        r"latency: p99_ms",
    ),
}
"""By kind: patterns of keys, or, with a colon and a space, of the group and the key."""

_CIRCUMSTANCE = re.compile(r"seed|load_average|threads|repeats|workers|rounds|ready_after_s")
"""Figures that say how it was measured."""


def choose_headlines(kind: str, runs: Sequence[Run]) -> list[tuple[str, str]]:
    """Choose the figures that say most.

    Parameters
    ----------
    kind : str
        Of the runs.
    runs : sequence of Run
        All of it.

    Returns
    -------
    list of (str, str)
        Group and key, `N_HEADLINES` at most: those that the kind is known for, of the pooled sets or the
        largest gallery, and of one that all runs have where there is one; then whatever comes first, what
        has a unit before plain numbers.
    """
    paths = _by_preference(runs)
    chosen: list[tuple[str, str]] = []
    for pattern in _WANTED[kind]:
        found = [path for path in paths if _fits(pattern, path) and path not in chosen]
        chosen += found[:1]
    if len(chosen) < 2:
        units = {figure.path: figure.measure.unit for run in runs for figure in run.figures}
        others = [
            path
            for path in paths
            if units[path] is not Unit.COUNT and path not in chosen and not _CIRCUMSTANCE.fullmatch(path[1])
        ]
        chosen += sorted(others, key=lambda path: units[path] is Unit.NUMBER)
    return chosen[:N_HEADLINES]


def _fits(pattern: str, path: tuple[str, str]) -> bool:
    return re.fullmatch(pattern, ": ".join(path) if ": " in pattern else path[1]) is not None


def _by_preference(runs: Sequence[Run]) -> list[tuple[str, str]]:
    """Sort figures: what all runs have, what is pooled, the largest gallery, scores; else as in the files."""
    of_runs = [[figure.path for figure in run.figures] for run in runs]
    everything = list(dict.fromkeys(path for paths in of_runs for path in paths))

    def preference(path: tuple[str, str]) -> tuple[bool, bool, int, bool]:
        group = path[0]
        size = re.fullmatch(r"([\d,]+) subjects", group)
        return (
            not all(path in paths for paths in of_runs),
            group != "pooled",
            -int(size[1].replace(",", "")) if size else 0,
            not group.endswith("mated scores"),
        )

    return sorted(everything, key=preference)
