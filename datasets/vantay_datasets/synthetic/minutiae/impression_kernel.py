"""The kernel that makes impressions: what a touch of a sensor leaves of a finger's minutiae.

Its random numbers and its arithmetic are those of `master_kernel`, with the same promise. They stand here
once more because numba's cache does not notice an edit in another file.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

Words: TypeAlias = npt.NDArray[np.uint64]
Float64s: TypeAlias = npt.NDArray[np.float64]
Float32s: TypeAlias = npt.NDArray[np.float32]
Int16s: TypeAlias = npt.NDArray[np.int16]
Arrays: TypeAlias = tuple[Any, ...]
Real: TypeAlias = Any
Integer: TypeAlias = Any
"""Numbers inside kernels, as numba types them."""
Parameters: TypeAlias = Any
"""`ImpressionParameters`."""

MAX_MINUTIAE = 255

# Columns of a finger's points, as in `master_kernel`.
_X, _Y, _DIRECTION, _STRENGTH, _TYPE = range(5)

_N_WAVES = 6
_PERSON_SHIFT = np.uint64(48)
_PERSON, _FINGER, _ENCOUNTER, _TOUCH, _MARKS = (
    np.uint64(0xB1),
    np.uint64(0xB2),
    np.uint64(0xB3),
    np.uint64(0xB4),
    np.uint64(0xB5),
)

# Entries of a touch.
(
    _A, _B, _OX, _OY, _COS, _SIN, _TURN, _PX, _PY, _XX, _XY, _YX, _YY, _SCALE, _CLARITY
) = range(15)  # fmt: skip
_N_TOUCH = 15


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
    return (np.float64(total) - 262140.0) / 53510.04


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
def _draw_touch(state: Words, seeds: Arrays, scale: Real, settings: Arrays, touch: Float64s) -> None:
    """Draw what an impression has one of: place and size of the contact, stretch, clarity."""
    finger, impression = seeds
    p, sensors, _ = settings
    _open(state, finger >> _PERSON_SHIFT, _PERSON)
    clarity = p.clarity + 0.7071 * p.finger_sd * _normal(state)
    _open(state, impression >> _PERSON_SHIFT, _ENCOUNTER)
    clarity += 0.7071 * p.impression_sd * _normal(state)
    _open(state, finger, _FINGER)
    clarity += 0.7071 * p.finger_sd * _normal(state)
    worn, loss = _uniform(state) < p.worn_share, p.worn_loss * _uniform(state)
    sensor = sensors[min(int(_uniform(state) * sensors.shape[0]), sensors.shape[0] - 1)]
    _open(state, finger ^ _mix(impression), _TOUCH)
    touch[_CLARITY] = clarity - (loss if worn else 0.0) + 0.7071 * p.impression_sd * _normal(state)
    touch[_SCALE] = scale
    touch[_A] = min(sensor[0], sensor[0] * scale * 1.1) * max(1 + p.contact_sd * _normal(state), 0.3)
    touch[_B] = min(sensor[1], sensor[1] * scale * 1.1) * max(1 + p.contact_sd * _normal(state), 0.3)
    touch[_OX] = p.offset_px * _normal(state)
    touch[_OY] = p.offset_px * _normal(state) - p.below_core_px * scale
    touch[_TURN] = p.rotation_turns * _normal(state)
    touch[_COS], touch[_SIN] = _cos(touch[_TURN]), _cos(touch[_TURN] - 0.25)
    touch[_PX] = 0.5 * p.width_px + p.placing_px * _normal(state)
    touch[_PY] = 0.5 * p.height_px + p.placing_px * _normal(state)
    touch[_XX], touch[_YY] = 1 + p.strain * _normal(state), 1 + p.strain * _normal(state)
    touch[_XY], touch[_YX] = p.strain * _normal(state), p.strain * _normal(state)


@njit(cache=True, nogil=True, error_model="numpy")
def _inside(x: Real, y: Real, p: Parameters, touch: Float64s, rag: Float64s) -> Real:
    """How far inside the contact a place of the finger is: 1 in the middle, 0 at the edge, less outside."""
    dx, dy = (x - touch[_OX]) / touch[_A], (y - touch[_OY]) / touch[_B]
    return 1 - dx * dx - dy * dy + p.ragged * _noise(x, y, rag)


@njit(cache=True, nogil=True, error_model="numpy")
def _bend(x: Real, y: Real, p: Parameters, touch: Float64s, bending: Float64s) -> tuple[Real, Real]:
    """Where the skin of a place of the finger is in the image, x right and y up from the contact's middle."""
    dx, dy = x - touch[_OX], y - touch[_OY]
    u = dx * touch[_XX] + dy * touch[_XY] + p.bending_px * _noise(x, y, bending[:_N_WAVES])
    v = dx * touch[_YX] + dy * touch[_YY] + p.bending_px * _noise(x, y, bending[_N_WAVES:])
    return u * touch[_COS] - v * touch[_SIN], u * touch[_SIN] + v * touch[_COS]


@njit(cache=True, nogil=True, error_model="numpy")
def _mark(
    state: Words, place: Arrays, clarity: Real, settings: Arrays, touch: Float64s, row: Int16s
) -> Integer:
    """Write down a minutia as the extractor finds it: x, y, angle, type, quality; or give False."""
    x, y, turns, kind, bending = place
    p, _, logits = settings
    quality = _percent(clarity, logits)
    error = 3.0 if _uniform(state) < p.outlier_share else 1.0
    dx, dy = error * p.position_sd_px * _normal(state), error * p.position_sd_px * _normal(state)
    turned = turns + touch[_TURN] + error * p.direction_sd_turns * _normal(state)
    flipped = _uniform(state) < p.type_flips
    if quality < p.quality_least:
        return False
    u, v = _bend(x, y, p, touch, bending)
    column, line = math.floor(touch[_PX] + u + dx + 0.5), math.floor(touch[_PY] - v + dy + 0.5)
    if not (0 <= column < p.width_px and 0 <= line < p.height_px):
        return False
    row[0], row[1] = int(column), int(line)
    row[2] = math.floor(256 * turned + 0.5) & 255
    row[3] = 3 - int(kind) if flipped else int(kind)
    row[4] = min(quality, p.quality_most + int(_next(state) & np.uint64(1)))
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def _impression_kernel(fingers: Arrays, settings: Arrays, out: Arrays) -> None:
    """Make one impression of each finger."""
    points, counts, seeds, impression_seeds, scales = fingers
    p, _, _ = settings
    rows, n_rows, qualities = out
    state = np.zeros(1, np.uint64)
    touch = np.empty(_N_TOUCH)
    rag, places, bending = np.empty((_N_WAVES, 3)), np.empty((_N_WAVES, 3)), np.empty((2 * _N_WAVES, 3))
    for f in range(seeds.shape[0]):
        _draw_touch(state, (seeds[f], impression_seeds[f]), scales[f], settings, touch)
        _draw_waves(state, 40.0, rag)
        _draw_waves(state, p.clarity_place_px, places)
        _draw_waves(state, p.bending_scale_px, bending)
        _open(state, seeds[f] ^ _mix(impression_seeds[f]), _MARKS)
        n = 0
        for i in range(counts[f]):
            x, y = np.float64(points[f, i, _X]), np.float64(points[f, i, _Y])
            inside = _inside(x, y, p, touch, rag)
            if inside <= 0 or n == MAX_MINUTIAE:
                continue
            clarity = touch[_CLARITY] + p.clarity_master_sd * points[f, i, _STRENGTH]
            clarity += p.clarity_place_sd * _noise(x, y, places) + p.clarity_noise_sd * _normal(state)
            clarity -= p.edge_loss * max(1 - 4 * inside, 0.0)
            place = (x, y, np.float64(points[f, i, _DIRECTION]), points[f, i, _TYPE], bending)
            n += _mark(state, place, clarity, settings, touch, rows[f, n])
        n_rows[f] = _add_spurious(
            state, (points[f], counts[f], n, places, rag, bending), settings, touch, rows[f]
        )
        qualities[f] = _quality(rows[f], n_rows[f], p.quality_noise * _normal(state), settings[2])


@njit(cache=True, nogil=True, error_model="numpy")
def _quality(rows: Int16s, n: Integer, noise: Real, logits: Float64s) -> Integer:
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
    return _percent(1 + (min(total, 40.0) - 24.4) / 7.6 + 0.8 * (total / near - 0.82) / 0.067 + noise, logits)


@njit(cache=True, nogil=True, error_model="numpy")
def _add_spurious(state: Words, finger: Arrays, settings: Arrays, touch: Float64s, rows: Int16s) -> Integer:
    """Add minutiae that are none, rather in unclear places, along the ridges; give the number of all."""
    points, count, n, places, rag, bending = finger
    p = settings[0]
    expected = 4 * p.spurious_per_px2 * touch[_A] * touch[_B]
    for _ in range(int(expected + _uniform(state))):
        x = touch[_OX] + touch[_A] * (2 * _uniform(state) - 1)
        y = touch[_OY] + touch[_B] * (2 * _uniform(state) - 1)
        error, kind, half = 0.03 * _normal(state), 1 + (_next(state) & np.uint64(1)), _uniform(state) < 0.5
        if _inside(x, y, p, touch, rag) <= 0 or n == MAX_MINUTIAE or count == 0:
            continue
        best, nearest = 0, 1e12
        for i in range(count):
            dx, dy = x - points[i, _X], y - points[i, _Y]
            if dx * dx + dy * dy < nearest:
                best, nearest = i, dx * dx + dy * dy
        clarity = p.spurious_clarity - 0.5 * p.clarity_place_sd * _noise(x, y, places)
        clarity += p.clarity - touch[_CLARITY] + p.clarity_noise_sd * _normal(state)
        direction = np.float64(points[best, _DIRECTION]) + error + (0.5 if half else 0.0)
        n += _mark(state, (x, y, direction, kind, bending), clarity, settings, touch, rows[n])
    return n
