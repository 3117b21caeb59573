"""The whole command, with the fewest people that the scenarios need, and without the network."""

import json
from pathlib import Path

from click.testing import CliRunner

from vantay.cli import main
from vantay.engine import Engine
from vantay_service.v1 import intake_pb2 as pb

TITLES = (
    "Known resident",
    "Newcomer",
    "Same person, another passport",
    "Claims to be somebody else",
    "Blurred capture",
    "Child of 10, alone",
    "Child of 10, with a guardian",
    "Consent is missing",
    "Swapped hands",
)


def test_a_day_at_the_counter(tmp_path: Path, calibrated_models: Path) -> None:
    folder = tmp_path / "out"
    command = [
        "demo",
        "--output",
        str(folder),
        "--subjects",
        "8",
        "--from-images",
        "5",
        "--extractor",
        "classical",
    ]
    done = CliRunner().invoke(main, command, env={"COLUMNS": "200"}, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    page = (folder / "index.html").read_text(encoding="utf-8")
    for title in TITLES:
        assert title in done.output
        assert title in page
    for outcome in set(pb.Outcome.keys()) - {"OUTCOME_UNSPECIFIED"}:
        assert outcome.removeprefix("OUTCOME_") in done.output
    assert "This is wrong" not in done.output
    assert "counter-1 has no role that may call CaseService/DecideCase" in done.output
    assert page.count("data:image/webp") == 2 + 1 + 2 + 4 + 1 + 1 + 1 + 2
    log = [json.loads(line) for line in (folder / "service" / "server.log").read_text().splitlines()]
    assert log[-1]["message"] == "ended"
    with Engine.open(folder / "service" / "vantay.db", create=False) as engine:
        decisions = engine.decisions_since(0)
        assert [decision.outcome for decision in decisions] == [
            *("KNOWN", "NEW", "CONFLICT", "CONFLICT", "NEW", "NEW", "INCONCLUSIVE", "SAME_PERSON")
        ]
        assert (
            len(engine.show("S00001").encounters) == 2
        )  # the examiner joined the second passport to the first
        assert engine.stats().n_subjects == 8 + 3
        n_entries = engine.verify_audit().n_entries
    assert f"{n_entries:,} entries, none changed, cut or moved." in done.output
