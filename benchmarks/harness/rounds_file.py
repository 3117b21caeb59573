"""A recorded pass in pytest-benchmark's own form, for its ``--benchmark-compare``.

    pytest benchmarks/micro --benchmark-only --benchmark-compare=0001
        --benchmark-storage=benchmarks/results/0.1.0/pytest-benchmark

That compares times, not ratios, and knows nothing of tolerances: `benchmarks.bench` is what judges.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.harness.run_document import write_document

ROUNDS_FILE = Path("pytest-benchmark") / "0001_micro.json"
"""Below the folder of a release's results."""


def write_rounds(measured: Path, output: Path) -> None:
    """Write what ``pytest --benchmark-json`` wrote without every single round, which makes it large.

    Parameters
    ----------
    measured : Path
    output : Path
        Its folder is made.
    """
    document = json.loads(measured.read_text(encoding="utf-8"))
    document["benchmarks"] = [_without_rounds(one) for one in document["benchmarks"]]
    write_document(output, document)


def _without_rounds(one: dict[str, Any]) -> dict[str, Any]:
    stats = {name: value for name, value in one["stats"].items() if name != "data"}
    extra = {name: value for name, value in one["extra_info"].items() if not isinstance(value, list)}
    return one | {"stats": stats, "extra_info": extra}
