"""What another process finds after a kill: in the record, in the index, in an export."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from pathlib import Path
from typing import Any

import psycopg

from durability.people import capture, digest_of, name_of
from durability.place import RoundsPlace, make_steps_small
from vantay.engine import Engine
from vantay.search import IdentifyResult
from vantay.store import Store
from vantay.transfer import export_store
from vantay_datasets.bulk import Kind, read_rows
from vantay_datasets.sample import Modality

ALL = 10_000
"""Candidates to ask for: then the index compares everyone who is on its shortlist, as everybody is here."""


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Look at everything; give what is there and what is wrong.

    Returns
    -------
    dict
        ``before``, ``after``: subjects and digests as the killed process left them, and after its load went
        on; ``findings``: what is wrong by itself; ``n_searches``; ``index_sequence``: what its files had.
    """
    make_steps_small()
    place = RoundsPlace(job["location"], Path(job["folder"]))
    if "://" in place.location:
        _wait_for_the_end(place.location)
    findings: list[str] = []
    with place.store() as store:
        before = contents(store)
    if job["resumed_load"] is not None:
        findings += _resume(place, job["resumed_load"])
    with place.engine() as engine, place.store() as store:
        after = contents(store)
        findings += _gaps(engine)
        index_sequence = engine.index_status().written_sequence
        for person in job["probes"]:
            findings += _compare_searches(engine, person, after["people"])
        engine.verify_index()
        findings += _compare_export(store, place.folder / "export.jsonl", after)
    return {
        "before": before,
        "after": after,
        "findings": findings,
        "n_searches": len(job["probes"]),
        "index_sequence": index_sequence,
    }


def contents(store: Store) -> dict[str, Any]:
    """Read all there is: status and marks of each subject, and the digest of each mark's templates."""
    people: dict[str, Any] = {}
    digests: dict[str, str] = {}
    for page in store.pages_since(0):  # opens every seal
        for state in page.subjects:
            marks = [encounter.source for encounter in state.encounters]
            people[state.subject_id] = [str(state.status), sorted(marks)]
            for encounter in state.encounters:
                records = {int(t.position): t.record for t in encounter.templates}
                face = None if encounter.face is None else encounter.face.vector.astype("<f2").tobytes()
                digests[encounter.source] = digest_of(records, face)
    return {"people": people, "digests": digests}


def _wait_for_the_end(location: str) -> None:
    """Wait for the write lock: a commit that the server was sent before the kill may still be under way."""
    with psycopg.connect(location) as connection, contextlib.suppress(psycopg.errors.UndefinedTable):
        connection.execute("SELECT 1 FROM write_state FOR UPDATE")


def _resume(place: RoundsPlace, write: dict[str, Any]) -> list[str]:
    counts = place.load(write["file"]).counts
    n_people = len(write["people"])
    was_whole = counts.n_skipped == n_people
    if counts.n_rejects or not (was_whole or counts.n_enrolled == n_people):
        return [f"{write['file']} of {n_people} subjects went on to {counts}"]
    return []


def _gaps(engine: Engine) -> list[str]:
    numbers = [change.sequence for change in engine.change_log(0, limit=10**9)]
    return [] if numbers == list(range(1, len(numbers) + 1)) else ["the change sequence has a gap"]


def _compare_searches(engine: Engine, person: int, people: dict[str, Any]) -> list[str]:
    captured = capture(person, 1)
    staged = engine.identify(captured.fingers, face=captured.face, max_candidates=ALL)
    exact = engine.identify(captured.fingers, face=captured.face, max_candidates=ALL, is_exhaustive=True)
    findings = []
    if staged.arrangement == "as-given" and _ranking(staged) != _ranking(exact):
        findings.append(f"search for {person}: index {_ranking(staged)[:3]}, everyone {_ranking(exact)[:3]}")
    active = {name for name, (status, _) in people.items() if status == "active"}
    for result in (staged, exact):
        found = {candidate.subject_id for candidate in result.candidates}
        if not found <= active:
            findings.append(f"search for {person}: {sorted(found - active)[:3]} found, expected to be gone")
    own = people.get(name_of(person), ["", []])[1]
    if f"{person}/0" in own and name_of(person) not in {c.subject_id for c in staged.candidates}:
        findings.append(f"search for {person}: not found")
    return findings


def _ranking(result: IdentifyResult) -> list[tuple[int, str, float]]:
    return [(c.rank, c.subject_id, c.score) for c in result.candidates]


def _compare_export(store: Store, path: Path, expected: dict[str, Any]) -> list[str]:
    export_store(store, path)
    people: dict[str, set[str]] = defaultdict(set)
    records: dict[str, dict[int, bytes]] = defaultdict(dict)
    faces: dict[str, bytes] = {}
    for row in read_rows(path):
        if row.kind is Kind.NONE:
            continue
        assert row.data is not None
        mark = row.captured_place or ""
        people[row.subject_id].add(mark)
        if row.modality is Modality.FACE:
            faces[mark] = row.data
        else:
            records[mark][int(row.position)] = row.data
    path.unlink()
    findings = []
    if people != {name: set(marks) for name, (_, marks) in expected["people"].items() if marks}:
        findings.append("an export holds other encounters than the database")
    if {mark: digest_of(records[mark], faces.get(mark)) for mark in faces | records} != expected["digests"]:
        findings.append("an export holds other templates than the database")
    return findings
