"""One HTML file of measurements: charts, figures with their intervals, and what changed between runs."""

from vantay.report.run_report.change import Change, Verdict, find_changes
from vantay.report.run_report.page import render_report
from vantay.report.run_report.run import Run, parse_run, read_run
from vantay.report.run_report.run_group import group_runs

__all__ = ["Change", "Run", "Verdict", "find_changes", "group_runs", "parse_run", "read_run", "render_report"]
