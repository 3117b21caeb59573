"""One HTML file of measurements: charts, figures with their intervals, and what changed between runs."""

from vantay.report.run_report.change import Change, Verdict, find_changes
from vantay.report.run_report.page import render_report
from vantay.report.run_report.run import Run, parse_run, read_run

__all__ = ["Change", "Run", "Verdict", "find_changes", "parse_run", "read_run", "render_report"]
