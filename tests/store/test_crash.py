"""kill −9 at random moments: what was acknowledged is there, what was not is there whole or not at all."""

from __future__ import annotations

from store.crash_rounds import CrashRounds
from store.places import Place

N_ROUNDS = 3


def test_acknowledged_writes_survive_kill_9(place: Place) -> None:
    rounds = CrashRounds(str(place.location), place.key_file, seed=20260)
    for _ in range(N_ROUNDS):
        rounds.run()
    assert rounds.n_acknowledged >= N_ROUNDS  # many more, where others leave the disk alone
