"""The measurement programs that are run together: which, with what, how long they take."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FVC_SETS = ("fvc2002/DB1_B", "fvc2002/DB3_B", "fvc2004/DB1_B", "fvc2004/DB3_B@512")
FINGERPRINTS = "FVC"
"""Stands for the folder of fingerprint sets in a command: it is somewhere else on each machine."""


class Scale(StrEnum):
    """When a program is run."""

    SMALL = "small"
    """With `make bench`."""
    FULL = "full"
    """With `make bench-full` alone."""


@dataclass(frozen=True, slots=True)
class Program:
    """One measurement program.

    Attributes
    ----------
    name : str
        Of its result file.
    words : tuple of str
        The command line behind ``python``, without ``--json``.
    scale : Scale
    n_cores : int
        Cores that it runs on.
    needs_fvc : bool
        Whether it needs the fingerprint sets of the evaluation data.
    """

    name: str
    words: tuple[str, ...]
    scale: Scale = Scale.SMALL
    n_cores: int = 1
    needs_fvc: bool = False

    @property
    def command(self) -> str:
        """The command line for people, without the folders of this machine."""
        words = [word.replace(f"{FINGERPRINTS}/", "") for word in self.words]
        if words[:2] == ["-m", "vantay"]:
            return shlex.join(["vantay", *words[2:]])
        return shlex.join(["python", *words])

    def missing(self) -> str:
        """Say what it needs and is not there; nothing if all is."""
        if self.needs_fvc and not fingerprint_folder().is_dir():
            return "the fingerprint sets that VANTAY_EVAL_DATA leads to"
        return ""

    def arguments(self, output: Path, scratch: Path) -> list[str]:
        """Give the words of the command with the folders of this machine."""
        folders = {FINGERPRINTS: fingerprint_folder(), "DIR": scratch / self.name}
        words = [
            str(folders[word] if not rest else folders[word] / rest) if word in folders else given
            for given in self.words
            for word, _, rest in [given.partition("/")]
        ]
        return [*words, "--json", str(output)]


def fingerprint_folder() -> Path:
    """Name the folder of the fingerprint sets."""
    return (
        Path(os.environ.get("VANTAY_EVAL_DATA", ROOT / ".." / "shared" / "data")).resolve() / "fingerprints"
    )


_FVC = tuple(f"{FINGERPRINTS}/{name}" for name in FVC_SETS)

PROGRAMS = (
    Program("limits", ("-m", "benchmarks.limits")),
    Program("comparison_speed", ("benchmarks/comparison_speed.py", _FVC[0]), needs_fvc=True),
    Program("leader_extraction", ("benchmarks/leader_extraction.py",)),
    Program("classical_extraction", ("benchmarks/classical_extraction.py",)),
    Program("bulk_load", ("benchmarks/bulk_load.py", "--subjects", "5000"), n_cores=2),
    Program(
        "index_small",
        ("benchmarks/index_scale.py", "--folder", "DIR", "--subjects", "4000", "--searches", "50"),
    ),
    Program("fvc", ("-m", "vantay", "evaluate", "fvc", *_FVC), Scale.FULL, needs_fvc=True),
    Program(
        "fvc_classical",
        ("-m", "vantay", "evaluate", "fvc", *_FVC, "--extractor", "classical"),
        Scale.FULL,
        needs_fvc=True,
    ),
    Program("bulk_load_full", ("benchmarks/bulk_load.py", "--subjects", "100000"), Scale.FULL, n_cores=2),
    Program("kill_rounds", ("benchmarks/kill_rounds.py", "--rounds", "200"), Scale.FULL, n_cores=2),
    Program(
        "index_100k",
        ("benchmarks/index_scale.py", "--folder", "DIR", "--subjects", "100000", "--threads", "2"),
        Scale.FULL,
        n_cores=2,
    ),
    Program(
        "index_1m",
        ("benchmarks/index_scale.py", "--folder", "DIR", "--subjects", "1000000", "--threads", "2"),
        Scale.FULL,
        n_cores=2,
    ),
)
