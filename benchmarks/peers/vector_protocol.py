"""The protocol of vectors, for any index: build it, then search for one probe after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from benchmarks.peers.peer import Figures, VectorPeer
from benchmarks.peers.vector_data import N_NEIGHBOURS, VectorData, VectorPlan

N_BEST = 100
N_WARM = 3


def measure_vectors(make: Callable[[], VectorPeer], plan: VectorPlan) -> Iterator[Figures]:
    """Index all vectors, then search with all probes.

    Parameters
    ----------
    make : callable
        Gives the peer.
    plan : VectorPlan
        Whose vectors are there.

    Yields
    ------
    Figures
        ``build_s`` and ``search_ms``, processor time, the latter of a search for `N_BEST`, the mean;
        ``bytes_per_vector``, how much larger the process was when all were indexed; ``mates_first`` and
        ``mates_listed``, the share of probes whose mate is the first, or among the `N_BEST`;
        ``nearest_found``, the share of the exact `N_NEIGHBOURS` nearest that are among as many of the list.
    """
    peer, data = make(), plan.read()
    before, start = resident_bytes(), time.process_time()
    peer.build(data.vectors)
    figures: Figures = {
        "n_vectors": len(data.vectors),
        "build_s": time.process_time() - start,
        "bytes_per_vector": (resident_bytes() - before) / len(data.vectors),
    }
    yield figures
    for probe in data.probes[:N_WARM]:
        peer.search(probe, N_BEST)
    start = time.process_time()
    found = [peer.search(probe, N_BEST) for probe in data.probes]
    figures["search_ms"] = (time.process_time() - start) * 1e3 / len(data.probes)
    yield figures | recalls(found, data)


def recalls(found: list[np.ndarray[tuple[int, ...], np.dtype[np.int64]]], data: VectorData) -> Figures:
    """Compute the shares of what should be found that was."""
    pairs = list(zip(found, data.mates, strict=True))
    overlap = [
        len(np.intersect1d(rows[:N_NEIGHBOURS], exact)) / len(exact)
        for rows, exact in zip(found, data.nearest, strict=True)
    ]
    return {
        "mates_first": float(np.mean([mate in rows[:1] for rows, mate in pairs])),
        "mates_listed": float(np.mean([mate in rows for rows, mate in pairs])),
        "nearest_found": float(np.mean(overlap)),
        "n_probes": len(pairs),
    }


def resident_bytes() -> int:
    """Tell how much of this process is in memory."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0
