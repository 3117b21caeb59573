"""Vectors of faces from normal numbers."""

from __future__ import annotations

import functools
import hashlib

import numpy as np
import numpy.typing as npt

from vantay.errors import InvalidSetting
from vantay_datasets.synthetic.face_vectors.parameters import FaceLevel, FaceParameters

Float64s = npt.NDArray[np.float64]

_AXES_SEED = 20241
"""Of the directions of mean and axes: one for all populations, since they stand for one network."""


class FaceModel:
    """Makes the vectors of one embedding model.

    All chance comes in as standard normal numbers, so that the caller decides what people have in common.
    Sums are taken in a fixed order: a vector does not depend on which others are made with it.

    Parameters
    ----------
    parameters : FaceParameters
        Fitted to the model.

    Attributes
    ----------
    parameters : FaceParameters
        As given.
    version : str
        A name that changes with the parameters: vectors of two versions do not compare.
    """

    def __init__(self, parameters: FaceParameters) -> None:
        if parameters.dimensions < 2:
            raise InvalidSetting(f"{parameters.dimensions} dimensions, expected 2 or more")
        self.parameters = parameters
        self.version = f"synthetic-{hashlib.sha256(repr(parameters).encode()).hexdigest()[:12]}"
        axes = np.arange(1, parameters.dimensions, dtype=np.float64)
        between = axes**-parameters.between_power * np.exp(-axes / parameters.between_decay)
        within = np.exp(-axes / parameters.within_decay)
        self._between = np.sqrt(parameters.between_variance * between / between.sum())
        self._within = np.sqrt(parameters.within_variance * within / within.sum())
        # for ageing: along the axes of people, total variance 1
        self._unit_between = np.sqrt(between / between.sum())

    @property
    def n_normals(self) -> int:
        """How many normal numbers a person, a capture or a step of ageing takes."""
        return self.parameters.dimensions - 1

    def people(self, normals: Float64s, regions: npt.ArrayLike | None = None) -> Float64s:
        """Place people around the mean.

        Parameters
        ----------
        normals : (n, n_normals) float64
            Standard normal.
        regions : (n,) str, optional
            Where each is from; people of one region are placed nearer to each other as the parameters say.

        Returns
        -------
        (n, n_normals) float64
            Along the axes of the model.
        """
        if regions is not None:
            names = np.asarray(regions)
            normals = normals.copy()
            for region in np.unique(names):
                share = self.parameters.region_shares.get(str(region), 0.0)
                here = names == region
                common = np.sqrt(share) * self._centre(str(region))
                normals[here] = common + np.sqrt(1 - share) * normals[here]
        people = normals * self._between
        distances = np.sqrt(np.sum(people**2, axis=1))
        return np.asarray(people * (np.sqrt(self.parameters.between_variance) / distances)[:, None])

    def drift(self, normals: Float64s, variance: Float64s) -> Float64s:
        """Give steps of ageing, (n, n_normals), of a variance each, (n,)."""
        return np.asarray(normals * self._unit_between * np.sqrt(variance)[:, None])

    def captures(
        self, people: Float64s, normals: Float64s, log_scales: Float64s, level: FaceLevel
    ) -> npt.NDArray[np.float16]:
        """Capture each person once.

        Parameters
        ----------
        people : (n, n_normals) float64
            From `people`, with `drift` added.
        normals : (n, n_normals) float64
            Standard normal.
        log_scales : (n,) float64
            Standard normal: how bad each capture is.
        level : FaceLevel
            How much captures differ.

        Returns
        -------
        (n, dimensions) float16
            Unit vectors.
        """
        spread = self.parameters.within_spread
        # lognormal with a mean square of 1
        scales = np.exp(spread * log_scales - spread**2) * self.parameters.level_scales[level]
        around = people + normals * self._within * scales[:, None]
        return self._unit_vectors(around).astype(np.float16)

    def _unit_vectors(self, around: Float64s) -> Float64s:
        rotation = _rotation(self.parameters.dimensions)
        vectors = np.repeat(self.parameters.mean_length * rotation[:1], around.shape[0], axis=0)
        for axis in range(self.n_normals):  # not a matrix product: its last bits depend on the shapes
            vectors += around[:, axis, None] * rotation[axis + 1]
        return np.asarray(vectors / np.sqrt(np.sum(vectors**2, axis=1))[:, None])

    def _centre(self, region: str) -> Float64s:
        """Where people of a region are in the middle: normal numbers, as far out as a person is."""
        seed = [_AXES_SEED, *region.encode()]
        numbers = np.random.Generator(np.random.PCG64(seed)).standard_normal(self.n_normals)
        weights = self._unit_between**2
        return np.asarray(numbers / np.sqrt(np.sum(weights * numbers**2)))


@functools.lru_cache(maxsize=4)
def _rotation(dimensions: int) -> Float64s:
    """Give an orthogonal matrix: its rows are the mean's direction and the axes."""
    generator = np.random.Generator(np.random.PCG64(_AXES_SEED))
    q, r = np.linalg.qr(generator.standard_normal((dimensions, dimensions)))
    return np.asarray((q * np.sign(np.diag(r))).T, np.float64)
