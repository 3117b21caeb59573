"""How near the hot paths are to what the machine can do: a roofline in one table.

    python -m benchmarks.limits [--json FILE]

The limits are measured in turns with the paths, in one process on one core: how many 64-bit words a second
are combined and their ones counted in the first cache; how many bytes a second are read from, and copied
within, memory larger than the caches; how many are sealed with AES-256-GCM; how many reach the disk, with a
flush at the end. The work of each path is counted, not guessed: words of cylinders whose directions are
near, bytes of codes that a scan reads, bytes of the database that a load leaves. The share of a limit says
what is left to gain if nothing else were to be done; what else there is stands in docs/performance.md.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.harness.figures_file import FiguresFile
from benchmarks.harness.instructions import INSPECTED, count_vector_popcounts
from benchmarks.harness.limit import Limit, measure_in_turns
from benchmarks.harness.limit_paths import make_paths
from benchmarks.harness.printing import make_table, open_console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Reached:
    """One path beside its limit.

    Attributes
    ----------
    path : str
    limit : Limit
    work : float
        Words or bytes of an item.
    item : str
        What one is.
    per_s, limit_per_s : float
        Words or bytes a second, of the path and of the machine.
    """

    path: str
    limit: Limit
    work: float
    item: str
    per_s: float
    limit_per_s: float

    @property
    def share(self) -> float:
        """Of the limit, 0 to 1 and, where a cache helps more than thought, above."""
        return self.per_s / self.limit_per_s


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15, help="turns of each (default 15)")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    arguments = parser.parse_args()
    file = FiguresFile(arguments)
    reached = measure(arguments.rounds)
    popcounts = {name: count_vector_popcounts(kernel) for name, kernel in INSPECTED.items()}
    console = open_console()
    console.print("Share of the machine's limit, one core, one thread", style="bold")
    console.print(table_of(reached))
    for name, counts in popcounts.items():
        console.print(f"{name}: {words_of(counts)}", highlight=False, markup=False)
    file.write(figures_of(reached, popcounts))


def measure(n_rounds: int) -> list[Reached]:
    """Measure each path in turns with its limit."""
    found = []
    with make_paths() as paths:
        for path in paths:
            path_s, limit_s, limit_work = measure_in_turns(path.call, path.limit, n_rounds, path.before)
            found.append(
                Reached(
                    path.name,
                    path.limit,
                    path.work / path.n_items,
                    path.item,
                    path.work / path_s,
                    limit_work / limit_s,
                )
            )
    return found


def table_of(reached: list[Reached]) -> Table:
    """Lay out a row for each path."""
    table = make_table("path", "limit", "work", "reached", "machine", "share", n_words=2)
    for one in reached:
        unit = one.limit.unit
        table.add_row(
            one.path,
            one.limit.value,
            f"{one.work:,.0f} {unit} a {one.item}",
            f"{one.per_s / 1e9:.3g} G{unit[0]}/s",
            f"{one.limit_per_s / 1e9:.3g} G{unit[0]}/s",
            f"{100 * one.share:.1f} %",
        )
    return table


def words_of(counts: dict[str, int]) -> str:
    """Say which instructions count ones."""
    told = [f"{n} {name}" for name, n in counts.items() if n]
    return f"{', '.join(told)} in the machine code" if told else "no popcount instruction in the machine code"


def figures_of(reached: list[Reached], popcounts: dict[str, dict[str, int]]) -> dict[str, Any]:
    """Name everything for programs."""
    return {
        "shares": {
            f"{one.path}, {one.limit.value}": {
                "share": round(one.share, 4),
                "work": round(one.work, 1),
                "reached_per_s": round(one.per_s),
                "limit_per_s": round(one.limit_per_s),
            }
            for one in reached
        },
        "instructions": popcounts,
    }


if __name__ == "__main__":
    main()
