"""The result of a deduplication: JSON lines, a pair a line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from vantay.index.array_file import replacing
from vantay.search.indexed.pair_journal import FoundPair


def write_pairs(path: Path, pairs: Sequence[FoundPair]) -> None:
    """Write pairs, whole or not at all; only the owner may read the file.

    Raises
    ------
    StoreUnavailable
        If it cannot be written; what was there is still there.
    """
    with replacing(path) as file:
        for pair in pairs:
            file.write(json.dumps(_pair_json(pair), ensure_ascii=False).encode() + b"\n")


def _pair_json(pair: FoundPair) -> dict[str, object]:
    return {
        "subject_ids": pair.subject_ids,
        "probe_id": pair.probe_id,
        "score": round(pair.score, 3),
        "threshold": round(pair.threshold, 3),
        "finger_scores": {name: round(score, 3) for name, score in pair.finger_scores.items()},
        "face_score": None if pair.face_score is None else round(pair.face_score, 3),
        "arrangement": pair.arrangement,
    }
