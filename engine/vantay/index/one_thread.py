"""How many threads FAISS takes for a search."""

from __future__ import annotations

import faiss


def search_in_one_thread() -> None:
    """Let FAISS take no threads beside the calling one, for searches of this thread.

    Where several searches run at once, each on a thread of its own, more would stand in each other's way.
    """
    faiss.omp_set_num_threads(1)
