"""The figures of several runs as a table in Markdown: what is asked of the service, and what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.load.figures import Figures

Row = tuple[str, str, str]
HEADER: Row = ("what", "bar", "measured")


def render_table(runs: Sequence[Figures]) -> str:
    """Make the table; rows come in the order of the runs."""
    rows = [HEADER, ("---", "---", "---"), *(row for figures in runs for row in _rows(figures))]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _rows(figures: Figures) -> Iterator[Row]:
    yield from {
        ("service_load", "overhead"): _overhead_rows,
        ("service_load", "closed"): _closed_rows,
        ("service_load", "rate"): _rate_rows,
        ("service_load", "images"): _images_rows,
        ("service_overload", "overload"): _overload_rows,
        ("service_kill", "kill"): _kill_rows,
    }[figures["program"], figures["mode"]](figures)


def _overhead_rows(figures: Figures) -> Iterator[Row]:
    for name, found in figures["differences"].items():
        measured = f"p50 {found['p50_ms']:.2f} ms, p99 {found['p99_ms']:.2f} ms"
        bar = "" if name == "check: desk over desk" else "p50 ≤ 2 ms, p99 ≤ 5 ms"
        yield f"overhead, {name}, {_gallery(figures)}", bar, measured


def _closed_rows(figures: Figures) -> Iterator[Row]:
    for n_at_once, run in figures["by_concurrency"].items():
        yield f"checks with templates, {n_at_once} at once, {_gallery(figures)}", "", _told(run)


def _rate_rows(figures: Figures) -> Iterator[Row]:
    what = f"{figures['rate']:g} checks a second with templates for {figures['seconds']:.0f} s"
    n_failed = figures["n_calls"] - figures["n_answered"]
    yield f"{what}, {_gallery(figures)}", "≥ 20/s, p99 ≤ 500 ms", f"{_told(figures)}; {n_failed} failed"
    memory = figures["memory"]
    grown = ", ".join(f"{name} {memory[name]['anonymous_mib']:.0f}" for name in ("start", "middle", "end"))
    yield "… anonymous memory of the server, MiB", "", grown


def _images_rows(figures: Figures) -> Iterator[Row]:
    found, extract = figures["latency"], figures["stages"].get("extract", {})
    measured = f"p50 {found['p50_ms']:.0f} ms, p95 {found['p95_ms']:.0f} ms"
    if extract:
        measured += f"; extraction p50 {extract['p50_ms']:.0f} ms, p95 {extract['p95_ms']:.0f} ms"
    yield f"check with ten 500 ppi images and a portrait, {_gallery(figures)}", "p95 ≤ 2.5 s", measured


def _overload_rows(figures: Figures) -> Iterator[Row]:
    what = f"{figures['factor']:g} × capacity for {figures['seconds']:.0f} s"
    goodput = f"{100 * figures['goodput_share']:.0f} % of {figures['capacity_per_s']:.1f}/s"
    yield f"{what}: goodput, {_gallery(figures)}", "≥ 80 % of capacity", goodput
    memory = figures["memory"]
    grown = f"{memory['start']['anonymous_mib']:.0f} to {memory['most']['anonymous_mib']:.0f} at most"
    yield "… anonymous memory of the server, MiB", "bounded", grown
    yield "… recovery", "≤ 5 s", f"{figures['recovery_s']:.1f} s" if figures["recovery_s"] else "none"
    yield "… faults", "none", ", ".join(figures["findings"]) or "none"


def _kill_rows(figures: Figures) -> Iterator[Row]:
    what = f"kill −9 under load, {figures['rounds']} rounds, {figures['acknowledged']} decisions acknowledged"
    yield what, "none lost, the chain verifies", f"{len(figures['findings'])} findings"


def _gallery(figures: Figures) -> str:
    return f"{figures['site']['n_subjects']:,} subjects"


def _told(run: Figures) -> str:
    found = run["latency"]
    if not found:
        return "none answered"
    times = ", ".join(f"{q} {found[f'{q}_ms']:.0f} ms" for q in ("p50", "p99"))
    return f"{run['answered_per_s']:.1f}/s, {times}, p99.9 {found['p99_9_ms']:.0f} ms"
