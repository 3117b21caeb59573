"""Answers on the terminal, as an officer reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from vantay_service.demo.day import Answered, Ruling
from vantay_service.demo.timeline import TimelineRow
from vantay_service.demo.wording import (
    OUTCOMES,
    REASONS,
    candidate_words,
    capture_words,
    claim_words,
    due_words,
    outcome_name,
    search_words,
    timing_words,
)
from vantay_service.v1 import intake_pb2 as pb

_LABEL_WIDTH = 11
_INDENT = 2
_N_TIMELINE_COLUMNS = 7
"""Without the reasons, which a terminal has no room for."""


class Screen:
    """Writes to a terminal, or to whatever else a console stands for.

    Parameters
    ----------
    console : Console
    """

    def __init__(self, console: Console) -> None:
        self._console = console

    def step(self, text: str) -> None:
        """Say what is done."""
        self._console.print(Text(text), style="dim", soft_wrap=True)

    def heading(self, text: str) -> None:
        """Begin a part."""
        self._console.print()
        self._console.print(Rule(Text(text, style="bold"), align="left", style="dim"))

    def sentence(self, text: str, style: str = "") -> None:
        """Write a line of a part."""
        self._console.print(Padding(Text(text, style=style), (0, 0, 0, _INDENT)))

    def progress(self, title: str, total: int, work: Callable[[Callable[[int], None]], None]) -> None:
        """Do work that tells how much more is done."""
        columns = (
            TextColumn("{task.description:<18}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self._console) as progress:
            task = progress.add_task(title, total=total)
            work(lambda n_done: progress.advance(task, n_done))

    def answer(self, one: Answered) -> None:
        """Write an answer."""
        answer, words = one.answer, OUTCOMES[one.answer.outcome]
        self.heading(f"{one.number}  {one.scenario.title}")
        self.sentence(one.scenario.story, "dim")
        self._badge(outcome_name(answer.outcome), words.style, words.meaning)
        self._rows(answer_rows(one))
        if not one.is_right:
            expected = outcome_name(one.scenario.outcome)
            self.sentence(
                f"This is wrong: expected {expected} {one.scenario.found}".rstrip() + ".", "bold red"
            )

    def ruling(self, ruling: Ruling, n_open: int) -> None:
        """Write what an examiner decided."""
        case, decision = ruling.case.summary, ruling.decision
        self.sentence(f"Case {case.case_id} of application {case.application_reference}:")
        self._badge("SAME PERSON", "bold white on dark_green", f"The applicant is {decision.subject_id}.")
        self._rows(
            [
                ("Read", f"what the check found, and {ruling.n_captures} captures as templates"),
                ("Ends as", f"{outcome_name(decision.outcome)}, due {due_words(decision.due)}"),
                ("Stored", f"the captures as another encounter of {decision.subject_id}"),
                ("Waiting", f"{case_count(n_open)} for the examiner"),
            ]
        )

    def timeline(self, rows: Sequence[TimelineRow]) -> None:
        """Write what the feed told."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for column in TimelineRow._fields[:_N_TIMELINE_COLUMNS]:
            table.add_column(column, no_wrap=True)
        for row in rows:
            table.add_row(*(Text(cell) for cell in row[:_N_TIMELINE_COLUMNS]))
        self._console.print(Padding(table, (0, 0, 0, _INDENT)))

    def _badge(self, word: str, style: str, meaning: str) -> None:
        grid = Table.grid(padding=(0, 2))
        grid.add_row(Text(f" {word} ", style=style), Text(meaning, style="bold"))
        self._console.print(Padding(grid, (1, 0, 1, _INDENT)))

    def _rows(self, rows: Sequence[tuple[str, str]]) -> None:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=_LABEL_WIDTH, style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for label, text in rows:
            grid.add_row(label, Text(text))
        self._console.print(Padding(grid, (0, 0, 0, _INDENT)))


def answer_rows(one: Answered) -> list[tuple[str, str]]:
    """Give what an answer says, the first things first; a label stands where it changes."""
    answer, words = one.answer, OUTCOMES[one.answer.outcome]
    rows = [("Why", REASONS[reason]) for reason in answer.reasons]
    rows += [("Found", candidate_words(candidate, answer.threshold)) for candidate in answer.candidates]
    if answer.HasField("claim"):
        rows.append(("Claimed", claim_words(answer.claim)))
    if answer.n_searched:
        rows.append(("Searched", search_words(answer)))
    rows += [
        ("Again", f"{capture_words(report)}: {report.advice}") for report in answer.captures if report.reason
    ]
    rows.append(("Do now", words.next_step))
    if answer.HasField("due"):
        rows.append(("Answer due", due_words(answer.due)))
    rows += _stored_rows(answer)
    rows.append(("Answered in", timing_words(answer, one.round_trip_ms)))
    before = ["", *(label for label, _ in rows)]
    return [("" if label == last else label, text) for (label, text), last in zip(rows, before, strict=False)]


def case_count(n_open: int) -> str:
    """Say how many cases wait."""
    return f"{n_open} more {'case waits' if n_open == 1 else 'cases wait'}"


def _stored_rows(answer: pb.CheckApplicantResponse) -> list[tuple[str, str]]:
    if answer.case_id:
        return [("Case", answer.case_id)]
    if answer.outcome == pb.OUTCOME_NEW and answer.subject_id:
        return [("Enrolled", f"as {answer.subject_id}")]
    if answer.encounter_id:
        return [("Stored", f"as another encounter of {answer.subject_id}")]
    return []
