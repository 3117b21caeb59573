"""The kernel that makes impressions: what a touch of a sensor leaves of a finger's minutiae.

Its random numbers and its arithmetic are those of `master_kernel`, with the same promise. They stand here
once more because numba's cache does not notice an edit in another file.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from vantay_datasets.synthetic.minutiae.arrays import (
    Arrays,
    Float64s,
    Int64s,
    Integer,
    Parameters,
    Real,
    Words,
)

MAX_MINUTIAE = 255

# Columns of a finger's points, as in `master_kernel`.
_X, _Y, _DIRECTION, _STRENGTH, _OPENNESS = range(5)

_N_WAVES = 6
_PERSON_SHIFT = np.uint64(48)
_PERSON, _FINGER, _ENCOUNTER, _TOUCH, _MARKS = (
    np.uint64(0xB1),
    np.uint64(0xB2),
    np.uint64(0xB3),
    np.uint64(0xB4),
    np.uint64(0xB5),
)

# Entries of the traits of a touch.
(
    _A, _B, _OX, _OY, _COS, _SIN, _TURN, _PX, _PY, _XX, _XY, _YX, _YY, _BENDING, _CLARITY
) = range(15)  # fmt: skip
_N_TRAITS = 15


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
def _percent(logit: Real, logits: Float64s) -> Integer:
    """100 times the logistic function, rounded: by a table of the values where it changes."""
    low, high = 0, logits.shape[0]
    while low < high:
        middle = (low + high) // 2
        if logits[middle] <= logit:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True, error_model="numpy")
def _draw_touch(state: Words, seeds: Arrays, scale: Real, settings: Arrays, traits: Float64s) -> None:
    """Draw what an impression has one of: place and size of the contact, stretch, clarity."""
    finger, impression = seeds
    p, sensors, _ = settings
    _open(state, finger >> _PERSON_SHIFT, _PERSON)
    clarity = (
        p.clarity - p.small_loss * max(p.small_scale - scale, 0.0) + 0.7071 * p.finger_sd * _normal(state)
    )
    _open(state, impression >> _PERSON_SHIFT, _ENCOUNTER)
    clarity += 0.7071 * p.impression_sd * _normal(state)
    _open(state, finger, _FINGER)
    clarity += 0.7071 * p.finger_sd * _normal(state)
    worn, loss = _uniform(state) < p.worn_share, p.worn_loss * _uniform(state)
    sensor = sensors[min(int(_uniform(state) * sensors.shape[0]), sensors.shape[0] - 1)]
    _open(state, finger ^ _mix(impression), _TOUCH)
    best = _normal(state)
    for _ in range(p.n_retakes):
        best = max(best, _normal(state))
    traits[_CLARITY] = clarity - (loss if worn else 0.0) + 0.7071 * p.impression_sd * best
    traits[_A] = min(sensor[0], sensor[0] * scale * 1.1) * max(1 + p.contact_sd * _normal(state), 0.3)
    traits[_B] = min(sensor[1], sensor[1] * scale * 1.1) * max(1 + p.contact_sd * _normal(state), 0.3)
    traits[_OX] = p.offset_px * _normal(state)
    traits[_OY] = p.offset_px * _normal(state) - sensor[2] * scale
    traits[_TURN] = p.rotation_turns * _normal(state)
    traits[_COS], traits[_SIN] = _cos(traits[_TURN]), _cos(traits[_TURN] - 0.25)
    traits[_PX] = 0.5 * p.width_px + p.placing_px * _normal(state)
    traits[_PY] = 0.5 * p.height_px + p.placing_px * _normal(state)
    luck = _uniform(state)
    force = 1 + p.bending_spread * (3 * luck * luck - 1)
    traits[_BENDING] = p.bending_px * force
    traits[_XX], traits[_YY] = 1 + p.strain * force * _normal(state), 1 + p.strain * force * _normal(state)
    traits[_XY], traits[_YX] = p.strain * force * _normal(state), p.strain * force * _normal(state)


@njit(cache=True, nogil=True, error_model="numpy")
def _inside(x: Real, y: Real, p: Parameters, traits: Float64s, rag: Float64s) -> Real:
    """How far inside the contact a place of the finger is: 1 in the middle, 0 at the edge, less outside."""
    dx, dy = (x - traits[_OX]) / traits[_A], (y - traits[_OY]) / traits[_B]
    return 1 - dx * dx - dy * dy + p.ragged * _noise(x, y, rag)


@njit(cache=True, nogil=True, error_model="numpy")
def _bend(x: Real, y: Real, traits: Float64s, bending: Float64s) -> tuple[Real, Real]:
    """Give where a place of the finger is in the image, x right and y up from the contact's middle."""
    dx, dy = x - traits[_OX], y - traits[_OY]
    u = dx * traits[_XX] + dy * traits[_XY] + traits[_BENDING] * _noise(x, y, bending[:_N_WAVES])
    v = dx * traits[_YX] + dy * traits[_YY] + traits[_BENDING] * _noise(x, y, bending[_N_WAVES:])
    return u * traits[_COS] - v * traits[_SIN], u * traits[_SIN] + v * traits[_COS]


@njit(cache=True, nogil=True, error_model="numpy")
def _mark(
    state: Words, minutia: Arrays, n: Integer, settings: Arrays, touch: Arrays, rows: Int64s
) -> Integer:
    """Write down a minutia as the extractor finds it, in row n: x, y, angle, type, quality; give n of all."""
    x, y, turns, openness, clarity = minutia
    p, _, logits = settings
    traits, _, bending, _ = touch
    quality = _percent(clarity, logits)
    error = 3.0 if _uniform(state) < p.outlier_share else 1.0
    dx, dy = error * p.position_sd_px * _normal(state), error * p.position_sd_px * _normal(state)
    turned = turns + traits[_TURN] + error * p.direction_sd_turns * _normal(state)
    openness += p.openness_noise_sd * _normal(state)
    most = p.quality_most + np.int64(_next(state) & np.uint64(1))
    if quality < p.quality_least or n == MAX_MINUTIAE:
        return n
    u, v = _bend(x, y, traits, bending)
    column = math.floor(traits[_PX] + u + dx + 0.5)
    line = math.floor(traits[_PY] - v + dy + 0.5)
    if not (0 <= column < p.width_px and 0 <= line < p.height_px):
        return n
    nearest = p.separation_px * p.separation_px
    for i in range(n):
        if (rows[i, 0] - column) * (rows[i, 0] - column) + (rows[i, 1] - line) * (
            rows[i, 1] - line
        ) < nearest:
            return n
    rows[n, 0], rows[n, 1] = column, line
    rows[n, 2] = math.floor(256 * turned + 0.5) & 255
    rows[n, 3] = 1 if openness > 0 else 2
    rows[n, 4] = min(quality, most)
    return n + 1


@njit(cache=True, nogil=True, error_model="numpy")
def _find_true(state: Words, finger: Arrays, settings: Arrays, touch: Arrays, rows: Int64s) -> Integer:
    """Write down which of the finger's minutiae the extractor finds; give their number."""
    points, count = finger
    p = settings[0]
    traits, rag, _, places = touch
    n = 0
    for i in range(count):
        x, y = points[i, _X], points[i, _Y]
        inside = _inside(x, y, p, traits, rag)
        if inside <= 0:
            continue
        clarity = traits[_CLARITY] + p.clarity_master_sd * points[i, _STRENGTH]
        clarity += p.clarity_place_sd * _noise(x, y, places[:_N_WAVES]) + p.clarity_noise_sd * _normal(state)
        clarity -= p.edge_loss * max(1 - 4 * inside, 0.0)
        openness = p.openness + points[i, _OPENNESS] + p.openness_place_sd * _noise(x, y, places[_N_WAVES:])
        minutia = (x, y, points[i, _DIRECTION], openness, clarity)
        n = _mark(state, minutia, n, settings, touch, rows)
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def _add_false(
    state: Words, finger: Arrays, n: Integer, settings: Arrays, touch: Arrays, rows: Int64s
) -> Integer:
    """Add minutiae that are none, rather in unclear places, along the ridges; give the number of all."""
    points, count = finger
    p = settings[0]
    traits, rag, _, places = touch
    expected = 4 * p.spurious_per_px2 * traits[_A] * traits[_B] if count > 0 else 0.0
    for _ in range(int(expected + _uniform(state))):
        x = traits[_OX] + traits[_A] * (2 * _uniform(state) - 1)
        y = traits[_OY] + traits[_B] * (2 * _uniform(state) - 1)
        error, half = p.spurious_turns * _normal(state), 0.5 if _uniform(state) < 0.5 else 0.0
        openness = p.openness + _normal(state) + p.openness_place_sd * _noise(x, y, places[_N_WAVES:])
        clarity = p.spurious_clarity + p.clarity - traits[_CLARITY] + p.clarity_noise_sd * _normal(state)
        clarity -= 0.5 * p.clarity_place_sd * _noise(x, y, places[:_N_WAVES])
        if _inside(x, y, p, traits, rag) <= 0:
            continue
        best, nearest = 0, 1e12
        for i in range(count):
            dx, dy = x - points[i, _X], y - points[i, _Y]
            if dx * dx + dy * dy < nearest:
                best, nearest = i, dx * dx + dy * dy
        direction = points[best, _DIRECTION] + error + half
        n = _mark(state, (x, y, direction, openness, clarity), n, settings, touch, rows)
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def _quality(rows: Int64s, n: Integer, image: Real, logits: Float64s) -> Integer:
    """Judge an impression by its minutiae as `vantay.fingerprint.quality` does, of a typical image."""
    if n == 0:
        return 0
    x, y = 0.0, 0.0
    for i in range(n):
        x, y = x + rows[i, 0] / n, y + rows[i, 1] / n
    total, near = 0.0, 0
    for i in range(n):
        dx, dy = rows[i, 0] - x, rows[i, 1] - y
        if dx * dx + dy * dy <= 130.0 * 130.0:
            total, near = total + rows[i, 4] / 100.0, near + 1
    if near == 0:
        return 0
    return _percent(1 + (min(total, 40.0) - 24.4) / 7.6 + 0.8 * (total / near - 0.82) / 0.067 + image, logits)


@njit(cache=True, nogil=True, error_model="numpy")
def _impression_kernel(fingers: Arrays, settings: Arrays, out: Arrays) -> None:
    """Make one impression of each finger."""
    points, counts, seeds, impression_seeds, scales = fingers
    p = settings[0]
    rows, n_rows, qualities = out
    state = np.zeros(1, np.uint64)
    traits = np.empty(_N_TRAITS)
    rag, bending, places = np.empty((_N_WAVES, 3)), np.empty((2 * _N_WAVES, 3)), np.empty((2 * _N_WAVES, 3))
    touch = (traits, rag, bending, places)
    # Numbers of one type only: how two types mix differs between compilers.
    exact, found = np.empty((points.shape[1], points.shape[2])), np.empty((MAX_MINUTIAE, 5), np.int64)
    for f in range(seeds.shape[0]):
        _draw_touch(state, (seeds[f], impression_seeds[f]), scales[f], settings, traits)
        _draw_waves(state, p.ragged_px, rag)
        _draw_waves(state, p.bending_scale_px, bending)
        _draw_waves(state, p.clarity_place_px, places)
        _open(state, seeds[f] ^ _mix(impression_seeds[f]), _MARKS)
        exact[: counts[f]] = points[f, : counts[f]]
        finger = (exact, counts[f])
        n = _find_true(state, finger, settings, touch, found)
        n_rows[f] = _add_false(state, finger, n, settings, touch, found)
        image = p.quality_shift + p.quality_noise * _normal(state)
        qualities[f] = _quality(found, n_rows[f], image, settings[2])
        rows[f, : n_rows[f]] = found[: n_rows[f]]
