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
from benchmarks.peers.afis_fingers import STACKS
from benchmarks.peers.catalogue import ENTRIES, Kind
from benchmarks.peers.face_protocol import FacePlan, measure_faces
from benchmarks.peers.faiss_flat import FaissFlat
from benchmarks.peers.finger_protocol import FingerPlan, measure_fingers
from benchmarks.peers.isolated import Outcome
from benchmarks.peers.markdown_table import peers_table
from benchmarks.peers.peer import PeerUnavailable
from benchmarks.peers.peer_table import cells, print_peers
from benchmarks.peers.run import SMALL, document_of, job_of, main, parse_options
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
    assert {value.path[0] for value in values if value.file == "peers"} <= {one.key for one in ENTRIES}


def test_a_result_file_has_numbers_as_figures_and_words_as_details() -> None:
    outcomes = {one.key: Outcome({"eer": 0.1}, "slow") for one in ENTRIES[:2]}
    document = document_of(ENTRIES[:2], outcomes, {"processor": "some"}, is_small=True)
    assert document["figures"] == {one.key: {"eer": 0.1} for one in ENTRIES[:2]}
    assert document["command"][-1] == "--small"
    assert document["details"][0]["versions"]["vantay"] != "not installed"
    assert document["details"][0]["note"] == "slow"
    json.dumps(document, allow_nan=False)


def test_tables_for_pages_have_versions_ratios_and_notes() -> None:
    by_key = {one.key: one for one in ENTRIES}
    chosen = [by_key[key] for key in ("vantay-leader", "afis-leader", "nbis", "hnswlib")]
    outcomes = {
        "vantay-leader": Outcome({"extract_ms": 100.0, "eer": 0.01}),
        "afis-leader": Outcome({"extract_ms": 800.0}, "did not finish in 60 s"),
        "nbis": Outcome({"eer": 0.07}),
        "hnswlib": Outcome({}, "hnswlib does not load: a | b", is_available=False),
    }
    text = peers_table({"peers": document_of(chosen, outcomes, {}, is_small=False)})
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
