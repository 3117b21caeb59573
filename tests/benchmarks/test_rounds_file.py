"""The committed results can be compared with by pytest-benchmark itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.harness.micro_run import without_xdist
from benchmarks.harness.program import ROOT
from benchmarks.harness.rounds_file import write_rounds

NODE = "benchmarks/micro/test_codec.py::test_decode_columns"


def run_benchmark(*options: str) -> str:
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        NODE,
        "--benchmark-only",
        *options,
    ]
    environment = without_xdist(os.environ)
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_a_pass_without_its_rounds_is_compared_with(tmp_path: Path) -> None:
    measured, kept = tmp_path / "pass.json", tmp_path / "results" / "0001_micro.json"
    run_benchmark(f"--benchmark-json={measured}")
    write_rounds(measured, kept)
    assert 5 * kept.stat().st_size < measured.stat().st_size
    assert set(json.loads(kept.read_text())["machine_info"]) == {"processor", "flags", "caches"}
    table = run_benchmark(f"--benchmark-storage={kept.parent}", "--benchmark-compare=0001")
    assert "test_decode_columns (NOW)" in table
    assert "test_decode_columns (0001_mi" in table
