"""The steps of the demo, from an empty folder to a page."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from vantay.demo.applicants import (
    Answer,
    Applicant,
    Outcome,
    answer_words,
    check_applicant,
    person_of,
    question_words,
    subject_id_of,
    three_applicants,
)
from vantay.demo.output_folder import claim_folder
from vantay.demo.population import FINGERS, Population, Visit
from vantay.demo.portrait import N_FACES, check_portrait
from vantay.demo.presentation import Evidence, draw_evidence, make_case, make_page
from vantay.demo.public_set import evaluate_public_set
from vantay.engine import Engine
from vantay.report.page import Fact, render_page
from vantay_models.build import build_models
from vantay_models.errors import ModelError

_N_ENROLLING = 2
_STYLES = {Outcome.KNOWN: "bold green", Outcome.NEW: "bold blue", Outcome.CONFLICT: "bold red"}


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """What the demo is made of.

    Attributes
    ----------
    output : Path
        Folder for the page, the database, and the impressions, which a second run uses again. It must be
        new, empty, or that of an earlier demo.
    n_subjects : int
        People enrolled, three or more.
    seed : int
        Another seed is another population.
    """

    output: Path
    n_subjects: int = 100
    seed: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class _Checked:
    """An applicant's answer with its pictures."""

    answer: Answer
    evidence: Sequence[Evidence]

    @property
    def search_ms(self) -> float:
        """Time of the 1:N search, without the extraction."""
        return sum(self.answer.search.timings_ms.values())


def run_demo(settings: DemoSettings, console: Console) -> bool:
    """Enrol a synthetic population, check three applicants, find a portrait, write the page.

    Parameters
    ----------
    settings : DemoSettings
        What to make, and where.
    console : Console
        For progress and the answers in words.

    Returns
    -------
    bool
        Whether every answer was the right one; a search by face that could not be made is none.

    Raises
    ------
    InvalidSetting
        If the folder holds files that no demo made.
    VantayError
        If a part of the engine fails.
    """
    start = time.monotonic()
    claim_folder(settings.output)
    _build_models(console)
    population = Population(settings.output / "impressions", settings.seed)
    applicants = three_applicants(settings.n_subjects)
    gallery = [Visit(person, touch=0) for person in range(settings.n_subjects)]
    visits = [*gallery, *(applicant.visit for applicant in applicants)]
    _with_progress(
        console, "Making images", len(visits), lambda advance: population.make_impressions(visits, advance)
    )
    with Engine.open(_fresh_database(settings.output, "gallery.db")) as engine:
        enrol_s = _with_progress(
            console, "Enrolling", len(gallery), lambda advance: _enrol(engine, population, gallery, advance)
        )
        checked = [_check(engine, population, applicant) for applicant in applicants]
    for one in checked:
        _print_answer(console, one)
    portrait = check_portrait(
        console, _fresh_database(settings.output, "faces.db"), n_faces=N_FACES, seed=settings.seed
    )
    page = make_page(
        _facts(settings.n_subjects, enrol_s, checked),
        [make_case(one.answer, one.evidence) for one in checked],
        [*([portrait.section] if portrait else []), *evaluate_public_set(console, settings.output)],
    )
    page_path = settings.output / "index.html"
    page_path.write_text(render_page(page), encoding="utf-8")
    console.print(f"\nFinished in {time.monotonic() - start:.0f} s. Pictures: {page_path}", highlight=False)
    is_portrait_found = portrait is None or portrait.is_as_expected
    return is_portrait_found and all(one.answer.is_as_expected for one in checked)


def _build_models(console: Console) -> None:
    try:
        build_models(report=lambda line: console.print(line, highlight=False, markup=False, soft_wrap=True))
    except ModelError as error:
        console.print(f"{error}. Going on with the classical extractor.", style="yellow", markup=False)


def _fresh_database(folder: Path, name: str) -> Path:
    """Name the database file; what an earlier run left is removed."""
    path = folder / name
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    shutil.rmtree(path.with_name(f"{path.name}.index"), ignore_errors=True)
    return path


def _with_progress(
    console: Console, title: str, total: int, work: Callable[[Callable[[], None]], None]
) -> float:
    """Do work that reports each step to the function it is given; give the seconds it took."""
    start = time.monotonic()
    columns = (TextColumn("{task.description:<14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(title, total=total)
        work(lambda: progress.advance(task))
    return time.monotonic() - start


def _enrol(
    engine: Engine, population: Population, gallery: Sequence[Visit], advance: Callable[[], None]
) -> None:
    """Enrol everyone, a few at a time: extraction leaves the interpreter lock, writes take turns."""

    def enrol_one(visit: Visit) -> None:
        engine.enrol(subject_id_of(visit.person), population.paths_of(visit), source="demo")
        advance()

    with ThreadPoolExecutor(_N_ENROLLING) as pool:
        list(pool.map(enrol_one, gallery))


def _check(engine: Engine, population: Population, applicant: Applicant) -> _Checked:
    """Check an applicant, and draw the fingers beside those found, claimed, or at least most alike."""
    paths = population.paths_of(applicant.visit)
    templates = {position: engine.extract(path, position=position) for position, path in paths.items()}
    answer = check_applicant(engine, applicant, templates)
    claimed = [applicant.claimed_id] if applicant.claimed_id else []
    best = [candidate.subject_id for candidate in answer.search.candidates[:1]]
    evidence = []
    for subject_id in dict.fromkeys([*answer.matches, *claimed] or best):
        references = population.paths_of(Visit(person_of(subject_id), touch=0))
        evidence += draw_evidence(engine, answer, paths, subject_id, references)
    return _Checked(answer, evidence)


def _print_answer(console: Console, checked: _Checked) -> None:
    answer = checked.answer
    console.print()
    console.print(answer.applicant.title, style="bold", end=": ")
    console.print(answer.outcome.value, style=_STYLES[answer.outcome])
    console.print(question_words(answer.applicant), style="dim", highlight=False)
    for sentence in answer_words(answer):
        console.print(Padding(sentence, (0, 0, 0, 2)), highlight=False)
    for candidate in answer.search.candidates[:3]:
        verdict = "match" if answer.search.is_match(candidate) else "no match"
        fingers = ", ".join(
            f"{position.name.lower()} {score:.1f}" for position, score in candidate.finger_scores.items()
        )
        console.print(
            f"    {candidate.rank}. {candidate.subject_id}  {candidate.score:6.1f}  {verdict:8}  ({fingers})",
            highlight=False,
        )
    if not answer.is_as_expected:
        console.print(f"  This is wrong: expected {answer.applicant.expected.value}.", style="bold red")


def _facts(n_subjects: int, enrol_s: float, checked: Sequence[_Checked]) -> list[Fact]:
    return [
        Fact(f"{n_subjects:,}", "people enrolled"),
        Fact(f"{n_subjects * len(FINGERS):,}", "fingerprint images"),
        Fact(f"{n_subjects * len(FINGERS) / enrol_s:.1f} / s", "images to stored templates"),
        Fact(f"{min(one.search_ms for one in checked):.1f} ms", "search of everyone"),
    ]
