"""The report as one page: a section for each kind of run, and the file that it becomes."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from importlib.resources import files

from vantay.errors import InvalidSetting
from vantay.report.run_report.bar_chart import BAR_HEIGHT, BarChart, make_bar_charts
from vantay.report.run_report.bar_chart import WIDTH as BARS_WIDTH
from vantay.report.run_report.change import Change, find_changes
from vantay.report.run_report.chart import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Drawing, draw
from vantay.report.run_report.difference import LEVEL
from vantay.report.run_report.dot_chart import LEFT as DOTS_LEFT
from vantay.report.run_report.dot_chart import RIGHT as DOTS_RIGHT
from vantay.report.run_report.dot_chart import WIDTH as DOTS_WIDTH
from vantay.report.run_report.dot_chart import DotChart, make_dot_chart
from vantay.report.run_report.figure_table import FigureRow, FigureTable, figure_rows, figure_tables
from vantay.report.run_report.headline import choose_headlines
from vantay.report.run_report.plots import make_charts
from vantay.report.run_report.run import Run
from vantay.report.run_report.run_group import group_runs, read_call
from vantay.report.run_report.value_text import interval_text, value_cell, value_text
from vantay.report.run_report.verdict_words import SHORT_TEST_WORDS, TEST_WORDS, p_text
from vantay.report.run_report.whisker import Whisker, whisker

_TITLES = {
    "identification": "Identification, 1:N",
    "fvc": "Fingerprint verification, 1:1",
    "faces": "Face verification, 1:1",
    "fidelity": "Fidelity of the synthetic population",
    "benchmark": "Benchmark",
}

_MAX_NAMES = 6
"""In the title of a page."""


@dataclass(frozen=True, slots=True, eq=False)
class ChangeRow:
    """A change with the drawing of its interval, if it has one."""

    change: Change
    whisker: Whisker | None


@dataclass(frozen=True, slots=True, eq=False)
class ChangeTable:
    """What changed from one run to another: the figures that say most, then those of other sets and sizes.

    ``causes`` are what the runs were made with and differ in.
    """

    old: Run
    new: Run
    new_index: int
    main_groups: tuple[tuple[str, tuple[ChangeRow, ...]], ...]
    other_groups: tuple[tuple[str, tuple[ChangeRow, ...]], ...]
    n_tested: int
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """What runs were made with: a row for each key, marked where they differ."""

    heading: str
    rows: tuple[tuple[str, tuple[str, ...], bool], ...]


@dataclass(frozen=True, slots=True, eq=False)
class KindSection:
    """All runs of one kind, of benchmarks those of one program; ``anchor`` names it in links."""

    anchor: str
    title: str
    runs: tuple[Run, ...]
    lead: str
    headlines: tuple[FigureRow, ...]
    changes: tuple[ChangeTable, ...]
    dots: DotChart | None
    charts: tuple[Drawing, ...]
    bars: tuple[BarChart, ...]
    figures: tuple[FigureTable, ...]
    facts: tuple[Facts, ...]

    @property
    def has_intervals(self) -> bool:
        """Whether a headline has an interval."""
        return any(cell and cell.interval for row in self.headlines for cell in row.cells)


def render_report(runs: Sequence[Run], *, title: str | None = None) -> str:
    """Make the HTML text of a report.

    Parameters
    ----------
    runs : sequence of Run
        At least one; the first of a kind, or of a program, is what the others of it are compared with.
    title : str, optional
        Of the page; by default the names of the runs.

    Returns
    -------
    str
        One document without references to anything outside it; the same runs give the same bytes.

    Raises
    ------
    InvalidSetting
        If there are no runs, two runs of a kind have one name, or jinja2 is not installed.
    """
    _check_names(runs)
    try:
        # imported here: pages are an extra
        from jinja2 import Environment, StrictUndefined  # noqa: PLC0415
    except ImportError as error:
        raise InvalidSetting("reports need jinja2, install vantay[report]") from error
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(_template_names())
    script = _template("run_report.js")
    return environment.from_string(_template("run_report.html.jinja")).render(
        title=title or _default_title(runs),
        sections=make_sections(runs),
        style=_template("run_report.css"),
        script=script,
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii"),
    )


def _template_names() -> dict[str, object]:
    """Give what the template calls and knows besides the sections."""
    return {
        "value_cell": value_cell,
        "value_text": value_text,
        "interval_text": interval_text,
        "p_text": p_text,
        "test_words": TEST_WORDS,
        "short_test_words": SHORT_TEST_WORDS,
        "level": LEVEL,
        "letter": letter,
        "bar_plot": {"height": BAR_HEIGHT, "width": BARS_WIDTH},
        "dot_plot": {"left": DOTS_LEFT, "right": DOTS_RIGHT, "width": DOTS_WIDTH},
        "plot": {
            "left": LEFT,
            "right": RIGHT,
            "top": TOP,
            "bottom": BOTTOM,
            "width": WIDTH,
            "height": HEIGHT,
        },
    }


def make_sections(runs: Sequence[Run]) -> list[KindSection]:
    """Arrange runs by kind, in the order of `KINDS`, and benchmarks by the program."""
    groups = group_runs(runs)
    titles = [_program_name(group) for group in groups]
    n_of_kind = Counter(group[0].kind for group in groups)
    sections, numbers = [], Counter[str]()
    for group, program in zip(groups, titles, strict=True):
        kind = group[0].kind
        name = program if titles.count(program) == 1 else group[0].name
        title = f"{_TITLES[kind]}: {name}" if n_of_kind[kind] > 1 else _TITLES[kind]
        sections.append(_section(kind, group, f"{kind}-{numbers[kind]}" if numbers[kind] else kind, title))
        numbers[kind] += 1
    return sections


def _program_name(group: Sequence[Run]) -> str:
    """Name a program by its result files, if those are called alike."""
    stems = {run.file_stem for run in group}
    return stems.pop() if len(stems) == 1 and "" not in stems else group[0].name


def letter(index: int) -> str:
    """Give the letter of a run: A, B, …."""
    return chr(ord("A") + index) if index < 26 else str(index + 1)


def _default_title(runs: Sequence[Run]) -> str:
    names = dict.fromkeys(run.name for run in runs)
    if len(names) > _MAX_NAMES:
        return f"{len(runs)} runs"
    return (" against " if len(group_runs(runs)) == 1 else ", ").join(names)


def _check_names(runs: Sequence[Run]) -> None:
    if not runs:
        raise InvalidSetting("there are no runs, expected at least one")
    seen: set[tuple[str, str]] = set()
    for run in runs:
        if (run.kind, run.name) in seen:
            raise InvalidSetting(f"two runs of {run.kind} are named {run.name!r}, expected a name for each")
        seen.add((run.kind, run.name))


def _section(kind: str, runs: Sequence[Run], anchor: str, title: str) -> KindSection:
    keys = choose_headlines(kind, runs)
    rows = figure_rows(runs)
    return KindSection(
        anchor=anchor,
        title=title,
        runs=tuple(runs),
        lead=next((run.shows for run in runs if run.shows), ""),
        headlines=tuple(rows[key] for key in keys),
        changes=tuple(
            _change_table(runs[0], run, i, main={"", *(group for group, _ in keys)})
            for i, run in enumerate(runs)
            if i > 0
        ),
        dots=make_dot_chart(runs),
        charts=tuple(draw(chart) for chart in make_charts(runs)),
        bars=make_bar_charts(runs),
        figures=figure_tables(rows, len(runs)),
        facts=tuple(facts for facts in _all_facts(runs) if facts.rows),
    )


def _change_table(old: Run, new: Run, new_index: int, *, main: AbstractSet[str]) -> ChangeTable:
    changes = find_changes(old, new)
    groups: dict[str, list[ChangeRow]] = {}
    for change in changes:
        groups.setdefault(change.new.group, []).append(ChangeRow(change, whisker(change.difference)))
    return ChangeTable(
        old=old,
        new=new,
        new_index=new_index,
        main_groups=tuple((name, tuple(rows)) for name, rows in groups.items() if name in main),
        other_groups=tuple((name, tuple(rows)) for name, rows in groups.items() if name not in main),
        n_tested=sum(change.is_tested for change in changes),
        causes=tuple(_causes(old, new)),
    )


def _causes(old: Run, new: Run) -> Iterator[str]:
    if old.command and new.command and read_call(old.command) != read_call(new.command):
        yield f"command {old.command} → {new.command}"
    sources: list[tuple[Mapping[str, str], Mapping[str, str]]] = [
        (old.parameters, new.parameters),
        ({"commit": (old.commit or "")[:12]}, {"commit": (new.commit or "")[:12]}),
        (old.machine, new.machine),
    ]
    for before, after in sources:
        for key in dict.fromkeys([*before, *after]):
            if before.get(key) != after.get(key):
                yield f"{key.replace('_', ' ')} {before.get(key) or '–'} → {after.get(key) or '–'}"


def _all_facts(runs: Sequence[Run]) -> list[Facts]:
    return [
        _facts("Sources", [{"commit": run.commit or "not known"} for run in runs]),
        _facts("Parameters", [run.parameters for run in runs]),
        _facts("Machine", [run.machine for run in runs] if len(runs) > 1 else [_gathered(runs[0].machine)]),
    ]


def _gathered(facts: Mapping[str, str]) -> dict[str, str]:
    """Put what stands below one key into one row: only beside others each needs its own."""
    rows: dict[str, str] = {}
    for path, value in facts.items():
        key, dot, name = path.partition(".")
        rows[key] = (f"{rows[key]}, " if key in rows else "") + (f"{name} {value}" if dot else value)
    return rows


def _facts(heading: str, of_runs: Sequence[Mapping[str, str]]) -> Facts:
    keys = dict.fromkeys(key for facts in of_runs for key in facts)
    rows = []
    for key in keys:
        values = tuple(facts.get(key, "") for facts in of_runs)
        rows.append((key.replace("_", " "), values, len(set(values)) > 1))
    return Facts(heading, tuple(rows))


def _template(name: str) -> str:
    return files("vantay.report.run_report").joinpath("templates", name).read_text(encoding="utf-8")
