"""Commands that ask who it is: ``verify`` (1:1) and ``identify`` (1:N)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vantay.cli.options import engine_options, ppi_option, table_option
from vantay.cli.output import failure_json, print_json, print_table, rounded, warn_of_failures
from vantay.cli.sample_options import sample_options
from vantay.cli.whom_options import EVERYONE, Whom, whom_options
from vantay.settings import EngineSettings
from vantay.types import FingerPosition

if TYPE_CHECKING:
    from vantay import FaceEvidence, IdentifyResult, VerifyResult

EXIT_NO_MATCH = 3
AS_GIVEN = "as-given"


@click.command()
@click.argument("subject_id", metavar="SUBJECT")
@sample_options
@click.option(
    "--threshold-fmr",
    type=float,
    help="False match rate at which to decide.  [default: 0.0001, a score of 40]",
)
@ppi_option
@engine_options
@table_option
def verify(
    subject_id: str,
    fingers: dict[FingerPosition, Path],
    *,
    face: Path | None,
    threshold_fmr: float | None,
    ppi: float | None,
    settings: EngineSettings,
    as_table: bool,
) -> None:
    """Compare fingers, a face or both with SUBJECT, all its encounters. Exit code 3 if they do not match."""
    from vantay.engine import Engine  # noqa: PLC0415 - keeps --help quick

    with Engine.open(settings=settings, create=False) as engine:
        result = engine.verify(subject_id, fingers, face=face, threshold_fmr=threshold_fmr, ppi=ppi)
    warn_of_failures(result.failures)
    if as_table:
        _print_verify_table(subject_id, result)
    else:
        print_json({"subject_id": subject_id} | _verify_json(result))
    if not result.is_match:
        raise click.exceptions.Exit(EXIT_NO_MATCH)


@click.command()
@sample_options
@click.option("--max-candidates", type=click.IntRange(1), help="Return at most this many.  [default: 10]")
@click.option(
    "--target-fpir",
    type=float,
    help="Wanted rate of searches for unknown people that find somebody; with the number of subjects "
    "searched it gives the threshold.  [default: 0.001]",
)
@whom_options
@click.option(
    "--exhaustive", "is_exhaustive", is_flag=True, help="Compare everyone in full, without the index: slow."
)
@ppi_option
@engine_options
@table_option
def identify(
    fingers: dict[FingerPosition, Path],
    *,
    face: Path | None,
    max_candidates: int | None,
    target_fpir: float | None,
    whom: Whom,
    is_exhaustive: bool,
    ppi: float | None,
    settings: EngineSettings,
    as_table: bool,
) -> None:
    """Search everyone enrolled for fingers, a face or both. Exit code 3 if nobody matches.

    When nobody is found, the fingers are tried as those of the other hand, and in reversed order.
    """
    from vantay import SearchFilter  # noqa: PLC0415
    from vantay.engine import Engine  # noqa: PLC0415

    if is_exhaustive and whom != EVERYONE:
        raise click.UsageError(
            "--exhaustive compares everyone: leave out --gallery, --status, --sex and --birth-years."
        )
    with Engine.open(settings=settings, create=False) as engine:
        result = engine.identify(
            fingers,
            face=face,
            max_candidates=max_candidates,
            target_fpir=target_fpir,
            ppi=ppi,
            whom=SearchFilter(**whom._asdict()),
            is_exhaustive=is_exhaustive,
        )
    warn_of_failures(result.failures)
    if as_table:
        _print_identify_table(result)
    else:
        print_json(_identify_json(result))
    if not result.is_known:
        raise click.exceptions.Exit(EXIT_NO_MATCH)


def _verify_json(result: VerifyResult) -> dict[str, object]:
    return {
        "is_match": result.is_match,
        "score": round(result.score, 3),
        "threshold": round(result.threshold, 3),
        "fingers": {
            position.name: {
                "score": round(evidence.score, 3),
                "encounter_id": evidence.encounter_id,
                "reference_finger": evidence.reference_position.name,
                "n_pairs": len(evidence.comparison.pairs),
            }
            for position, evidence in result.fingers.items()
        },
        "face": None if result.face is None else _face_json(result.face),
    } | _probe_json(result)


def _face_json(evidence: FaceEvidence) -> dict[str, object]:
    return {
        "score": round(evidence.score, 3),
        "encounter_id": evidence.encounter_id,
        "cosine": round(evidence.cosine, 4),
    }


def _identify_json(result: IdentifyResult) -> dict[str, object]:
    return {
        "is_known": result.is_known,
        "arrangement": result.arrangement,
        "threshold": round(result.threshold, 3),
        "n_searched": result.n_searched,
        "counts": dict(result.counts),
        "candidates": [
            {
                "rank": candidate.rank,
                "subject_id": candidate.subject_id,
                "score": round(candidate.score, 3),
                "is_match": result.is_match(candidate),
                "finger_scores": _by_name(candidate.finger_scores),
                "face_score": None if candidate.face_score is None else round(candidate.face_score, 3),
            }
            for candidate in result.candidates
        ],
    } | _probe_json(result)


def _probe_json(result: VerifyResult | IdentifyResult) -> dict[str, object]:
    return {
        "probe_qualities": {position.name: q for position, q in result.probe_qualities.items()},
        "probe_face_quality": result.probe_face_quality,
        "failures": [failure_json(failure) for failure in result.failures],
        "timings_ms": rounded(result.timings_ms, 1),
    }


def _by_name(scores: Mapping[FingerPosition, float]) -> dict[str, float]:
    return {position.name: round(score, 3) for position, score in scores.items()}


def _print_verify_table(subject_id: str, result: VerifyResult) -> None:
    answer = "is" if result.is_match else "is not shown to be"
    rows: list[tuple[object, ...]] = [
        (p.name, e.score, len(e.comparison.pairs), e.reference_position.name, e.encounter_id)
        for p, e in result.fingers.items()
    ]
    if (face := result.face) is not None:
        rows.append(("face", face.score, None, None, face.encounter_id))
    print_table(
        ("sample", "score", "paired minutiae", "reference finger", "encounter"),
        rows,
        title=f"The probe {answer} {subject_id}: score {result.score:.1f}, threshold {result.threshold:.1f}",
    )


def _print_identify_table(result: IdentifyResult) -> None:
    answer = f"{len(result.matches)} of them match" if result.is_known else "nobody matches"
    has_face = result.probe_face_quality is not None
    columns = ["rank", "subject", "score", "match", "scores of fingers"]
    rows: list[list[object]] = []
    for c in result.candidates:
        fingers = ", ".join(f"{p.name} {score:.1f}" for p, score in c.finger_scores.items())
        is_match = "yes" if result.is_match(c) else "no"
        rows.append([c.rank, c.subject_id, c.score, is_match, fingers, *([c.face_score] if has_face else [])])
    print_table(
        [*columns, "score of face"] if has_face else columns,
        rows,
        title=f"{result.n_searched} subjects searched, {answer}; threshold {result.threshold:.1f}",
    )
    if result.arrangement != AS_GIVEN:
        click.echo(f"Found with the fingers in another order: {result.arrangement.replace('-', ' ')}.")
    if result.counts:
        click.echo("Subjects by stage: " + ", ".join(f"{name} {n}" for name, n in result.counts.items()))
