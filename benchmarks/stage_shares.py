"""Where the time of the hot paths goes: shares of processor time by stage.

    python -m benchmarks.stage_shares [--json FILE]

Kernels are called by themselves on the same input, the least of many calls of each; shares are of their sum.
Writes and reads of the store are profiled by function, which makes Python look dearer than it is. LEADER is
told by operator, from ONNX Runtime's own profile; it is left out where the model is not built.
"""

from __future__ import annotations

import argparse
import cProfile
import itertools
import json
import pstats
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from benchmarks.harness.figures_file import FiguresFile
from benchmarks.harness.printing import make_table, open_console
from benchmarks.harness.timing import least_s
from benchmarks.micro.samples import (
    columns,
    enrolments,
    pack,
    prepared_probes,
    print_image,
    renamed,
    templates,
)

from vantay.fingerprint.comparison import PreparedTemplate, TemplatePack
from vantay.fingerprint.comparison.alignment import align
from vantay.fingerprint.comparison.cylinders import NO_VALUES, build_cylinders_of_many, room_for_values
from vantay.fingerprint.comparison.evidence import log_odds, sum_paired_similarity
from vantay.fingerprint.comparison.hull import hulls_of_many
from vantay.fingerprint.comparison.local import find_local_pairs
from vantay.fingerprint.comparison.parameters import PARAMETERS
from vantay.fingerprint.comparison.prepared import TABLES, prepare_many, quality_weights
from vantay.fingerprint.comparison.relaxation import relax_pairs
from vantay.fingerprint.comparison.sketch import Sketches
from vantay.fingerprint.comparison.stages import LOCAL_TABLES
from vantay.fingerprint.fixed_length import finger_codes
from vantay.store import Store
from vantay_models.build import LEADER_BUILDER
from vantay_models.cache import model_cache_dir, read_model
from vantay_models.manifest import read_manifest

N_MINUTIAE, N_TEMPLATES = 40, 64
N_CALLS = 30
N_RUNS = 8
N_PEOPLE, N_ENROLLED = 1000, 50
MAX_STAGES = 8

Shares = dict[str, float]

_PLACES = {
    "sqlite3.Connection": "SQLite: commit",
    "sqlite3": "SQLite: statements and rows",
    "sqlalchemy": "SQLAlchemy",
    "cryptography": "sealing and opening",
    "vantay/store/sealing": "sealing and opening",
    "vantay/store/packing": "packing and unpacking of templates",
    "vantay": "the rest of the store",
}
"""What part of a function's name tells where it belongs; the first that fits."""


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, help="write the shares to this file as well")
    file = FiguresFile(parser.parse_args())
    probes = prepared_probes(N_MINUTIAE)
    strangers = pack(N_TEMPLATES, N_MINUTIAE)
    found = {
        "comparison, non-mated": comparison_shares([(probe, strangers) for probe in probes]),
        "comparison, mated": comparison_shares(
            [(probe, TemplatePack.of([probe] * N_TEMPLATES)) for probe in probes]
        ),
        "template to pack": pack_shares(),
        "template to sketch and code": description_shares(),
        "LEADER, by operator": leader_shares(),
        **store_shares(),
    }
    console = open_console()
    for name, shares in found.items():
        table = make_table(name, "share")
        for stage, share in sorted(shares.items(), key=lambda item: -item[1])[:MAX_STAGES]:
            table.add_row(stage, f"{100 * share:.0f} %")
        console.print(table)
    file.write({"stages": found})


def shares_of(times: Mapping[str, float]) -> Shares:
    """Divide times by their sum."""
    total = sum(times.values())
    return {name: round(value / total, 4) for name, value in times.items()} if total else {}


def processor_s(call: Callable[[], object]) -> float:
    """Give the least processor time of a call."""
    return least_s(call, N_CALLS)


def comparison_shares(tasks: Sequence[tuple[PreparedTemplate, TemplatePack]]) -> Shares:
    """Tell the stages of comparisons, of probes in turn, each with many."""
    each = [comparison_stages(probe, references) for probe, references in tasks]
    return shares_of(
        {name: processor_s(lambda name=name: [stages[name]() for stages in each]) for name in each[0]}  # type: ignore[misc]
    )


def comparison_stages(probe: PreparedTemplate, references: TemplatePack) -> dict[str, Callable[[], object]]:
    """Make the stages of one comparison with many callable, each with what the stages before it gave."""
    which = np.arange(len(references), dtype=np.int64)
    relaxation = (PARAMETERS.relaxation, LOCAL_TABLES.pair_counts)
    pairs = find_local_pairs(probe, references, which, LOCAL_TABLES)
    relaxed = relax_pairs(probe, references, which, pairs, relaxation)
    alignments = align(probe, references, which, pairs, relaxed, PARAMETERS.alignment)
    paired = sum_paired_similarity(probe, references, which, alignments)
    return {
        "local stage": lambda: find_local_pairs(probe, references, which, LOCAL_TABLES),
        "relaxation": lambda: relax_pairs(probe, references, which, pairs, relaxation),
        "alignment": lambda: align(probe, references, which, pairs, relaxed, PARAMETERS.alignment),
        "evidence of pairs": lambda: sum_paired_similarity(probe, references, which, alignments),
        "log odds": lambda: log_odds(paired, alignments, relaxed, PARAMETERS.score),
    }


def pack_shares() -> Shares:
    """Tell the steps from minutiae to a pack."""
    x, y, angle, quality, offsets = columns(templates(N_TEMPLATES, N_MINUTIAE))
    places = (x.astype(np.float32), -y.astype(np.float32), angle)
    cylinders = processor_s(lambda: build_cylinders_of_many(places, offsets, offsets, TABLES, NO_VALUES))
    hulls = processor_s(lambda: hulls_of_many(places[0], places[1], offsets))
    whole = processor_s(lambda: prepare_many(x, y, angle, quality, offsets))
    laying_out = max(0.0, whole - cylinders - hulls)  # less than their noise
    return shares_of({"cylinders": cylinders, "hulls": hulls, "laying out": laying_out})


def description_shares() -> Shares:
    """Tell the steps from minutiae to sketch and code."""
    x, y, angle, quality, offsets = columns(templates(16, N_MINUTIAE))
    places, weights = (x.astype(np.float32), -y.astype(np.float32), angle), quality_weights(quality)
    values = room_for_values(x.shape[0])
    words = build_cylinders_of_many(places, offsets, offsets, TABLES, values)
    return shares_of(
        {
            "cylinders, with their numbers": processor_s(
                lambda: build_cylinders_of_many(places, offsets, offsets, TABLES, values)
            ),
            "sketches": processor_s(lambda: Sketches.of_columns(words, angle, weights, offsets)),
            "pooling": processor_s(lambda: finger_codes(values, TABLES.turns[angle], weights, offsets)),
        }
    )


def leader_shares() -> Shares:
    """Tell the operators of the network; nothing where it is not built."""
    file = model_cache_dir() / read_manifest()["leader"].file
    if not file.is_file():
        return {}
    data, _ = read_model(file, builder=LEADER_BUILDER)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.enable_profiling = 1, True
    with tempfile.TemporaryDirectory(prefix="vantay-shares-") as folder:
        options.profile_file_prefix = str(Path(folder) / "profile")
        session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        pixels = print_image().pixels[None, None]
        for _ in range(N_RUNS):
            session.run(
                ["place", "quality", "attributes"],
                {"image": pixels, "threshold": np.array([0.3], np.float32)},
            )
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    least: dict[tuple[str, str], float] = {}
    for event in events:
        if event["name"].endswith("kernel_time"):
            key = event["args"]["op_name"], event["name"]
            least[key] = min(least.get(key, float("inf")), event["dur"])
    times: dict[str, float] = {}
    for (operator, _), us in least.items():
        times[operator] = times.get(operator, 0.0) + us
    return shares_of(times)


def store_shares() -> dict[str, Shares]:
    """Tell where a load, an enrolment and a page of the store spend the processor's time."""
    numbers = itertools.count()
    with (
        tempfile.TemporaryDirectory(prefix="vantay-shares-") as folder,
        Store.open(Path(folder) / "people.db") as store,
    ):
        people = enrolments(N_PEOPLE)
        store.load(renamed(people, next(numbers)))
        rows, single = renamed(people, next(numbers)), renamed(people, next(numbers))[:N_ENROLLED]

        def enrol() -> None:
            for row in single:
                assert row.encounter is not None
                store.enrol(row.encounter)

        return {
            f"load of {N_PEOPLE:,} subjects": profiled(lambda: store.load(rows)),
            "enrolment of one": profiled(enrol),
            "page of 500 subjects": profiled(lambda: store.page_since(0, limit=500)),
        }


def profiled(call: Callable[[], object]) -> Shares:
    """Tell in which functions a call spends its own time, by place."""
    profile = cProfile.Profile(time.process_time)
    profile.runcall(call)
    times: dict[str, float] = {}
    for (file, _, function), row in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        place = _place_of(f"{file} {function}")
        times[place] = times.get(place, 0.0) + row[2]
    return shares_of(times)


def _place_of(name: str) -> str:
    return next((place for part, place in _PLACES.items() if part in name), "Python's own")


if __name__ == "__main__":
    main()
