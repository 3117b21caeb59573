"""The kernel that makes the minutiae of whole fingers.

Chance comes from SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195): the k-th number of a
stream is a hash of its key and k. Arithmetic is + − × ÷ √ and rounding on float64 alone, each of which IEEE
754 defines to the last bit; sines and arc tangents are polynomials. No mathematical library has a say.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from vantay_datasets.synthetic.minutiae.arrays import (
    Arrays,
    Float64s,
    Integer,
    Parameters,
    Real,
    Words,
)

MAX_POINTS = 250
"""Most minutiae of a whole finger."""

X, Y, DIRECTION, STRENGTH, OPENNESS = range(5)
"""Columns of a finger's points."""

N_NODES = 8
"""Of the piecewise linear function of each singularity."""

N_WAVES = 8
"""Waves that make smooth noise."""

PLAIN_ARCH, TENTED_ARCH, LEFT_LOOP, RIGHT_LOOP, TWIN_LOOP, WHORL = range(6)
"""Codes of the classes."""

_PERSON_SHIFT = np.uint64(48)
"""The upper 16 bits of a finger's seed are its person's."""

# Names of random streams: any different numbers.
_PERSON, _TRAITS, _POINTS = np.uint64(0xA1), np.uint64(0xA2), np.uint64(0xA3)

# Columns of the table of singularities: sign, x, y, reach and opening of the hairpin, nodes.
_SIGN, _SX, _SY, _REACH, _OPENING, _NODES = 0, 1, 2, 3, 4, 5

# Entries of a finger's traits.
_WIDTH, _TIP, _MIDDLE, _BASE, _BEND, _RISE, _RISE_Y, _RISE_H, _TWIST, _TX, _TY, _TILT_X, _TILT_Y = range(13)
_N_TRAITS = 13

_HALF_RAD = 0.07957747154594767
"""Half a radian in turns."""


@njit(cache=True, nogil=True, error_model="numpy")
def _mix(word: np.uint64) -> np.uint64:
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@njit(cache=True, nogil=True, error_model="numpy")
def _open(state: Words, seed: np.uint64, name: np.uint64) -> None:
    """Begin the stream of a name and a seed."""
    state[0] = _mix(seed + _mix(name))


@njit(cache=True, nogil=True, error_model="numpy")
def _next(state: Words) -> np.uint64:
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    return _mix(state[0])


@njit(cache=True, nogil=True, error_model="numpy")
def _uniform(state: Words) -> Real:
    """From 0 up to 1."""
    return np.float64(_next(state) >> np.uint64(11)) * 2.0**-53


@njit(cache=True, nogil=True, error_model="numpy")
def _normal(state: Words) -> Real:
    """Nearly normal: the sum of eight uniform numbers of 16 bits."""
    total = np.uint64(0)
    for _ in range(2):
        word = _next(state)
        for _ in range(4):
            total += word & np.uint64(0xFFFF)
            word >>= np.uint64(16)
    return (np.float64(total) - 262140.0) / 53509.92


@njit(cache=True, nogil=True, error_model="numpy")
def _cos(turns: Real) -> Real:
    """Cosine of an angle in turns, within 1e-7."""
    x = (0.25 - abs(turns - math.floor(turns + 0.5))) * 6.283185307179586
    s = x * x
    return x * (1 - s / 6 * (1 - s / 20 * (1 - s / 42 * (1 - s / 72 * (1 - s / 110)))))


@njit(cache=True, nogil=True, error_model="numpy")
def _sin(turns: Real) -> Real:
    return _cos(turns - 0.25)


@njit(cache=True, nogil=True, error_model="numpy")
def _angle(y: Real, x: Real) -> Real:
    """Angle of a vector in turns, −½ to ½, within 2e-6 (Abramowitz and Stegun 1964, 4.4.47)."""
    small, large = min(abs(x), abs(y)), max(abs(x), abs(y))
    if large == 0:
        return 0.0
    r = small / large
    s = r * r
    a = r * (0.9998660 + s * (-0.3302995 + s * (0.1801410 + s * (-0.0851330 + s * 0.0208351))))
    a *= 0.15915494309189535
    a = 0.25 - a if abs(y) > abs(x) else a
    a = 0.5 - a if x < 0 else a
    return -a if y < 0 else a


@njit(cache=True, nogil=True, error_model="numpy")
def _draw_waves(state: Words, scale_px: Real, waves: Float64s) -> None:
    """Waves whose sum is smooth noise of variance 1: rows of wave numbers in turns a pixel, and phase."""
    for k in range(waves.shape[0]):
        waves[k, 0] = _normal(state) / (6.283185307179586 * scale_px)
        waves[k, 1] = _normal(state) / (6.283185307179586 * scale_px)
        waves[k, 2] = _uniform(state)


@njit(cache=True, nogil=True, error_model="numpy")
def _noise(x: Real, y: Real, waves: Float64s) -> Real:
    total = 0.0
    for k in range(waves.shape[0]):
        total += _cos(waves[k, 0] * x + waves[k, 1] * y + waves[k, 2])
    return total * math.sqrt(2.0 / waves.shape[0])


@njit(cache=True, nogil=True, error_model="numpy")
def _bump(square: Real) -> Real:
    """1 at 0, a quarter at 1, 0 far away."""
    return 1 / ((1 + square) * (1 + square))


@njit(cache=True, nogil=True, error_model="numpy")
def _rise(x: Real) -> Real:
    """From −1 far left to 1 far right."""
    return x / math.sqrt(1 + x * x)


@njit(cache=True, nogil=True, error_model="numpy")
def _draw_traits(state: Words, pattern: Integer, size: Real, p: Parameters, traits: Float64s) -> None:
    """Draw what a finger has one of: its outline, and the bends of its ridges."""
    traits[_WIDTH] = p.half_width_px * size * (1 + 0.03 * _normal(state))
    traits[_TIP] = p.tip_px * size * (1 + 0.04 * _normal(state))
    traits[_MIDDLE] = p.middle_px * size * (1 + 0.15 * _normal(state))
    traits[_BASE] = p.base_px * size * (1 + 0.04 * _normal(state))
    traits[_BEND] = p.tip_bend_turns + p.tip_bend_sd_turns * _normal(state)
    rise = p.arch_rise_turns + p.arch_rise_sd_turns * _normal(state)
    traits[_RISE] = rise if pattern == PLAIN_ARCH else 0.0
    traits[_RISE_Y] = -75 + 15 * _normal(state)
    traits[_RISE_H] = 88 + 8 * _normal(state)
    twist = p.whorl_twist_turns * _normal(state)
    if pattern == TWIN_LOOP:
        twist += p.twin_twist_turns if _uniform(state) < 0.5 else -p.twin_twist_turns
    traits[_TILT_X], traits[_TILT_Y] = p.period_tilt * _normal(state), p.period_tilt * _normal(state)
    traits[_TWIST] = twist if pattern >= TWIN_LOOP else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _draw_spots(state: Words, layout: Float64s, p: Parameters, traits: Float64s, spots: Float64s) -> None:
    """Draw cores and deltas around the places that are typical of the class."""
    middle_x, middle_y = p.core_jitter_px * _normal(state), p.core_jitter_px * _normal(state)
    n_cores = 0
    traits[_TX], traits[_TY] = 0.0, 0.0
    for k in range(spots.shape[0]):
        spots[k, _SIGN] = layout[k, 0]
        spots[k, _SX] = middle_x + layout[k, 1] + p.layout_spread * layout[k, 3] * (2 * _uniform(state) - 1)
        spots[k, _SY] = middle_y + layout[k, 2] + p.layout_spread * layout[k, 4] * (2 * _uniform(state) - 1)
        for node in range(N_NODES):
            spots[k, _NODES + node] = p.correction_turns * _normal(state)
        if layout[k, 0] > 0:
            n_cores += 1
            traits[_TX] += (spots[k, _SX] - traits[_TX]) / n_cores
            traits[_TY] += (spots[k, _SY] - traits[_TY]) / n_cores


@njit(cache=True, nogil=True, error_model="numpy")
def _open_loops(p: Parameters, traits: Float64s, spots: Float64s, waves: Float64s) -> None:
    """Find where each core's loop opens to, and how far its ridges run in parallel."""
    for k in range(spots.shape[0]):
        spots[k, _REACH] = 0.0
    for k in range(spots.shape[0]):
        if spots[k, _SIGN] <= 0:
            continue
        nearest = 1e9
        for other in range(spots.shape[0]):
            dx, dy = spots[other, _SX] - spots[k, _SX], spots[other, _SY] - spots[k, _SY]
            if spots[other, _SIGN] < 0:
                nearest = min(nearest, math.sqrt(dx * dx + dy * dy))
        rest = _orientation(spots[k, _SX], spots[k, _SY], (p, traits, spots, waves), k)
        spots[k, _OPENING] = 2 * rest
        spots[k, _REACH] = p.hairpin_reach * nearest


@njit(cache=True, nogil=True, error_model="numpy")
def _orientation(x: Real, y: Real, field: Arrays, skipped: Integer) -> Real:
    """Ridge orientation in turns, without the part of one singularity if that is asked for."""
    p, traits, spots, waves = field
    across = min(max(x / traits[_WIDTH], -1.0), 1.0)
    width = p.bend_px + p.bend_growth * max(y, 0.0)
    theta = -0.5 * traits[_BEND] * _rise(x / width) * (1 + _rise(2 * y / p.tip_fade_px + 1.2))
    if traits[_RISE] != 0:
        along = (y - traits[_RISE_Y]) / traits[_RISE_H]
        theta -= traits[_RISE] * _sin(across / 2) * _bump(0.5 * along * along)
    if traits[_TWIST] != 0:
        dx, dy = (x - traits[_TX]) / p.twist_reach_px, (y - traits[_TY]) / p.twist_reach_px
        theta += traits[_TWIST] * _bump(0.5 * (dx * dx + dy * dy))
    for k in range(spots.shape[0]):
        if spots[k, _SIGN] == 0 or k == skipped:
            continue
        dx, dy = x - spots[k, _SX], y - spots[k, _SY]
        seen = _angle(dy, dx)
        place = (seen + 0.5) * N_NODES
        left = min(int(place), N_NODES - 1)
        share = place - left
        bend = (1 - share) * spots[k, _NODES + left] + share * spots[k, _NODES + (left + 1) % N_NODES]
        theta += 0.5 * spots[k, _SIGN] * (seen + bend)
        if spots[k, _REACH] > 0:
            far = (dx * dx + dy * dy) / (spots[k, _REACH] * spots[k, _REACH])
            theta -= p.hairpin * _HALF_RAD * _bump(0.5 * far) * _sin(seen - spots[k, _OPENING])
    return theta + p.noise_turns * _noise(x, y, waves)


@njit(cache=True, nogil=True, error_model="numpy")
def _is_skin(x: Real, y: Real, traits: Float64s) -> Integer:
    """Whether a place is within the outline: half an ellipse, a straight part, half an ellipse."""
    across = x / traits[_WIDTH]
    along = max(y / traits[_TIP], (-y - traits[_MIDDLE]) / traits[_BASE], 0.0)
    return across * across + along * along < 1


@njit(cache=True, nogil=True, error_model="numpy")
def _density(x: Real, y: Real, p: Parameters, spots: Float64s, waves: Float64s) -> Real:
    """Density of minutiae, 1 in the mean of places without singularities."""
    relative = 1 + p.density_noise * _noise(x, y, waves)
    for k in range(spots.shape[0]):
        if spots[k, _SIGN] != 0:
            dx, dy = x - spots[k, _SX], y - spots[k, _SY]
            relative += p.singular_gain * _bump(
                (dx * dx + dy * dy) / (p.singular_reach_px * p.singular_reach_px)
            )
    return relative


@njit(cache=True, nogil=True, error_model="numpy")
def _scatter(state: Words, n: Integer, field: Arrays, clusters: Float64s, points: Float64s) -> Integer:
    """Throw minutiae until there are n, each where density and its neighbours let it; give their number."""
    p, traits, spots, _ = field
    left, bottom = -traits[_WIDTH], -traits[_MIDDLE] - traits[_BASE]
    width, height = 2 * traits[_WIDTH], traits[_TIP] - bottom
    most = 1 + 2 * p.density_noise + p.singular_gain
    count = 0
    for _ in range(30 * n):
        x, y = left + width * _uniform(state), bottom + height * _uniform(state)
        luck = _uniform(state)
        if count == n:
            break
        if not _is_skin(x, y, traits):
            continue
        nearest = p.soft_core_px * p.soft_core_px
        for i in range(count):
            dx, dy = x - points[i, X], y - points[i, Y]
            nearest = min(nearest, dx * dx + dy * dy)
        room = (math.sqrt(nearest) - p.hard_core_px) / (p.soft_core_px - p.hard_core_px)
        if luck * most < room and luck * most < room * _density(x, y, p, spots, clusters):
            points[count, X], points[count, Y] = x, y
            count += 1
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def _direct(state: Words, n: Integer, field: Arrays, points: Float64s) -> None:
    """Give minutiae their directions: along the ridges, rather to the side where they part."""
    p, traits = field[0], field[1]
    for i in range(n):
        x, y = points[i, X], points[i, Y]
        theta = _orientation(x, y, field, -1)
        step_x, step_y = -4 * _sin(theta), 4 * _cos(theta)
        turn = _orientation(x + step_x, y + step_y, field, -1) - _orientation(
            x - step_x, y - step_y, field, -1
        )
        turn -= 0.5 * math.floor(2 * turn + 0.5)
        # Along the ridges their number grows by the divergence of (cos θ, sin θ) / period.
        wider = _cos(theta) * traits[_TILT_X] + _sin(theta) * traits[_TILT_Y]
        wider += _sin(theta) * p.period_along * _rise((y - p.period_y_px) / p.period_reach_px)
        wider += (
            _cos(theta) * p.period_across * _rise(x / p.period_reach_px) * 0.5 * (1 - _rise((y + 20) / 40))
        )
        parting = (turn * 0.7853981633974483 - wider) / p.parting_per_px
        if _uniform(state) > 0.5 + 0.5 * p.parting_most * _rise(parting):
            theta += 0.5
        error = p.astray_turns if _uniform(state) < p.astray_share else p.direction_sd_turns
        theta += error * _normal(state)
        points[i, DIRECTION] = theta - math.floor(theta)
        points[i, STRENGTH] = _normal(state)
        points[i, OPENNESS] = _normal(state)
    _oppose(state, n, p, points)


@njit(cache=True, nogil=True, error_model="numpy")
def _oppose(state: Words, n: Integer, p: Parameters, points: Float64s) -> None:
    """Turn some of the minutiae that have a close neighbour against it: the ends of a short ridge."""
    for i in range(n):
        nearest, best = p.close_px * p.close_px, -1
        for j in range(i):
            dx, dy = points[i, X] - points[j, X], points[i, Y] - points[j, Y]
            if dx * dx + dy * dy < nearest:
                nearest, best = dx * dx + dy * dy, j
        luck = _uniform(state)
        if best >= 0 and luck < p.close_opposed:
            gap = points[i, DIRECTION] - points[best, DIRECTION]
            gap -= math.floor(gap + 0.5)
            if abs(gap) < 0.25:
                points[i, DIRECTION] += 0.5 if points[i, DIRECTION] < 0.5 else -0.5


@njit(cache=True, nogil=True, error_model="numpy")
def _choose_class(state: Words, shared: Real, p: Parameters, limits: Float64s) -> Integer:
    """Rank of a finger's class by pattern intensity: the person's share of it, and the finger's own."""
    own = _normal(state)
    intensity = math.sqrt(p.class_correlation) * shared + math.sqrt(1 - p.class_correlation) * own
    rank = 0
    for limit in limits:
        rank += intensity >= limit
    return rank


@njit(cache=True, nogil=True, error_model="numpy")
def _master_kernel(fingers: Arrays, tables: Arrays, p: Parameters, out: Arrays) -> None:
    """Make the points of each finger; coordinates are those of the finger at its age."""
    seeds, positions, scales = fingers
    limits, class_of_rank, layouts, finger_size = tables
    points, counts, patterns = out
    state = np.zeros(1, np.uint64)
    traits = np.empty(_N_TRAITS)
    spots = np.empty((layouts.shape[1], _NODES + N_NODES))
    waves, clusters = np.empty((N_WAVES, 3)), np.empty((N_WAVES, 3))
    # Doubles only: how two types mix differs between compilers.
    exact = np.empty((MAX_POINTS, OPENNESS + 1))
    for f in range(seeds.shape[0]):
        _open(state, seeds[f] >> _PERSON_SHIFT, _PERSON)
        shared_class, shared_size = _normal(state), _normal(state)
        _open(state, seeds[f], _TRAITS)
        pattern = class_of_rank[positions[f], _choose_class(state, shared_class, p, limits[positions[f]])]
        size = finger_size[positions[f]] * (1 + p.size_sd * 0.7071 * (shared_size + _normal(state)))
        _draw_traits(state, pattern, size, p, traits)
        _draw_spots(state, layouts[pattern], p, traits, spots)
        _draw_waves(state, p.noise_scale_px, waves)
        _draw_waves(state, p.density_scale_px, clusters)
        _open_loops(p, traits, spots, waves)
        area = traits[_WIDTH] * (2 * traits[_MIDDLE] + 1.5707963 * (traits[_TIP] + traits[_BASE]))
        density = p.density_per_px2 * max(1 + p.density_sd * _normal(state), 0.3)
        n = min(int(area * density), MAX_POINTS)
        _open(state, seeds[f], _POINTS)
        field = (p, traits, spots, waves)
        counts[f] = _scatter(state, n, field, clusters, exact)
        _direct(state, counts[f], field, exact)
        patterns[f] = pattern
        exact[: counts[f], : Y + 1] *= scales[f]
        points[f, : counts[f]] = exact[: counts[f]]
