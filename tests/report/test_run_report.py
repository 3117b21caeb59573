"""A report holds what the runs hold, escaped, and needs nothing but itself."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from vantay.errors import InvalidSetting, UnsupportedFormatVersion
from vantay.report.run_report import Run, parse_run, render_report
from vantay.report.run_report.chart import draw
from vantay.report.run_report.plots import make_charts

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"


def document(kind: str, **changes: Any) -> dict[str, Any]:
    rates = {"eer": 0.01, "eer_95": [0.005, 0.02], "n_mated": 1000, "n_non_mated": 5000}
    all_figures: dict[str, dict[str, Any]] = {
        "identification": {
            "galleries": {
                size: {
                    "n_mated": 200,
                    "n_non_mated": 200,
                    "decision": {"fnir": 0.05, "fpir": 0.01},
                    "fnir_at_fpir": {"1e-2": {"fnir": 0.04, "fnir_95": [0.02, 0.08]}},
                    "hit_rate_at_rank": {"1": 0.97},
                    "search_ms": {"mean": 3.2},
                }
                for size in ("100", "1000", "10000")
            }
        },
        "fvc": {"sets": {"fvc2002/DB1_B": rates}, "pooled": rates, "comparisons_per_s": 60000.0},
        "faces": {"sets": {"people": rates}, "extract_ms_median": 54.1},
        "fidelity": {"distances": {"mated_scores": {"ks": 0.08}}, "faces": None},
        "benchmark": {"compare": {"comparisons_per_s": 50000.0}},
    }
    trade_off = {"x": [1.0, 0.1, 0.01, 0.0], "y": [0.0, 0.01, 0.02, 0.05]}
    histogram = {"x": [0.0, 2.0, 4.0], "y": [5, 3, 1]}
    all_curves: dict[str, dict[str, Any]] = {
        "identification": {
            "fnir_fpir": {"100": trade_off, "10000": trade_off},
            "cmc": {"100": {"x": [1, 2], "y": [0.9, 1.0], "low": [0.8, 0.9], "high": [1.0, 1.0]}},
            "reliability": {"fused": {"x": [0.1, 0.01], "y": [0.1, 0.02]}},
            "selectivity": {"100": {"x": [0.0, 10.0], "y": [50.0, 5.0]}},
            "search_time": {"mean": {"x": [100, 1000, 10000], "y": [1.0, 10.0, 100.0]}},
        },
        "fvc": {
            "det": {"pooled": trade_off},
            "edc": {"pooled": {"x": [0.0, 0.1, 0.5], "y": [0.02, 0.01, 0.0]}},
            "mated_scores": {"pooled": histogram},
            "non_mated_scores": {"pooled": histogram},
        },
        "faces": {"det": {"people": trade_off}},
        "fidelity": {"mated_scores": {"real": histogram, "synthetic": histogram}},
        "benchmark": {"something new": {"a line": {"x": [1, 2], "y": [3, 4]}}},
    }
    whole = {
        "kind": kind,
        "format": 1,
        "machine": {"processor": "fast", "packages": {"numpy": "2.3"}},
        "commit": "0123456789abcdef",
        "parameters": {"seed": 1},
        "figures": all_figures[kind],
        "curves": all_curves[kind],
    }
    return {**whole, **changes}


def run_of(kind: str, name: str = "run", **changes: Any) -> Run:
    return parse_run(json.dumps(document(kind, **changes)), source="run.json", name=name)


class Outline(HTMLParser):
    """Collects tags, texts and what is loaded; checks that tags are closed in order."""

    VOID = frozenset({"meta", "br", "img", "link"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open_tags: list[str] = []
        self.tags: list[str] = []
        self.loaded: list[str] = []
        self.text = ""
        self.feed(html)
        assert self.open_tags == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in {"src", "href", "srcset", "action"}]
        if tag not in self.VOID:
            self.open_tags.append(tag)

    def handle_startendtag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open_tags.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open_tags[-1:] not in (["script"], ["style"]):
            self.text += data


CHARTS = {
    "identification": [
        "FNIR versus FPIR",
        "Cumulative match characteristic",
        "Reliability of the scores",
        "Selectivity",
        "Search time and gallery size",
    ],
    "fvc": ["Detection error trade-off", "Error versus discard", "Mated and non-mated scores"],
    "faces": ["Detection error trade-off"],
    "fidelity": ["Mated scores"],
    "benchmark": ["something new"],
}


@pytest.mark.parametrize("kind", CHARTS)
@pytest.mark.parametrize("n_runs", [1, 3])
def test_every_kind_becomes_a_page_that_needs_nothing_but_itself(kind: str, n_runs: int) -> None:
    html = render_report([run_of(kind, f"run {i}") for i in range(n_runs)])
    outline = Outline(html)
    for title in CHARTS[kind]:
        assert f"<h4>{title}" in html
    assert outline.loaded == []
    assert not re.search(r"url\(|@import|https?:|//[a-z]", html.replace("// Values", ""))
    assert outline.tags.count("script") == 1
    assert html.count("What changed") == n_runs - 1


def test_kinds_have_sections_of_their_own_and_links_stay_on_the_page() -> None:
    html = render_report([run_of(kind) for kind in CHARTS])
    assert re.findall(r'<section id="(\w+)"', html) == list(CHARTS)
    assert Outline(html).loaded == [f"#{kind}" for kind in CHARTS]


def test_same_runs_give_the_same_bytes() -> None:
    runs = [run_of("identification", name) for name in ("old", "new")]
    assert render_report(runs) == render_report(runs)


def test_only_the_own_script_may_run() -> None:
    html = render_report([run_of("fvc")])
    script = re.search(r"<script>(.*?)</script>", html, re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in html


def test_texts_of_a_run_are_escaped() -> None:
    line = {"x": [1.0, 2.0], "y": [1.0, 2.0]}
    hostile = run_of(
        "fvc",
        HOSTILE,
        commit=HOSTILE,
        command=HOSTILE,
        machine={HOSTILE: HOSTILE},
        parameters={HOSTILE: [HOSTILE]},
        figures={"sets": {HOSTILE: {"eer": 0.1, HOSTILE: 1.0}}},
        curves={"det": {HOSTILE: line}, HOSTILE: {HOSTILE: line}},
    )
    html = render_report([hostile, hostile.named(HOSTILE + "2")], title=HOSTILE)
    outline = Outline(html)
    assert html.count("<script") == 1
    assert "img" not in outline.tags
    assert HOSTILE in outline.text


def test_points_that_are_no_numbers_are_left_out_with_a_note() -> None:
    gap = {"x": [1.0, 0.1, None], "y": [0.0, float("nan"), 0.5]}
    bad = {"x": [1.0], "y": [1.0, 2.0]}
    run = run_of(
        "fvc", figures={"eer": float("nan")}, curves={"det": {"a": gap, "b": bad, "c": [1]}, "edc": 7}
    )
    assert [curve.label for curve in run.curves] == ["a"]
    assert run.curves[0].x.tolist() == [1.0]
    words = Outline(render_report([run])).text
    for key in ("eer", "curves.det.a", "curves.det.b", "curves.det.c", "curves.edc"):
        assert f"{key}:" in words


def test_numbers_beyond_all_bounds_do_not_break_a_page() -> None:
    text = json.dumps(document("fvc", curves={})).replace("60000.0", "9" * 400).replace("5000", "1e999")
    Outline(render_report([parse_run(text, source="f", name="f")]))
    zeros = {"x": [0.0, 0.0], "y": [0.0, 0.0]}
    for plot in ("det", "edc", "cmc", "mated_scores", "search_time", "selectivity", "reliability", "else"):
        for line in (zeros, {"x": [1e300, -1e300], "y": [1e-300, 5.0]}):
            Outline(render_report([run_of("fvc", curves={plot: {"a": line}})]))


def test_long_curves_are_thinned_for_drawing() -> None:
    n = 200_000
    long = {"x": [1 - i / n for i in range(n)], "y": [i / n for i in range(n)]}
    assert len(render_report([run_of("fvc", curves={"det": {"pooled": long}})])) < 60_000


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "expected an object"),
        ('{"kind": "fvc"}', "key 'format' is none, expected a number from 1"),
        ('{"format": 1, "kind": "guess"}', "key 'kind' is guess, expected one of identification"),
        ('{"format": 1, "kind": "fvc", "curves": 3}', "key 'curves' is 3, expected an object"),
        ('{"format": 1, "kind": "fvc", "figures": []}', "key 'figures' is"),
    ],
)
def test_what_is_no_run_is_refused_by_file_and_key(text: str, words: str) -> None:
    with pytest.raises(InvalidSetting, match=re.escape(words)) as caught:
        parse_run(text, source="some.json", name="some")
    assert str(caught.value).startswith("some.json: ")


def test_a_newer_format_is_refused() -> None:
    with pytest.raises(UnsupportedFormatVersion, match=r"run\.json: key 'format' is 2, expected 1 at most"):
        run_of("fvc", format=2)


def test_two_runs_of_one_kind_need_two_names() -> None:
    with pytest.raises(InvalidSetting, match="two runs of fvc are named 'run'"):
        render_report([run_of("fvc"), run_of("fvc")])
    with pytest.raises(InvalidSetting, match="no runs"):
        render_report([])


def test_bare_figures_of_version_0_1_0_are_read() -> None:
    figures = document("fvc")["figures"]
    discard = {"fmr": 0.001, "area": 0.002, "fnmr_at_discard": {"0": 0.01, "0.3": 0.0}}
    text = json.dumps({"extractor": {"name": "leader"}, **figures, "error_discard": discard, "rejects": []})
    run = parse_run(text, source="f", name="f")
    assert run.kind == "fvc"
    assert run.parameters == {"extractor.name": "leader"}
    assert [curve.plot for curve in run.curves] == ["edc"]
    assert {figure.label for figure in run.figures} >= {"EER", "FNMR at discard of 30 %"}


def test_time_chart_tells_the_fitted_slope() -> None:
    assert "mean: N^1.00" in Outline(render_report([run_of("identification")])).text


def test_figures_where_runs_differ_in_parameters_are_marked() -> None:
    runs = [run_of("fvc", "a"), run_of("fvc", "b", parameters={"seed": 2})]
    assert render_report(runs).count('<tr class="differs">') == 1


@pytest.mark.parametrize(
    ("changes", "command"),
    [
        ({"command": ["vantay", "evaluate", "fvc", "a b"]}, "vantay evaluate fvc 'a b'"),
        (
            {"parameters": {"sets": ["a/DB1", "a/DB2"], "extractor": "classical", "beside": []}},
            "vantay evaluate fvc a/DB1 a/DB2 --extractor classical --json run.json",
        ),
        ({"parameters": {}}, None),
    ],
)
def test_command_is_told_or_made_of_the_parameters(changes: dict[str, Any], command: str | None) -> None:
    assert run_of("fvc", **changes).command == command


def test_a_switch_that_is_off_is_not_in_the_command() -> None:
    parameters = {"n_subjects": 10, "has_face": False, "n_fingers": 2, "seed": 1}
    command = run_of("identification", parameters=parameters).command
    assert command == "vantay evaluate identification --subjects 10 --fingers 2 --seed 1 --json run.json"


def test_a_line_without_errors_is_named_below_the_plot() -> None:
    flat = {"x": [1.0, 0.1, 0.0], "y": [0.0, 0.0, 0.0]}
    some = {"x": [1.0, 0.1, 0.0], "y": [0.0, 0.1, 0.2]}
    words = Outline(render_report([run_of("fvc", curves={"det": {"flat": flat, "some": some}})])).text
    assert "below the plot: flat." in words


def test_cosines_of_faces_are_not_called_calibrated() -> None:
    histogram = {"people": {"x": [-1.0, 0.0], "y": [5, 2]}}
    html = render_report([run_of("faces", curves={"mated_scores": histogram, "non_mated_scores": histogram})])
    assert "Comparison score (cosine)" in html
    assert "40 claims" not in html


def test_figures_of_sets_stand_side_by_side_and_none_is_lost() -> None:
    run = run_of("identification")
    words = Outline(render_report([run])).text
    assert words.count("FNIR at the decision threshold") == 2  # the headline and one row for three galleries
    for size in ("100 subjects", "1,000 subjects", "10,000 subjects"):
        assert size in words


def test_what_runs_were_made_with_and_differ_in_stands_above_what_changed() -> None:
    alike = [run_of("fvc", "a"), run_of("fvc", "b")]
    assert "not made alike" not in Outline(render_report(alike)).text
    other = run_of("fvc", "b", parameters={"seed": 2}, commit="fedcba9876543210")
    words = Outline(render_report([alike[0], other])).text
    assert "not made alike: seed 1 → 2; commit 0123456789ab → fedcba987654." in words


def test_a_trade_off_holds_only_rates_that_were_reached() -> None:
    # at most FMR 5 % allows the point at 1 %, whose FNMR is 30 %; that of 10 % is not reached yet
    run = run_of("fvc", curves={"det": {"a": {"x": [1.0, 0.1, 0.01], "y": [0.1, 0.2, 0.3]}}})
    (chart,) = make_charts([run])
    assert chart.series[0].x.tolist() == [0.01, 0.1, 1.0]
    path = draw(chart).series[0].path
    across, down = re.findall(r"H([\d.]+)", path), re.findall(r"V([\d.]+)", path)
    assert path.index(f"H{across[0]}") < path.index(f"V{down[0]}")
