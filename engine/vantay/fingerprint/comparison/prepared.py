"""Templates made ready for comparison: rows sorted by direction, cylinders built, arrays packed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numba import njit

from vantay.errors import IncompatibleTemplate, InvalidTemplate
from vantay.fingerprint.comparison.arrays import Arrays, Bytes, Float32s, Int16s, Int32s, Int64s, Words
from vantay.fingerprint.comparison.cylinders import (
    NO_VALUES,
    CylinderTables,
    build_cylinders_of_many,
    room_for_values,
)
from vantay.fingerprint.comparison.hull import hulls_of_many
from vantay.fingerprint.comparison.ordering import prepared_order
from vantay.fingerprint.comparison.parameters import LANES, N_SECTIONS, PARAMETER_HASH, PARAMETERS
from vantay.types import MAX_MINUTIAE, MINUTIA_DTYPE, FingerTemplate

TABLES = CylinderTables(PARAMETERS.cylinder)

X, Y, COS, SIN, QUALITY = range(5)
"""Rows of the table of minutiae."""

FAR_PX = np.float32(1e6)
"""Where the rows that only fill up to a multiple of `LANES` are put: out of everybody's reach."""


def quality_weights(quality: Bytes) -> Float32s:
    """Weight of minutiae by their quality: (n,) float32, 0..1."""
    reported = quality / np.float32(100)
    return np.where(quality > 0, reported, np.float32(PARAMETERS.alignment.unreported_quality))


_QUALITY_WEIGHTS = quality_weights(np.arange(256, dtype=np.uint8))


@dataclass(frozen=True, slots=True, eq=False)
class PreparedTemplate:
    """What a comparison needs of one template.

    Attributes
    ----------
    minutiae : (5, m) float32
        x_px, y_px (y up), cosine and sine of the direction, weight by quality 0..1; columns in order of
        direction, filled up to a multiple of 16 with columns far away.
    angle : (m,) uint8
        Directions in units of 2π/256, ascending.
    words : (6, m) uint64
        Cylinders, see `build_cylinders`.
    ones : (m,) float32
        Bits that are 1 in each cylinder.
    hull : (e, 3) float32
        Half-planes of the convex hull.
    order : (n,) int32
        Column → index of the minutia in the template.
    n_minutiae, n_valid : int
        Minutiae; cylinders that can be compared.
    parameter_hash : str
        Parameters it was made with.
    """

    minutiae: Float32s
    angle: Bytes
    words: Words
    ones: Float32s
    hull: Float32s
    order: Int32s
    n_minutiae: int
    n_valid: int
    parameter_hash: str = PARAMETER_HASH


def prepare(template: FingerTemplate) -> PreparedTemplate:
    """Build what a comparison needs, once a template.

    Parameters
    ----------
    template : FingerTemplate
        Any number of minutiae, none included.

    Returns
    -------
    PreparedTemplate
        The same whatever the order of the minutiae.
    """
    (prepared,) = prepare_each([template])
    return prepared


def prepare_each(templates: Sequence[FingerTemplate]) -> list[PreparedTemplate]:
    """Prepare several templates in one call, which takes as long as three of `prepare` for ten of them.

    Returns
    -------
    list of PreparedTemplate
        Each the same to the bit as by `prepare`; they are views of arrays of all.
    """
    return _prepared(templates, NO_VALUES)


def prepare_each_with_values(templates: Sequence[FingerTemplate]) -> tuple[list[PreparedTemplate], Float32s]:
    """Prepare several templates and give the values of their cylinders too.

    Returns
    -------
    prepared : list of PreparedTemplate
        As `prepare_each` makes them.
    values : (n, 384) float32
        See `build_cylinders_with_values`; of all templates one after another, rows in the order of the
        prepared columns.
    """
    values = room_for_values(sum(template.n_minutiae for template in templates))
    return _prepared(templates, values), values


def prepare_with_values(template: FingerTemplate) -> tuple[PreparedTemplate, Float32s]:
    """Prepare one template and give the values of its cylinders; as `prepare_each_with_values`."""
    (prepared,), values = prepare_each_with_values([template])
    return prepared, values


def _prepared(templates: Sequence[FingerTemplate], values: Float32s) -> list[PreparedTemplate]:
    orders = [prepared_order(template.minutiae) for template in templates]
    ordered = [template.minutiae[order] for template, order in zip(templates, orders, strict=True)]
    rows = np.concatenate([np.empty(0, MINUTIA_DTYPE), *ordered])
    offsets = np.cumsum([0, *(order.shape[0] for order in orders)])
    pack = _pack_of((rows["x_px"], rows["y_px"], rows["angle"], rows["quality"]), offsets, values)
    return [_of_pack(pack, number, order) for number, order in enumerate(orders)]


def _of_pack(pack: TemplatePack, number: int, order: Int32s) -> PreparedTemplate:
    """Take one template out of a pack."""
    first, last = pack.start[number : number + 2].tolist()
    first_edge, last_edge = pack.hull_start[number : number + 2].tolist()
    return PreparedTemplate(
        pack.minutiae[5 * first : 5 * last].reshape(5, -1),
        pack.angle[first:last],
        pack.words[N_SECTIONS * first : N_SECTIONS * last].reshape(N_SECTIONS, -1),
        pack.ones[first:last],
        pack.hull[first_edge:last_edge],
        order,
        int(pack.n_minutiae[number]),
        int(pack.n_valid[number]),
    )


def check_parameters(name: str, parameter_hash: str) -> None:
    """Refuse what was prepared with other parameters.

    Raises
    ------
    IncompatibleTemplate
        If the hash is not that of the parameters in use.
    """
    if parameter_hash != PARAMETER_HASH:
        raise IncompatibleTemplate(
            f"{name} was prepared with parameters {parameter_hash[:12]}, expected {PARAMETER_HASH[:12]}: "
            "prepare it anew from its minutiae"
        )


@dataclass(frozen=True, slots=True, eq=False)
class TemplatePack:
    """Many prepared templates in a few arrays, for one-to-many comparison.

    Attributes
    ----------
    start : (t + 1,) int64
        First column of each template; multiples of 16. Of a `run` of another pack's templates, not from 0.
    hull_start : (t + 1,) int64
        First half-plane of each template.
    n_minutiae, n_valid : (t,) int32
        As in `PreparedTemplate`.
    minutiae : (5 · start[-1],) float32
        Each template's five rows one after another: template t begins at 5 · start[t].
    words : (6 · start[-1],) uint64
        The same for the rows of words.
    angle : (start[-1],) uint8
    ones : (start[-1],) float32
        Those of all templates.
    hull : (hull_start[-1], 3) float32
        Half-planes of all templates.
    """

    start: Int64s
    hull_start: Int64s
    n_minutiae: Int32s
    n_valid: Int32s
    minutiae: Float32s
    angle: Bytes
    words: Words
    ones: Float32s
    hull: Float32s

    def __len__(self) -> int:
        return int(self.n_minutiae.shape[0])

    def run(self, first: int, last: int) -> TemplatePack:
        """Give templates `first` to `last` − 1 as a pack of their own, which shares the arrays."""
        templates, ends = slice(first, last), slice(first, last + 1)
        return replace(
            self,
            start=self.start[ends],
            hull_start=self.hull_start[ends],
            n_minutiae=self.n_minutiae[templates],
            n_valid=self.n_valid[templates],
        )

    @classmethod
    def of(cls, templates: Sequence[PreparedTemplate]) -> TemplatePack:
        """Copy templates into one pack, in their order.

        Raises
        ------
        IncompatibleTemplate
            If one was prepared with other parameters.
        """
        for number, template in enumerate(templates):
            check_parameters(f"reference {number}", template.parameter_hash)
        widths = [t.angle.shape[0] for t in templates]
        edges = [t.hull.shape[0] for t in templates]
        return cls(
            start=np.concatenate([[0], np.cumsum(widths)]).astype(np.int64),
            hull_start=np.concatenate([[0], np.cumsum(edges)]).astype(np.int64),
            n_minutiae=np.array([t.n_minutiae for t in templates], np.int32),
            n_valid=np.array([t.n_valid for t in templates], np.int32),
            minutiae=np.concatenate([np.empty(0, np.float32), *(t.minutiae.ravel() for t in templates)]),
            angle=np.concatenate([np.empty(0, np.uint8), *(t.angle for t in templates)]),
            words=np.concatenate([np.empty(0, np.uint64), *(t.words.ravel() for t in templates)]),
            ones=np.concatenate([np.empty(0, np.float32), *(t.ones for t in templates)]),
            hull=np.concatenate([np.empty((0, 3), np.float32), *(t.hull for t in templates)]),
        )


def prepare_many(x_px: Int16s, y_px: Int16s, angle: Bytes, quality: Bytes, offsets: Int64s) -> TemplatePack:
    """Build what a comparison needs of many templates at once.

    Parameters
    ----------
    x_px, y_px : (n,) int16
        Positions at 500 ppi, y down, of all templates one after another; each template's minutiae in the
        order in which `prepare` lays them out, see `prepared_order`.
    angle : (n,) uint8
        Directions in units of 2π/256.
    quality : (n,) uint8
        0..100, 0 = not reported.
    offsets : (t + 1,) int64
        First minutia of each template.

    Returns
    -------
    TemplatePack
        The same to the bit as that of the templates prepared one by one.

    Raises
    ------
    InvalidTemplate
        If the arrays do not go together, a template has more than 255 minutiae, or they do not stand in
        order of direction.
    """
    check_columns((x_px, y_px, angle, quality), offsets)
    return _pack_of((x_px, y_px, angle, quality), offsets, NO_VALUES)


def check_columns(minutiae: Arrays, offsets: Int64s) -> None:
    """Refuse columns of minutiae that `prepare_many` cannot take: `InvalidTemplate`."""
    angle = minutiae[2]
    lengths = {column.shape[0] for column in minutiae} | {int(offsets[-1])}
    counts = np.diff(offsets)
    if len(lengths) > 1 or offsets[0] or counts.min(initial=0) < 0 or counts.max(initial=0) > MAX_MINUTIAE:
        raise InvalidTemplate(
            f"columns of minutiae have lengths {sorted(lengths)} and {counts.max(initial=0)} of a template, "
            f"expected the same length, which offsets from 0 end with, and at most {MAX_MINUTIAE} of each"
        )
    falls = np.flatnonzero(angle[1:] < angle[:-1]) + 1
    if not np.isin(falls, offsets).all():
        raise InvalidTemplate("minutiae do not ascend in direction, expected the order of prepared templates")


def _pack_of(minutiae: Arrays, offsets: Int64s, values: Float32s) -> TemplatePack:
    x_px, y_px, angle, quality = minutiae
    x, y, angle = x_px.astype(np.float32), -y_px.astype(np.float32), np.ascontiguousarray(angle)
    n_minutiae = np.diff(offsets)
    start = np.zeros_like(offsets)
    np.cumsum((n_minutiae + (LANES - 1)) // LANES * LANES, out=start[1:])
    words = build_cylinders_of_many((x, y, angle), offsets, start, TABLES, values)
    hull, hull_start = hulls_of_many(x, y, offsets)
    n_columns = int(start[-1])
    pack = TemplatePack(
        start,
        hull_start,
        n_minutiae.astype(np.int32),
        np.empty(n_minutiae.shape[0], np.int32),
        np.empty(5 * n_columns, np.float32),
        np.empty(n_columns, np.uint8),
        words,
        np.empty(n_columns, np.float32),
        hull,
    )
    _lay_out_kernel(
        (x, y, angle, quality),
        (offsets, start),
        np.bitwise_count(words),
        (TABLES.turns, _QUALITY_WEIGHTS),
        (pack.minutiae, pack.angle, pack.ones, pack.n_valid),
    )
    return pack


@njit(cache=True, nogil=True, error_model="numpy")
def _lay_out_kernel(minutiae: Arrays, ends: Arrays, n_bits: Bytes, tables: Arrays, out: Arrays) -> None:
    x, y, angle, quality = minutiae
    offsets, start = ends
    turns, weights = tables
    columns, angles, ones, n_valid = out
    for t in range(offsets.shape[0] - 1):
        n, base, width = offsets[t + 1] - offsets[t], start[t], start[t + 1] - start[t]
        n_valid[t] = 0
        for j in range(width):
            # The first of five rows and of six sections; the next ones follow by the width
            row, section, i = 5 * base + j, N_SECTIONS * base + j, offsets[t] + j
            is_filler = j >= n
            angles[base + j] = 0 if is_filler else angle[i]
            columns[row] = FAR_PX if is_filler else x[i]
            columns[row + width] = FAR_PX if is_filler else y[i]
            columns[row + 2 * width] = 0 if is_filler else turns[angle[i], 0]
            columns[row + 3 * width] = 0 if is_filler else turns[angle[i], 1]
            columns[row + 4 * width] = 0 if is_filler else weights[quality[i]]
            total = np.float32(0)
            for k in range(N_SECTIONS):
                total += n_bits[section + k * width]
            ones[base + j] = total
            n_valid[t] += total > 0
