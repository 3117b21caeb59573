"""Templates made ready for comparison: rows sorted by direction, cylinders built, arrays packed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vantay.errors import IncompatibleTemplate
from vantay.fingerprint.comparison.arrays import Bytes, Float32s, Int32s, Int64s, Words
from vantay.fingerprint.comparison.cylinders import (
    CylinderTables,
    build_cylinders,
    build_cylinders_with_values,
)
from vantay.fingerprint.comparison.hull import hull_half_planes
from vantay.fingerprint.comparison.parameters import LANES, N_SECTIONS, PARAMETER_HASH, PARAMETERS
from vantay.types import ANGLE_UNITS, FingerTemplate

TABLES = CylinderTables(PARAMETERS.cylinder)

X, Y, COS, SIN, QUALITY = range(5)
"""Rows of the table of minutiae."""

FAR_PX = np.float32(1e6)
"""Where the rows that only fill up to a multiple of `LANES` are put: out of everybody's reach."""


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
    columns, angle, order = _columns_of(template)
    n = order.shape[0]
    words = np.zeros((N_SECTIONS, angle.shape[0]), np.uint64)
    words[:, :n] = build_cylinders(columns[X, :n], columns[Y, :n], angle[:n], TABLES)
    return _prepared(columns, angle, words, order)


def prepare_with_values(template: FingerTemplate) -> tuple[PreparedTemplate, Float32s]:
    """Prepare a template and give the values of its cylinders too.

    Returns
    -------
    prepared : PreparedTemplate
        As `prepare` makes it.
    values : (n, 384) float32
        See `cylinder_values`; rows in the order of the prepared columns.
    """
    columns, angle, order = _columns_of(template)
    n = order.shape[0]
    words = np.zeros((N_SECTIONS, angle.shape[0]), np.uint64)
    words[:, :n], values = build_cylinders_with_values(columns[X, :n], columns[Y, :n], angle[:n], TABLES)
    return _prepared(columns, angle, words, order), values


def _columns_of(template: FingerTemplate) -> tuple[Float32s, Bytes, Int32s]:
    """Lay the minutiae out in order of direction: the table of `PreparedTemplate`, angles, and the order."""
    minutiae = template.minutiae
    keys = (minutiae["quality"], minutiae["y_px"], minutiae["x_px"], minutiae["angle"])
    order = np.lexsort(keys).astype(np.int32)
    minutiae = minutiae[order]
    n = minutiae.shape[0]
    m = -(-n // LANES) * LANES
    columns = np.zeros((5, m), np.float32)
    columns[X:COS] = FAR_PX
    columns[X, :n] = minutiae["x_px"]
    columns[Y, :n] = -minutiae["y_px"].astype(np.float32)
    radians = minutiae["angle"] * (2 * np.pi / ANGLE_UNITS)
    columns[COS, :n], columns[SIN, :n] = np.cos(radians), np.sin(radians)
    quality = minutiae["quality"] / np.float32(100)
    columns[QUALITY, :n] = np.where(quality > 0, quality, PARAMETERS.alignment.unreported_quality)
    angle = np.zeros(m, np.uint8)
    angle[:n] = minutiae["angle"]
    return columns, angle, order


def _prepared(columns: Float32s, angle: Bytes, words: Words, order: Int32s) -> PreparedTemplate:
    n = order.shape[0]
    ones = np.bitwise_count(words).sum(axis=0).astype(np.float32)
    hull = hull_half_planes(columns[X, :n], columns[Y, :n])
    return PreparedTemplate(columns, angle, words, ones, hull, order, n, int(np.count_nonzero(ones)))


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
        First column of each template; multiples of 16.
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
