"""Who in a gallery seems to be the same person as a subject of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from vantay.errors import IncompatibleTemplate
from vantay.search.exhaustive import IdentifyResult
from vantay.search.fusion import correct_for_tries
from vantay.search.indexed.building import SearchFinger
from vantay.search.indexed.pair_journal import FoundPair
from vantay.search.indexed.row_probe import all_probes, best_probe
from vantay.search.indexed.search import IndexProbe, Place, identify_indexed
from vantay.search.indexed.sequence_check import check_sequence
from vantay.search.indexed.snapshot import IndexSnapshot
from vantay.types import FingerPosition
from vantay_models.entry import Calibration


@dataclass(frozen=True, slots=True, eq=False)
class PairSearch:
    """Searches of subjects of a snapshot among the others. Any number of threads may use it.

    Attributes
    ----------
    snapshot : IndexSnapshot
        All of them.
    calibration : Calibration, optional
        Of the face model; without it, faces are left out.
    is_thorough : bool
        Whether all samples of a subject are searched. In a round of everyone the best ones do: a sample that
        they leave out is compared when its owner is the probe.
    checks_sequence, max_candidates, target_fpir
        As for `SearchOptions`.
    """

    snapshot: IndexSnapshot
    calibration: Calibration | None
    is_thorough: bool
    checks_sequence: bool
    max_candidates: int
    target_fpir: float

    def pairs_of(self, place: Place) -> list[FoundPair]:
        """Search one subject; nobody is found for one with whom no other has a sample in common."""
        if self.is_thorough:
            probes = all_probes(self.snapshot, place, self.calibration)
        else:
            probes = [best_probe(self.snapshot, place, self.calibration)]
        probe_id = self.snapshot.parts[place[0]].part.subject_id(place[1])
        pairs = []
        for probe in probes:
            try:
                pairs += _pairs(probe_id, self._identify(probe), len(probes))
            except IncompatibleTemplate:
                continue
        return pairs

    def _identify(self, probe: IndexProbe) -> IdentifyResult:
        def search(laid: Mapping[FingerPosition, SearchFinger]) -> IdentifyResult:
            return identify_indexed(
                replace(probe, fingers=laid),
                self.snapshot,
                max_candidates=self.max_candidates,
                target_fpir=self.target_fpir,
            )

        found = search(probe.fingers)
        if self.checks_sequence and probe.fingers:
            return check_sequence(found, probe.fingers, search)
        return found


def _pairs(probe_id: str, found: IdentifyResult, n_tries: int) -> list[FoundPair]:
    """Take the matches of one of several searches of a subject: their scores pay for the others."""
    pairs = [
        FoundPair(
            probe_id,
            match.subject_id,
            float(correct_for_tries(match.score, n_tries)),
            found.threshold,
            {position.name: score for position, score in match.finger_scores.items()},
            match.face_score,
            found.arrangement,
        )
        for match in found.matches
    ]
    return [pair for pair in pairs if pair.score >= pair.threshold]
