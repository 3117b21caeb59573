"""The bars: what the engine has to reach first, and where the value that is measured stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.harness.program import PROGRAMS

Documents = Mapping[str, Mapping[str, Any]]
"""Result files by name."""


@dataclass(frozen=True, slots=True)
class Value:
    """Where a figure stands.

    Attributes
    ----------
    file : str
        Name of the result file.
    path : tuple of str
        Keys that lead to it below ``figures``.
    factor : float
        From the unit of the file to that of the table.
    """

    file: str
    path: tuple[str, ...]
    factor: float = 1.0

    def of(self, documents: Documents) -> float | None:
        """Look it up, of a list how long it is; None if it was not measured."""
        found: Any = documents.get(self.file, {}).get("figures")
        for key in self.path:
            found = found.get(key) if isinstance(found, Mapping) else None
        if isinstance(found, list):
            return float(len(found))
        is_number = isinstance(found, int | float) and not isinstance(found, bool)
        return found * self.factor if is_number else None


@dataclass(frozen=True, slots=True)
class Peer:
    """What a user would take instead, measured beside the engine in one run.

    Attributes
    ----------
    name : str
    value, own : Value
        The peer's figure and the engine's, of the same run, in one unit.
    """

    name: str
    value: Value
    own: Value


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar.

    Attributes
    ----------
    what : str
        What is measured.
    bar : float
        What is wanted.
    unit : str
        Of bar and value.
    value : Value
    is_most : bool
        Whether the bar is the most that is allowed; else the least.
    peer : Peer, optional
        The best one of those that can be measured in the same run.
    """

    what: str
    bar: float
    unit: str
    value: Value
    is_most: bool = True
    peer: Peer | None = None

    def is_met(self, value: float) -> bool:
        """Whether a value keeps the bar."""
        return value <= self.bar if self.is_most else value >= self.bar

    @property
    def command(self) -> str:
        """The command that measures it."""
        commands = {program.name: program.command for program in PROGRAMS}
        return commands.get(self.value.file, f"python -m benchmarks.bench --{self.value.file}")


_POOLED = ("pooled",)
_TEN_AND_FACE = ("searches", "ten + face")
_LEADER, _CLASSICAL = "vantay-leader", "vantay-classical"
_PLAIN_GRAPH = Peer(
    "the straightforward graph",
    Value("leader_extraction", ("leader_extraction", "plain_ms")),
    Value("leader_extraction", ("leader_extraction", "fast_ms")),
)


def _peer(name: str, key: str, own: str = _LEADER) -> Peer:
    """Name a figure of the programs that are run beside the engine."""
    return Peer(name, Value("peers", (name, key)), Value("peers", (own, key)))


def _of_a_million(probe: str, *keys: str, factor: float = 1.0) -> Value:
    """Name a figure of the searches of a million subjects."""
    return Value("index_1m", ("searches", probe, *keys), factor)


BARS = (
    Bar(
        "EER, four FVC sets pooled, LEADER",
        0.7,
        "%",
        Value("fvc", (*_POOLED, "eer"), 100),
        peer=_peer("sourceafis", "eer"),
    ),
    Bar(
        "FNMR at FMR 0.1 %, the same",
        2.0,
        "%",
        Value("fvc", (*_POOLED, "fnmr_at_fmr_1e-3"), 100),
        peer=_peer("sourceafis", "fnmr_at_fmr_1e-3"),
    ),
    Bar(
        "extraction, LEADER, 352×320 px",
        150,
        "ms",
        Value("leader_extraction", ("leader_extraction", "extract_ms")),
        peer=_PLAIN_GRAPH,
    ),
    Bar(
        "extraction, classical",
        30,
        "ms",
        Value("classical_extraction", ("classical_extraction", "extract_ms")),
        peer=_peer("afis-mindtct", "extract_ms", _CLASSICAL),
    ),
    Bar(
        "… its EER, four FVC sets pooled",
        5.0,
        "%",
        Value("fvc_classical", (*_POOLED, "eer"), 100),
        peer=_peer("sourceafis", "eer"),
    ),
    Bar(
        "full comparisons",
        50_000,
        "/s",
        Value("comparison_speed", ("comparison_speed", "full_comparisons_per_s")),
        is_most=False,
        peer=_peer("afis-safis", "comparisons_per_s"),
    ),
    Bar(
        "local comparisons",
        400_000,
        "/s",
        Value("comparison_speed", ("comparison_speed", "local_comparisons_per_s")),
        is_most=False,
    ),
    Bar(
        "template from minutiae (cylinders, sketch, code), 40 minutiae",
        0.5,
        "ms",
        Value("micro", ("micro", "codes/describe_fingers[40]", "time_ms")),
    ),
    Bar(
        "1:N, 1 M subjects, ten fingers and face, mean search",
        50,
        "ms",
        _of_a_million("ten + face", "processor_ms"),
    ),
    Bar(
        "… FNIR at FPIR 0.1 %",
        0.1,
        "%",
        _of_a_million("ten + face", "decision", "fnir", factor=100),
    ),
    Bar(
        "the same, 100,000 subjects, mean search",
        50,
        "ms",
        Value("index_100k", (*_TEN_AND_FACE, "processor_ms")),
    ),
    Bar("… FNIR at FPIR 0.1 %", 0.1, "%", Value("index_100k", (*_TEN_AND_FACE, "decision", "fnir"), 100)),
    Bar(
        "bulk load of templates, two cores",
        500,
        "subjects/s",
        Value("bulk_load_full", ("bulk_load_full", "load_subjects_per_s")),
        is_most=False,
    ),
    Bar("first answer after restart, 1 M subjects", 5, "s", Value("index_1m", ("restart", "warm_s"))),
    Bar(
        "memory of its own, 1 M subjects",
        3,
        "GB",
        Value("index_1m", ("memory", "after_searches", "own"), 1e-9),
    ),
    Bar(
        "kill −9 during writes, writes lost in 200 rounds",
        0,
        "",
        Value("kill_rounds", ("kill_rounds", "findings")),
    ),
)

HEADLINE = (
    (
        "{} from image to template with the network",
        "ms",
        Value("leader_extraction", ("leader_extraction", "extract_ms")),
    ),
    ("{} without", "ms", Value("classical_extraction", ("classical_extraction", "extract_ms"))),
    (
        "{} full comparisons a second",
        "",
        Value("comparison_speed", ("comparison_speed", "full_comparisons_per_s")),
    ),
    (
        "a million subjects searched by ten fingers and the face in {}",
        "ms",
        _of_a_million("ten + face", "processor_ms"),
    ),
    ("by two fingers in {}", "ms", _of_a_million("two", "processor_ms")),
)
"""What the README begins with: text, unit and figure."""
