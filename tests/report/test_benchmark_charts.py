"""What is drawn of a benchmark follows from the form of its figures, whatever the program."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vantay.report.run_report import Run, find_changes, parse_run, render_report
from vantay.report.run_report.bar_chart import RIGHT, BarChart, make_bar_charts
from vantay.report.run_report.bars import find_bars
from vantay.report.run_report.chart import Chart, draw
from vantay.report.run_report.plots import make_charts

PERCENTILES = {
    "p50_ms": 20.0,
    "p90_ms": 30.0,
    "p95_ms": 35.0,
    "p99_ms": 50.0,
    "p99_9_ms": 90.0,
    "max_ms": 99.0,
}


def run_of(figures: dict[str, Any], name: str = "run", **changes: Any) -> Run:
    document = {"kind": "benchmark", "format": 1, "figures": figures, **changes}
    return parse_run(json.dumps(document), source=name, name=name)


def charts_of(figures: dict[str, Any]) -> dict[str, Chart]:
    return {chart.title: chart for chart in make_charts([run_of(figures)])}


def bars_of(*all_figures: dict[str, Any]) -> dict[str, BarChart]:
    runs = [run_of(figures, f"run {i}") for i, figures in enumerate(all_figures)]
    return {chart.title: chart for chart in make_bar_charts(runs)}


def histogram_of(values_ms: Sequence[float]) -> dict[str, list[float]]:
    upper_ms = [float(f"{1.05**k:.4g}") for k in range(120)]
    count, _ = np.histogram(values_ms, [0.0, *upper_ms])
    return {"upper_ms": upper_ms, "count": count.tolist()}


def test_percentiles_are_a_line_on_an_axis_of_nines() -> None:
    (chart,) = make_charts([run_of({"latency": PERCENTILES})])
    assert chart.title == "Latency"
    assert chart.series[0].x.tolist() == [20.0, 30.0, 35.0, 50.0, 90.0]
    assert chart.series[0].y == pytest.approx([2.0, 10.0, 20.0, 100.0, 1000.0])
    drawing = draw(chart)
    assert [tick.label for tick in drawing.y_ticks] == ["0 %", "50 %", "90 %", "99 %", "99.9 %"]
    assert drawing.series[0].hover_y == "50 %|90 %|95 %|99 %|99.9 %"


def test_percentiles_of_one_object_share_a_chart() -> None:
    charts = charts_of({"times": {"a": PERCENTILES, "b": PERCENTILES}, "refused": PERCENTILES})
    assert list(charts) == ["Latency, refused", "Latency, times"]
    assert [one.label for one in charts["Latency, times"].series] == ["a", "b"]


def test_a_histogram_becomes_the_share_of_calls_within_a_time() -> None:
    histogram = {"upper_ms": [1.0, 2.0, 4.0, 8.0], "count": [50, 40, 0, 10]}
    (chart,) = make_charts([run_of({"histogram": histogram})])
    assert chart.title == "Latency, all calls"
    assert (chart.x.is_log, chart.x.label) == (True, "ms")
    assert chart.series[0].x.tolist() == [1.0, 2.0, 4.0, 8.0]
    # of a hundred calls one cannot know more than that the slowest is one of a hundred
    assert chart.series[0].y == pytest.approx([2.0, 10.0, 10.0, 100.0])
    assert "<h4>Latency, all calls</h4>" in render_report([run_of({"histogram": histogram})])


def test_a_histogram_takes_the_place_of_percentiles_of_the_same_calls() -> None:
    values_ms = list(range(1, 101))
    same = {"p50_ms": 50.5, "p90_ms": 90.1, "p95_ms": 95.05, "p99_ms": 99.01}
    charts = charts_of({"latency": same, "histogram": histogram_of(values_ms)})
    assert list(charts) == ["Latency"]
    assert charts["Latency"].series[0].x.size > 50
    other = charts_of({"latency": PERCENTILES, "histogram": histogram_of(values_ms)})
    assert [one.label for one in other["Latency"].series] == ["latency", "all calls"]


def test_histograms_of_two_runs_share_a_chart() -> None:
    runs = [run_of({"histogram": histogram_of([2.0, 3.0, 9.0 + n])}, f"run {n}") for n in range(2)]
    (chart,) = make_charts(runs)
    assert [one.label for one in chart.series] == ["run 0", "run 1"]


@pytest.mark.parametrize(
    "histogram",
    [
        {"upper_ms": [], "count": []},
        {"upper_ms": [1.0, 2.0, 4.0], "count": [1, 2]},
        {"upper_ms": [4.0, 2.0, 1.0], "count": [1, 2, 3]},
        {"upper_ms": [1.0, 2.0, 4.0], "count": [0, 0, 0]},
        {"upper_ms": [1.0, 2.0, 4.0], "count": [1, -1, 3]},
        {"upper_ms": [1.0, None, 4.0], "count": [1, 1, 3]},
        {"upper_ms": [1.0, 2.0, 4.0], "count": [1, None, 3]},
        {"upper_ms": "none", "count": [1]},
    ],
)
def test_what_is_no_histogram_is_not_drawn(histogram: dict[str, Any]) -> None:
    assert make_charts([run_of({"histogram": histogram})]) == []
    render_report([run_of({"histogram": histogram})])


def test_a_list_with_a_unit_is_drawn_in_its_order() -> None:
    charts = charts_of({"load": {"rows": 3, "block_rows_per_s": [10.0, 20.0, 15.0], "sizes": [1, 2, 3]}})
    assert list(charts) == ["Block rows"]
    chart = charts["Block rows"]
    assert (chart.series[0].x.tolist(), chart.series[0].y.tolist()) == ([1.0, 2.0, 3.0], [10.0, 20.0, 15.0])
    assert (chart.x.label, chart.y.label, chart.y.low) == ("In order", "per s", 0.0)


def test_a_list_of_objects_is_drawn_over_their_first_number() -> None:
    records = [{"n_requests": n, "resident_mib": 400.0 + n, "n_subjects": 6} for n in (0, 10, 30)]
    charts = charts_of({"memory": records})
    assert list(charts) == ["Memory, resident"]
    assert charts["Memory, resident"].x.label == "Requests"
    assert charts["Memory, resident"].y.label == "MiB"
    assert charts_of({"memory": records[::-1]}) == {}


def test_growth_is_drawn_unless_the_file_has_its_curve() -> None:
    growth = {"growth_ms": {"ten": {"1000": 1.0, "3000": 2.0, "10000": 4.0}}}
    (chart,) = make_charts([run_of(growth)])
    assert chart.series[0].x.tolist() == [1e3, 3e3, 1e4]
    told = {"search_time": {"ten": {"x": [1e3, 3e3, 1e4], "y": [1.0, 2.0, 4.0]}}}
    assert [one.title for one in make_charts([run_of(growth, curves=told)])] == [
        "Search time and gallery size"
    ]


def test_of_many_lines_in_two_runs_the_first_that_both_have_are_drawn() -> None:
    line = {"x": [1e3, 1e4], "y": [1.0, 2.0]}
    kinds, sizes = ("one", "ten", "two", "face"), ("10", "100", "1000", "10000")
    for labels, drawn in ((kinds, ["ten", "two"]), (sizes, ["10,000 subjects"])):
        curves = {"search_time": dict.fromkeys(labels, line)}
        fewer = {"search_time": dict.fromkeys(labels[1:], line)}
        charts = make_charts([run_of({}, "old", curves=curves), run_of({}, "new", curves=fewer)])
        assert [chart.title.partition(", ")[2] for chart in charts] == drawn


def test_times_and_rates_of_one_set_are_bars() -> None:
    charts = bars_of({"p": {"n_images": 5, "thin_ms": 2.0, "trace_ms": 1.0, "p99_ms": 9.0, "a_per_s": 7.0}})
    assert list(charts) == ["Times"]
    thin, trace = charts["Times"].rows
    assert (thin.label, thin.bars[0].text) == ("Thin", "2.00\N{NO-BREAK SPACE}ms")
    assert thin.bars[0].end == RIGHT
    left = charts["Times"].left
    assert trace.bars[0].end - left == pytest.approx((RIGHT - left) / 2, abs=0.1)


def test_a_figure_that_all_members_have_first_is_bars() -> None:
    shares = {name: {"share": share, "work": 3.0} for name, share in (("a", 0.5), ("b", 0.25))}
    (chart,) = bars_of({"shares": shares}).values()
    assert [row.bars[0].text for row in chart.rows] == ["50.0\N{NO-BREAK SPACE}%", "25.0\N{NO-BREAK SPACE}%"]
    without_unit = {"a": {"exponent": 1.0, "line_ms": 2.0}, "b": {"exponent": 1.0, "line_ms": 2.0}}
    assert bars_of({"fit": without_unit}) == {}


def test_parts_that_all_members_have_are_stacked() -> None:
    stages = {kind: {"n_mated": 9, "stage_ms": {"codes": 3.0, "compare": 1.0}} for kind in ("ten", "two")}
    chart = bars_of({"searches": stages})["Searches, stage times"]
    codes, compare = chart.rows[0].bars[0].pieces
    assert compare.x == pytest.approx(codes.x + codes.width)
    assert codes.width == pytest.approx(3 * compare.width, abs=0.2)
    assert chart.legend == (("codes", 0), ("compare", 1))
    assert chart.rows[0].bars[0].text == "4.00\N{NO-BREAK SPACE}ms"


def test_counts_are_bars_where_they_are_many() -> None:
    assert list(bars_of({"outcomes": {"NEW": 80, "KNOWN": 20}})) == ["Outcomes"]
    assert bars_of({"outcomes": {"NEW": 80, "KNOWN": 19}}) == {}
    assert bars_of({"site": {"n_subjects": 1000, "seed": 69}}) == {}
    assert bars_of({"hit_rate_at_rank": {"1": 1, "10": 1000}}) == {}


def test_rare_parts_are_others() -> None:
    statuses = {f"s{n}": 100 - n for n in range(9)}
    (chart,) = bars_of({"statuses": {"Enrol": statuses, "Read": {"s0": 7}}}).values()
    assert [name for name, _ in chart.legend] == ["s0", "s1", "s2", "s3", "s4", "others"]
    assert chart.rows[0].bars[0].text == f"{sum(statuses.values())}"
    assert chart.rows[0].bars[0].pieces[-1].text == f"others: {sum(range(92, 96))}"


def test_bars_of_two_runs_stand_below_each_other() -> None:
    old, new = ({"p": {"thin_ms": 2.0, "trace_ms": n}} for n in (1.0, 4.0))
    chart = bars_of(old, new)["Times"]
    assert [[bar.text[:4] for bar in row.bars] for row in chart.rows] == [["2.00", "2.00"], ["1.00", "4.00"]]
    assert chart.legend == (("run 0", 0), ("run 1", 1))
    places = [bar.y for row in chart.rows for bar in row.bars]
    assert places == sorted(places)
    assert chart.height > places[-1]


def test_figures_take_the_unit_of_their_collection() -> None:
    old, new = (
        run_of({"stage_ms": {"codes": value}, "growth_ms": {"ten": {"1000": 3.0}}}) for value in (2.0, 3.0)
    )
    (codes, growth) = old.figures
    assert (codes.measure.unit, growth.measure.unit, growth.label) == ("ms", "ms", "1,000")
    assert next(iter(find_changes(old, new))).new.measure.better == "lower"


@pytest.mark.parametrize("collection", ["memory", "disk"])
def test_room_without_a_unit_is_counted_in_bytes(collection: str) -> None:
    figures = {collection: {"own": 2 << 30, "mapped": 1 << 30}}
    assert {figure.measure.unit for figure in run_of(figures).figures} == {"bytes"}
    (bars,) = find_bars(figures)
    assert (bars.unit, bars.rows["own"]) == ("bytes", {"": 2 << 30})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "a",
                    "b_ms",
                    "c_per_s",
                    "p50_ms",
                    "p90_ms",
                    "p99_ms",
                    "upper_ms",
                    "count",
                    "share",
                    "1",
                    "10",
                    "100",
                ]
            )
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.text(max_size=8), JSON, max_size=5))
def test_figures_of_any_form_become_a_page(figures: dict[str, Any]) -> None:
    runs = [run_of(figures, name) for name in ("one", "other")]
    html = render_report(runs)
    assert "nan" not in "".join(part for part in html.split("<svg")[1:] if "<rect" in part).lower()
