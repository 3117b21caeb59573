"""The table of peers, the result file; and those peers that are installed."""

from __future__ import annotations

import io
import json
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from benchmarks.harness.bars import ENGINE_BARS
from benchmarks.harness.run_document import read_document
from benchmarks.peers import run as peers_run
from benchmarks.peers.afis_fingers import STACKS
from benchmarks.peers.catalogue import ENTRIES, Entry, Kind
from benchmarks.peers.face_protocol import FacePlan, measure_faces
from benchmarks.peers.faiss_flat import FaissFlat
from benchmarks.peers.finger_protocol import FingerPlan, measure_fingers
from benchmarks.peers.isolated import Outcome
from benchmarks.peers.markdown_table import peers_table
from benchmarks.peers.peer import PeerUnavailable
from benchmarks.peers.peer_table import cells, print_peers
from benchmarks.peers.run import SMALL, Run, document_of, job_of, main, parse_options
from benchmarks.peers.vantay_faces import VantayFaces
from benchmarks.peers.vantay_fingers import VantayFingers
from benchmarks.peers.vantay_vectors import VantayVectors
from benchmarks.peers.vector_data import VectorPlan, nearest_rows, write_vectors
from rich.console import Console

from vantay.types import FingerImage


def test_ratios_are_to_our_own() -> None:
    own = {"extract_ms": 10.0, "comparisons_per_s": 50_000.0, "eer": 0.01}
    peer = {"extract_ms": 25.0, "comparisons_per_s": 500.0, "eer": 0.02, "n_failed": 3.0}
    assert list(cells(Kind.FINGERS, peer, own)) == ["2", "", "25 (2.5)", "500 (0.01)", "3", ""]
    assert list(cells(Kind.FINGERS, own, own))[2:4] == ["10", "50,000"]
    assert list(cells(Kind.FINGERS, {}, own)) == [""] * 6


def test_the_table_has_every_peer_and_every_note() -> None:
    printed = io.StringIO()
    notes = {one.key: f"about {one.key}" for one in ENTRIES}
    print_peers(Console(file=printed, width=200), ENTRIES, {}, notes)
    lines = printed.getvalue()
    assert all(f"{one.key}: about {one.key}" in lines for one in ENTRIES)


def test_the_first_of_each_kind_is_ours() -> None:
    for kind in (Kind.FINGERS, Kind.FACES, Kind.VECTORS):
        assert next(one for one in ENTRIES if one.kind is kind).is_own
    assert len({one.key for one in ENTRIES}) == len(ENTRIES)


def test_every_peer_says_why_it_is_there_and_can_be_sent_to_a_process() -> None:
    for one in ENTRIES:
        assert one.why
        assert one.packages or one.kind is Kind.STORED


def test_figures_that_bars_look_for_are_those_of_a_peer() -> None:
    values = [
        value for bar in ENGINE_BARS if bar.peer is not None for value in (bar.peer.value, bar.peer.own)
    ]
    kinds = {one.key: one.kind for one in ENTRIES}
    rates, speeds = {"eer", "fnmr_at_fmr_1e-3"}, {"extract_ms", "comparisons_per_s"}
    for peer, key in (value.path for value in values if value.file == "peers"):
        assert key in (rates if kinds[peer] is Kind.STORED else rates | speeds)


RUN = Run(SMALL, 60, None, {"processor": "some"}, "abc")


def test_a_result_file_has_numbers_as_figures_and_words_as_details() -> None:
    outcomes = {one.key: Outcome({"eer": 0.1}, "slow") for one in ENTRIES[:2]}
    document = document_of(RUN, outcomes)
    assert document["figures"] == {one.key: {"eer": 0.1} for one in ENTRIES[:2]}
    assert document["command"] == ["python", "-m", "benchmarks.peers.run", "--small", "--limit", "60"]
    assert document["details"][0]["versions"]["vantay"] != "not installed"
    assert document["details"][0]["note"] == "slow"
    json.dumps(document, allow_nan=False)


class Stub:
    """Stands for every peer: tells who was measured, and does what it is told to."""

    def __init__(self) -> None:
        self.measured: list[str] = []
        self.outcomes: dict[str, Outcome] = {}
        self.interrupts: set[str] = set()
        self.without_data: set[str] = set()

    def job_of(self, entry: Entry, _: object) -> str:
        if entry.key in self.without_data:
            raise OSError("disk full")
        return entry.key

    def run_isolated(self, key: str, _: float) -> Outcome:
        self.measured.append(key)
        if key in self.interrupts:
            raise KeyboardInterrupt
        return self.outcomes.get(key, Outcome({"eer": 0.1}))

    def again(self, *words: str) -> list[str]:
        """Run, and name who was measured."""
        self.measured.clear()
        self.code = main(["--only", ",".join(FOUR), *words])
        return list(self.measured)


FOUR = [one.key for one in ENTRIES[:4]]
OWN, _, SECOND, THIRD = FOUR


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Stub:
    peers = Stub()
    monkeypatch.setattr(peers_run, "job_of", peers.job_of)
    monkeypatch.setattr(peers_run, "run_isolated", peers.run_isolated)
    monkeypatch.setattr(peers_run, "commit_beside_results", lambda: "abc")
    monkeypatch.setattr(peers_run, "commit_of_run", lambda commit: commit)
    return peers


def test_a_run_that_was_stopped_goes_on_behind_the_last_peer(tmp_path: Path, stub: Stub) -> None:
    kept = ["--folder", str(tmp_path)]
    stub.interrupts = {SECOND}
    with pytest.raises(KeyboardInterrupt):
        stub.again(*kept)
    assert list(read_document(tmp_path / "peers.json")["figures"]) == FOUR[:2]
    stub.interrupts = set()
    output = tmp_path / "out.json"
    assert stub.again(*kept, "--json", str(output)) == FOUR[2:]
    assert list(read_document(output)["figures"]) == FOUR
    assert read_document(output) == read_document(tmp_path / "peers.json")
    assert stub.again(*kept) == []
    assert stub.again(*kept, "--again") == FOUR


@pytest.mark.parametrize("commit", ["def", "abc-dirty", None])
def test_results_of_other_sources_are_measured_anew(
    commit: str | None, tmp_path: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = ["--json", str(tmp_path / "out.json")]
    assert stub.again(*kept) == FOUR
    monkeypatch.setattr(peers_run, "commit_beside_results", lambda: commit)
    assert stub.again(*kept) == FOUR
    assert stub.again(*kept) == ([] if commit == "def" else FOUR)


def test_results_of_other_options_machines_and_versions_are_measured_anew(
    tmp_path: Path, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = ["--json", str(tmp_path / "out.json")]
    for other in (["--small"], ["--small", "--limit", "3"], []):
        assert stub.again(*kept, *other) == FOUR
    monkeypatch.setattr(peers_run, "describe_surroundings", lambda: {"processor": "another"})
    assert stub.again(*kept) == FOUR
    assert stub.again(*kept) == []
    monkeypatch.setattr(peers_run, "versions_of", lambda packages: dict.fromkeys(packages, "99"))
    assert stub.again(*kept) == FOUR


def test_a_peer_that_fails_or_has_no_data_ends_alone(
    tmp_path: Path, stub: Stub, capsys: pytest.CaptureFixture[str]
) -> None:
    stub.without_data, stub.outcomes = {SECOND}, {THIRD: Outcome({}, "ended with exit code 7")}
    kept = ["--json", str(tmp_path / "out.json")]
    assert stub.again(*kept) == [one for one in FOUR if one != SECOND]
    assert stub.code == 0
    printed = capsys.readouterr().out
    assert f"{SECOND}: 0 s no data: OSError: disk full" in printed
    assert f"{THIRD}: 0 s ended with exit code 7" in printed
    stub.without_data = {OWN}
    assert stub.again(*kept, "--again")[0] != OWN
    assert stub.code == 1
    assert stub.again(*kept) == [THIRD]  # it had no figures


def test_a_broken_file_of_an_earlier_run_is_told(
    tmp_path: Path, stub: Stub, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out.json").write_text("{", encoding="utf-8")
    assert stub.again("--json", str(tmp_path / "out.json")) == []
    assert stub.code == 2
    assert "is no result file" in " ".join(capsys.readouterr().out.split())


def test_tables_for_pages_have_versions_ratios_and_notes() -> None:
    outcomes = {
        "vantay-leader": Outcome({"extract_ms": 100.0, "eer": 0.01}),
        "afis-leader": Outcome({"extract_ms": 800.0}, "did not finish in 60 s"),
        "nbis": Outcome({"eer": 0.07}),
        "hnswlib": Outcome({}, "hnswlib does not load: a | b", is_available=False),
    }
    text = peers_table({"peers": document_of(RUN, outcomes)})
    rows = {cells[1].strip("` "): cells for line in text.splitlines() if (cells := line.split("|"))[1:]}
    assert rows["afis-leader"][5].strip() == "800 (8)"
    assert rows["afis-leader"][-2].strip() == "did not finish in 60 s"
    assert rows["nbis"][3].strip() == "7"
    assert rows["hnswlib"][-2].strip() == "hnswlib does not load: a / b"
    assert len({len(cells) for key, cells in rows.items() if key != "hnswlib" and "-" in key}) == 1


def test_a_page_without_a_result_says_so() -> None:
    assert peers_table({}) == "Not measured yet.\n"


def test_an_unknown_peer_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse_options(["--only", "nobody"])
    assert "no peer nobody" in capsys.readouterr().err


def test_list_tells_the_settings_of_every_peer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert all(one.key in printed and one.why in printed for one in ENTRIES)


def test_every_kind_has_a_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VANTAY_BENCH_SCRATCH", str(tmp_path))
    monkeypatch.setattr("benchmarks.peers.run.write_vectors", lambda _: None)
    assert all(callable(job_of(one, SMALL)) for one in ENTRIES)


def test_our_own_classical_fingers_go_through_the_protocol(eval_data: Path) -> None:
    plan = FingerPlan((str(eval_data / "fingerprints" / "fvc2002" / "DB1_B"),), n_fingers=2, n_impressions=2)
    figures = list(measure_fingers(partial(VantayFingers, "classical"), plan))[-1]
    assert (figures["n_images"], figures["n_mated"], figures["n_non_mated"]) == (4, 2, 4)
    assert figures["eer"] == 0


def test_our_own_faces_agree_with_themselves(eval_data: Path, built_models: Path) -> None:
    figures = list(measure_faces(VantayFaces, FacePlan(eval_data / "faces" / "london", 2)))[-1]
    assert figures["agreement_least"] > 0.999
    assert figures["eer"] == 0


def test_our_own_codes_find_mates_nearly_as_exact_search_does(tmp_path: Path) -> None:
    plan = VectorPlan(60, 6, tmp_path)
    write_vectors(plan)
    data = plan.read()
    own, flat = VantayVectors(), FaissFlat()
    for peer in (own, flat):
        peer.build(data.vectors)
    for probe, exact in zip(data.probes, nearest_rows(data.vectors, data.probes, 5), strict=True):
        assert flat.search(probe, 5).tolist() == exact.tolist()
        assert np.intersect1d(own.search(probe, 5), exact).size >= 4
    written = plan.file.stat().st_mtime_ns
    write_vectors(plan)
    assert plan.file.stat().st_mtime_ns == written


@pytest.mark.parametrize("stack", sorted(STACKS))
def test_installed_stacks_of_afis_answer(stack: str) -> None:
    pytest.importorskip("afis")
    from benchmarks.peers.afis_fingers import AfisFingers  # noqa: PLC0415

    package = import_module("afis")
    if stack == "nbis" and not package.available_native():
        with pytest.raises(PeerUnavailable, match="libafis"):
            AfisFingers(stack)
        return
    rows = np.random.default_rng(1).integers(0, 255, (128, 128)).astype(np.uint8)
    assert AfisFingers(stack).extract(FingerImage(rows, 500.0)).n_minutiae >= 0
