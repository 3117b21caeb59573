"""The elastic alignment as one would explain it: predict, pair, repeat; one minutia at a time, in angles.

Decisions hang on comparisons of numbers, and the engine computes in 32 bits: `closest_call` says how near
the nearest decision was, so that a test knows when two right answers may differ.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from vantay.fingerprint.comparison.parameters import AlignmentParameters

Minutia = tuple[float, float, float, float]
"""x_px, y_px with y up, direction_rad, weight by quality."""

HalfPlanes = Sequence[tuple[float, float, float]]


@dataclass
class NaiveAlignment:
    """Pairs of one seed; empty if fewer than three were found in any round."""

    partner: dict[int, int]
    overlap: float = 0.0
    fit: float = 0.0
    closest_call: float = math.inf


@dataclass
class _Round:
    """The prints, and the nearest that any decision came to going the other way."""

    a: Sequence[Minutia]
    b: Sequence[Minutia]
    p: AlignmentParameters
    calls: list[float] = field(default_factory=list)

    def is_within(self, value: float, limit: float) -> bool:
        self.calls.append(abs(value - limit) / limit)
        return value <= limit


def naive_align(
    a: Sequence[Minutia],
    b: Sequence[Minutia],
    hulls: tuple[HalfPlanes, HalfPlanes],
    start: Mapping[int, int],
    p: AlignmentParameters,
) -> NaiveAlignment:
    """Grow one alignment from the pairs of a seed."""
    there = _Round(a, b, p)
    partner = dict(start)
    cost: dict[int, float] = {}
    for _ in range(p.n_iterations):
        predictions = [naive_prediction(i, a, b, partner, p) for i in range(len(a))]
        partner, cost = _pair(there, predictions, partner)
        if len(partner) < 3:
            return NaiveAlignment({}, closest_call=min(there.calls, default=math.inf))
    weight = {i: math.sqrt(a[i][3] * b[j][3]) for i, j in partner.items()}
    closeness = sum(weight[i] * (1 - cost[i] / 2) for i in partner)
    backwards = {j: i for i, j in partner.items()}
    back = [naive_prediction(j, b, a, backwards, p) for j in range(len(b))]
    seen_a = _seen(there, a, set(partner), predictions, hulls[1])
    seen_b = _seen(there, b, set(backwards), back, hulls[0])
    overlap = math.sqrt(seen_a * seen_b)
    return NaiveAlignment(
        partner, overlap, closeness**2 / max(overlap, 1), min(there.calls, default=math.inf)
    )


def naive_prediction(
    i: int, a: Sequence[Minutia], b: Sequence[Minutia], partner: Mapping[int, int], p: AlignmentParameters
) -> tuple[float, float, float]:
    """Where minutia i would lie in the other print: the weighted rigid motion of the pairs (Procrustes)."""
    x, y, direction, _ = a[i]
    weights = {q: naive_say(math.dist(a[q][:2], (x, y)), p) * (p.own_share if q == i else 1) for q in partner}
    total = sum(weights.values())
    centre_a = [sum(w * a[q][axis] for q, w in weights.items()) / total for axis in (0, 1)]
    centre_b = [sum(w * b[partner[q]][axis] for q, w in weights.items()) / total for axis in (0, 1)]
    cos_sum = sin_sum = 0.0
    for q, w in weights.items():
        ax, ay = a[q][0] - centre_a[0], a[q][1] - centre_a[1]
        bx, by = b[partner[q]][0] - centre_b[0], b[partner[q]][1] - centre_b[1]
        turn = b[partner[q]][2] - a[q][2]
        cos_sum += w * (ax * bx + ay * by + p.direction_weight_px**2 * math.cos(turn))
        sin_sum += w * (ax * by - ay * bx + p.direction_weight_px**2 * math.sin(turn))
    rotation = math.atan2(sin_sum, cos_sum)
    c, s = math.cos(rotation), math.sin(rotation)
    dx, dy = x - centre_a[0], y - centre_a[1]
    return centre_b[0] + c * dx - s * dy, centre_b[1] + s * dx + c * dy, direction + rotation


def naive_say(distance_px: float, p: AlignmentParameters) -> float:
    """A pair's say in the prediction of a minutia: a quarter at `reach_px`."""
    return 1 / (1 + (distance_px / p.reach_px) ** 2) ** 2


def _pair(
    there: _Round, predictions: Sequence[tuple[float, float, float]], before: Mapping[int, int]
) -> tuple[dict[int, int], dict[int, float]]:
    """Each takes the cheapest within the tolerances; of two that take the same the cheaper keeps it."""
    owner: dict[int, tuple[float, int]] = {}
    for i, prediction in enumerate(predictions):
        choice = _cheapest(there, prediction)
        if choice is None or not _is_near_a_pair(there, i, before):
            continue
        cost, j = choice
        if j in owner:
            there.calls.append(abs(cost - owner[j][0]))
        owner[j] = min(owner.get(j, (math.inf, -1)), (cost, i))
    return {i: j for j, (_, i) in owner.items()}, {i: cost for cost, i in owner.values()}


def _cheapest(there: _Round, prediction: tuple[float, float, float]) -> tuple[float, int] | None:
    p = there.p
    found = []
    for j, (x, y, direction, _) in enumerate(there.b):
        place = math.dist(prediction[:2], (x, y)) ** 2 / p.distance_px**2
        chord = math.sin(math.remainder(prediction[2] - direction, 2 * math.pi) / 2)
        turn = chord**2 / math.sin(p.direction_rad / 2) ** 2
        if there.is_within(max(place, turn), 1):
            found.append((place + turn, j))
    found.sort()
    if len(found) > 1:
        there.calls.append(found[1][0] - found[0][0])
    return found[0] if found else None


def _is_near_a_pair(there: _Round, i: int, partner: Mapping[int, int]) -> bool:
    """Whether a paired minutia at another place is near enough for a prediction."""
    distances = [math.dist(there.a[i][:2], there.a[q][:2]) for q in partner]
    nearest = min((d for d in distances if d > 0), default=math.inf)
    return there.is_within(nearest, there.p.extrapolation_px)


def _seen(
    there: _Round,
    points: Sequence[Minutia],
    paired: set[int],
    predictions: Sequence[tuple[float, float, float]],
    hull: HalfPlanes,
) -> float:
    """Weight of the minutiae that are paired or fall inside the other print's hull, margin included."""
    total = 0.0
    for i, (_, _, _, weight) in enumerate(points):
        x, y, _ = predictions[i]
        outside = max(nx * x + ny * y - d for nx, ny, d in hull)
        if i in paired or there.is_within(outside, there.p.overlap_margin_px):
            total += weight
    return total
