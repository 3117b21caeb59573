"""Runs of benchmarks: a dot for each ratio, lines for times over sizes."""

from __future__ import annotations

import json

import pytest

from vantay.report.run_report import Run, find_changes, parse_run, render_report
from vantay.report.run_report.dot_chart import DotChart, make_dot_chart
from vantay.report.run_report.figure_table import figure_rows, figure_tables
from vantay.report.run_report.headline import choose_headlines
from vantay.report.run_report.page import make_sections
from vantay.report.run_report.plots import make_charts

RATIOS = {"comparison/compare_many[40]": 2.0, "codec/encode": 0.5, "store/load": 50.0}


def run_of(name: str, ratios: dict[str, float], curves: dict[str, object] | None = None) -> Run:
    document = {
        "kind": "benchmark",
        "format": 1,
        "figures": {
            "micro": {
                test: {"time_ms": ratio, "items_per_s": 1e3 / ratio, "ratio_to_reference": ratio}
                for test, ratio in ratios.items()
            }
        },
        "curves": curves or {},
    }
    return parse_run(json.dumps(document), source=name, name=name)


def drawn(*runs: Run) -> DotChart:
    chart = make_dot_chart(runs)
    assert chart is not None
    return chart


def test_each_benchmark_of_one_run_is_a_row_with_its_ratio() -> None:
    chart = drawn(run_of("a", RATIOS))
    assert [row.label for row in chart.rows] == ["comparison/compare_many[40]", "codec/encode", "store/load"]
    assert [row.dots[0].text for row in chart.rows] == ["2", "0.5", "50"]


def test_equal_ratios_are_equally_long() -> None:
    places = [row.dots[0].place for row in drawn(run_of("a", {"x": 0.1, "y": 1.0, "z": 10.0})).rows]
    assert places[1] - places[0] == pytest.approx(places[2] - places[1], abs=0.2)


def test_several_runs_are_drawn_over_the_first() -> None:
    slower = {name: 1.5 * ratio for name, ratio in RATIOS.items()}
    chart = drawn(run_of("a", RATIOS), run_of("b", slower), run_of("c", RATIOS))
    assert [[dot.text for dot in row.dots] for row in chart.rows] == [["1.5", "1"]] * 3
    assert all(row.dots[1].place == chart.one for row in chart.rows)
    assert all(row.dots[0].place > row.dots[1].place for row in chart.rows)


MANY = {f"codec/encode[{n}]": 1.0 + n for n in range(6)}


def test_benchmarks_are_rows_with_a_column_for_each_figure() -> None:
    (table,) = figure_tables(figure_rows([run_of("a", MANY)]), 1)
    assert table.headings == ("Time of one", "Throughput", "Ratio to reference")
    assert [row.label for row in table.rows] == list(MANY)
    assert [cell.value for cell in table.rows[2].cells if cell] == [3.0, 1e3 / 3.0, 3.0]


def test_of_several_runs_there_is_a_table_for_each_figure_and_no_row_is_lost() -> None:
    rows = figure_rows([run_of("a", MANY), run_of("b", MANY | {"new/one": 9.0})])
    tables = figure_tables(rows, 2)
    assert [table.name for table in tables] == ["Time of one", "Throughput", "Ratio to reference"]
    assert [row.label for row in tables[0].rows] == [*MANY, "new/one"]
    assert tables[0].rows[-1].cells[0] is None
    assert sum(len(table.rows) for table in tables) == len(rows)


def test_programs_that_measure_other_things_have_a_section_each() -> None:
    runs = [run_of("micro", MANY), run_of("load", {}), run_of("again", MANY), run_of("other", {"x/y": 1.0})]
    sections = make_sections(runs)
    assert [[run.name for run in one.runs] for one in sections] == [["micro", "again"], ["load"], ["other"]]
    assert [one.title for one in sections] == ["Benchmark: micro", "Benchmark: load", "Benchmark: other"]
    assert len({one.anchor for one in sections}) == 3
    assert [one.title for one in make_sections(runs[:1])] == ["Benchmark"]


def test_what_the_benchmarks_are_known_for_stands_first() -> None:
    run = run_of("a", {"codec/encode": 0.5, "store/load": 50.0, "comparison/compare_many[40]": 2.0})
    assert choose_headlines("benchmark", [run]) == [
        ("comparison/compare_many[40]", "items_per_s"),
        ("store/load", "items_per_s"),
    ]


def test_figures_with_a_unit_stand_before_plain_numbers_where_nothing_is_known() -> None:
    document = {"kind": "benchmark", "format": 1, "figures": {"p": {"size": 3, "wait_ms": 2.0}}}
    run = parse_run(json.dumps(document), source="p", name="p")
    assert choose_headlines("benchmark", [run])[0] == ("p", "wait_ms")


def test_a_benchmark_that_only_one_run_has_is_no_row() -> None:
    chart = drawn(run_of("a", RATIOS), run_of("b", {"codec/encode": 0.5, "new/one": 3.0}))
    assert [row.label for row in chart.rows] == ["codec/encode"]


def test_runs_without_ratios_have_no_such_chart() -> None:
    assert make_dot_chart([run_of("a", {})]) is None
    assert make_dot_chart([run_of("a", {"x": 1.0}), run_of("b", {"y": 1.0})]) is None


def test_a_page_shows_dots_and_escapes_their_names() -> None:
    html = render_report([run_of("a", {"<b>x</b>": 2.0, "y": 1.0})])
    assert html.count('class="marker"') == 2
    assert "<b>x</b>" not in html


def test_growth_tells_the_slope_of_each_line() -> None:
    sizes = [20.0, 40.0, 80.0]
    lines = {
        "square": {"x": sizes, "y": [n * n for n in sizes]},
        "straight": {"x": sizes, "y": sizes},
    }
    (chart,) = make_charts([run_of("a", {}, {"growth_comparison": lines})])
    assert chart.title == "Time and size, comparison"
    assert "square: N^2.00; straight: N^1.00" in chart.caption


def test_a_line_alone_is_named_in_the_title() -> None:
    line = {"embed": {"x": [1.0, 8.0], "y": [1.0, 2.0]}}
    (chart,) = make_charts([run_of("a", {}, {"growth_faces": line})])
    assert chart.title == "Time and size, faces, embed"


def test_no_line_of_a_large_growth_plot_is_lost() -> None:
    lines = {f"line {k}": {"x": [1.0, 2.0], "y": [1.0, 2.0]} for k in range(8)}
    charts = make_charts([run_of("a", {}, {"growth_search": lines})])
    assert [one.label for chart in charts for one in chart.series] == list(lines)


def test_a_lower_ratio_is_better_and_nothing_is_claimed_without_a_test() -> None:
    changes = find_changes(run_of("a", {"x": 2.0}), run_of("b", {"x": 1.0}))
    ratio = next(change for change in changes if change.new.key == "ratio_to_reference")
    assert (ratio.new.measure.better, ratio.verdict) == ("lower", "not tested")
