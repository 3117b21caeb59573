"""Results of micro benchmarks: from the rounds of pytest-benchmark to a few figures, to a file and back."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.harness.reference import Reference

QUANTILE = 0.1
"""Of the rounds: what other work disturbs is above, and one lucky round alone does not decide."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one benchmark measured.

    Attributes
    ----------
    name : str
        ``comparison/compare_many[40]``: the file, the test, its parameters.
    node : str
        What pytest calls it.
    time_ms : float
        Processor time of one item, the `QUANTILE` of the rounds.
    wall_ms : float
        The same by the clock.
    ratio : float
        Processor time of a call over that of the reference around it, both the `QUANTILE` of the rounds.
    spread : float
        Largest over smallest ratio of the passes, less 1; 0 of one pass.
    reference : Reference
        What it was judged by.
    reference_ms : float
        Its time.
    n_rounds, n_passes : int
        How often it was called, in how many processes.
    n_items : int
        Items a call.
    item, data : str
        What one is, and on what it was measured.
    size : int, optional
        Where it is one of a series.
    n_sized : int, optional
        How many things of that size a call works on; each item is one if not given.
    reference_version : int
        `REFERENCE_VERSION` when it was measured; 1 of results that do not tell.
    """

    name: str
    node: str
    time_ms: float
    wall_ms: float
    ratio: float
    spread: float
    reference: Reference
    reference_ms: float
    n_rounds: int
    n_passes: int
    n_items: int
    item: str
    data: str
    size: int | None = None
    n_sized: int | None = None
    reference_version: int = 1

    @property
    def growth_ms(self) -> float:
        """Time of one of what has the size."""
        return self.time_ms * self.n_items / (self.n_sized or self.n_items)

    @property
    def per_s(self) -> float:
        """Items a second of the processor."""
        return 1e3 / self.time_ms


def read_pass(path: Path) -> list[Result]:
    """Read what ``pytest --benchmark-json`` wrote.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of Result
        In the order of the run; benchmarks that did not use `Measure` are left out.
    """
    document = json.loads(path.read_text(encoding="utf-8"))
    return [_result(one) for one in document["benchmarks"] if "reference_s" in one["extra_info"]]


def _result(one: Mapping[str, Any]) -> Result:
    extra, rounds_s = one["extra_info"], one["stats"]["data"]
    call_s, reference_s = low(rounds_s), low(extra["reference_s"])
    return Result(
        name=short_name(one["fullname"]),
        node=one["fullname"],
        time_ms=1e3 * call_s / extra["n_items"],
        wall_ms=1e3 * low(extra["wall_s"]) / extra["n_items"],
        ratio=call_s / reference_s,
        spread=0.0,
        reference=Reference(extra["reference"]),
        reference_ms=1e3 * reference_s,
        n_rounds=len(rounds_s),
        n_passes=1,
        n_items=extra["n_items"],
        item=extra["item"],
        data=extra["data"],
        size=extra["size"],
        n_sized=extra["n_sized"],
        reference_version=extra["reference_version"],
    )


def best_of(looks: Iterable[Result]) -> Result:
    """Put the best of several looks at one benchmark together.

    Other work only ever adds to a time, so the least time is the truest: of the call, and of its reference,
    each on its own. The least ratio is not: what disturbs the reference makes the call look fast.

    Parameters
    ----------
    looks : iterable of Result
        Of one benchmark, each of a process of its own.

    Returns
    -------
    Result
        The first, with the least times of all and their ratio.
    """
    first, *others = looks
    if not others:
        return first
    best = {
        name: min(getattr(one, name) for one in (first, *others))
        for name in ("time_ms", "wall_ms", "reference_ms")
    }
    return replace(first, **best, ratio=best["time_ms"] * first.n_items / best["reference_ms"])


def low(times_s: Sequence[float]) -> float:
    """Give the low quantile of some times."""
    return float(np.quantile(np.asarray(times_s), QUANTILE))


def short_name(node: str) -> str:
    """Turn ``…/test_comparison.py::test_compare_many[40]`` into ``comparison/compare_many[40]``."""
    file, _, test = node.partition("::")
    return f"{Path(file).stem.removeprefix('test_')}/{test.removeprefix('test_')}"


def pool(passes: Iterable[Sequence[Result]]) -> list[Result]:
    """Make one result of several passes: the median of each figure, and how far the ratios were apart.

    Parameters
    ----------
    passes : iterable of sequence of Result
        Each of a process of its own. One that was not in the first pass is left out.
    """
    first, *others = ([*results] for results in passes)
    by_name = [{result.name: result for result in results} for results in others]
    return [_pooled([one, *(more[one.name] for more in by_name if one.name in more)]) for one in first]


def _pooled(same: Sequence[Result]) -> Result:
    ratios = [one.ratio for one in same]
    medians = {
        name: statistics.median(getattr(one, name) for one in same)
        for name in ("time_ms", "wall_ms", "ratio", "reference_ms")
    }
    counts = {"n_rounds": sum(one.n_rounds for one in same), "n_passes": len(same)}
    return Result(**asdict(same[0]) | medians | counts | {"spread": max(ratios) / min(ratios) - 1})


def figures_of(results: Iterable[Result]) -> dict[str, dict[str, float]]:
    """Give the figures of a run file: by name, those that a report shows."""
    return {
        one.name: {
            "time_ms": _digits(one.time_ms),
            "items_per_s": _digits(one.per_s),
            "ratio_to_reference": _digits(one.ratio),
        }
        for one in results
    }


def details_of(results: Iterable[Result]) -> list[dict[str, object]]:
    """Give everything of each result, for the judge."""
    return [
        {key: _digits(value) if isinstance(value, float) else value for key, value in asdict(one).items()}
        for one in results
    ]


def curves_of(results: Iterable[Result]) -> dict[str, dict[str, dict[str, list[float]]]]:
    """Give the series of sizes as curves: milliseconds over the size, a plot for each file."""
    series: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for one in results:
        if one.size is not None:
            series.setdefault(_series_name(one), []).append((one.size, one.growth_ms))
    curves: dict[str, dict[str, dict[str, list[float]]]] = {}
    for (subject, name), points in series.items():
        if len(points) > 1:
            x, y = zip(*sorted(points), strict=True)
            line = {"x": [float(size) for size in x], "y": [_digits(ms) for ms in y]}
            curves.setdefault(f"growth_{subject}", {})[name] = line
    return curves


def _series_name(one: Result) -> tuple[str, str]:
    """Leave the size out: ``search/search_coarse[two-4096]`` is of ``search`` and ``search_coarse two``."""
    subject, _, test = one.name.partition("/")
    name, _, parameters = test.partition("[")
    others = [word for word in parameters.removesuffix("]").split("-") if word not in {"", str(one.size)}]
    return subject, " ".join([name, *others])


def read_results(document: Mapping[str, Any]) -> list[Result]:
    """Read the results of a run file."""
    return [Result(**one | {"reference": Reference(one["reference"])}) for one in document.get("details", ())]


def _digits(value: float) -> float:
    return float(f"{value:.5g}")
