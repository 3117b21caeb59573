"""What comparisons found, to the wire."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vantay.intake.result import CheckedCandidate
from vantay.search import IdentifyResult, SampleFailure
from vantay.types import Candidate, FingerPosition
from vantay_service.v1 import evidence_pb2 as pb
from vantay_service.v1.samples_pb2 import FINGER_POSITION_UNSPECIFIED
from vantay_service.v1.samples_pb2 import FingerPosition as WirePosition


def write_position(position: FingerPosition | None) -> WirePosition.ValueType:
    """Tell which finger; the face has none."""
    return FINGER_POSITION_UNSPECIFIED if position is None else WirePosition.ValueType(int(position))


def write_finger_scores(scores: Mapping[FingerPosition, float]) -> list[pb.FingerScore]:
    """Tell the score of each finger, in the order of positions."""
    return [pb.FingerScore(position=write_position(p), score=scores[p]) for p in sorted(scores)]


def write_candidates(result: IdentifyResult) -> list[pb.Candidate]:
    """Tell whom a search found."""
    return [_write_candidate(c, is_match=result.is_match(c)) for c in result.candidates]


def _write_candidate(candidate: Candidate, *, is_match: bool) -> pb.Candidate:
    return pb.Candidate(
        rank=candidate.rank,
        subject_id=candidate.subject_id,
        score=candidate.score,
        is_match=is_match,
        finger_scores=write_finger_scores(candidate.finger_scores),
        face_score=candidate.face_score,
    )


def write_checked_candidates(candidates: Sequence[CheckedCandidate]) -> list[pb.Candidate]:
    """Tell whom the search of a check found."""
    return [
        pb.Candidate(
            rank=rank,
            subject_id=candidate.subject_id,
            score=candidate.score,
            is_match=candidate.is_match,
            is_claimed=candidate.is_claimed,
            finger_scores=write_finger_scores(candidate.finger_scores),
            face_score=candidate.face_score,
        )
        for rank, candidate in enumerate(candidates, start=1)
    ]


def write_probe(
    qualities: Mapping[FingerPosition, int], face_quality: int | None, failures: Sequence[SampleFailure]
) -> pb.ProbeReport:
    """Tell what became of the samples of a probe."""
    told = [pb.SampleQuality(position=write_position(p), quality=qualities[p]) for p in sorted(qualities)]
    if face_quality is not None:
        told.append(pb.SampleQuality(position=FINGER_POSITION_UNSPECIFIED, quality=face_quality))
    return pb.ProbeReport(
        qualities=told,
        failures=[
            pb.SampleFailure(position=write_position(f.position), reason=f.reason, message=f.message)
            for f in failures
        ],
    )


def write_timings(timings_ms: Mapping[str, float]) -> list[pb.StageTime]:
    """Tell where the time went, in the order of the stages."""
    return [pb.StageTime(stage=stage, duration_ms=ms) for stage, ms in timings_ms.items()]
