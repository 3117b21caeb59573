"""Where a touch puts the skin: rotation, displacement and plastic distortion, with their inverse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vantay_datasets.synthetic.fingerprint.impression_parameters import ContactParameters

Places = npt.NDArray[np.float64]
"""(…, 2) float64: x_px, y_px, y down."""

# The skin sticks within this part of the contact's half axes, and has slipped in full beyond the second.
_STUCK_PART, _SLIPPED_PART = 0.35, 1.0
# Skin does not fold: the slip grows by less than this in each pixel of the transition.
_STEEPEST_SLIP = 0.6
_N_WAVES = 6
_WAVELENGTH_PX = (140.0, 380.0)
_N_INVERSE_STEPS = 30


@dataclass(frozen=True, slots=True, eq=False)
class SkinMap:
    """One placing of a finger on the sensor: a smooth map between image and master.

    Attributes
    ----------
    centre_px : (2,) float64
        Middle of the contact in the image.
    half_axes_px : (2,) float64
        Half width and half height of the contact.
    origin_px : (2,) float64
        Where on the master the middle of the contact lies.
    rotation_rad : float
        Of the finger in the image, counter-clockwise.
    traction_px : (2,) float64
        Slip of the outer skin.
    torsion_rad : float
        Twist of the outer skin.
    wave_numbers : (k, 2) float64
        Radians a pixel of the irregular displacement's waves.
    wave_phases : (k,) float64
    wave_px : (k, 2) float64
        Their amplitudes.
    """

    centre_px: Places
    half_axes_px: Places
    origin_px: Places
    rotation_rad: float
    traction_px: Places
    torsion_rad: float
    wave_numbers: Places
    wave_phases: npt.NDArray[np.float64]
    wave_px: Places

    def to_master(self, image_px: Places) -> Places:
        """Tell which places of the master lie at places of the image.

        Parameters
        ----------
        image_px : (…, 2) float64

        Returns
        -------
        (…, 2) float64
        """
        offset = image_px - self.centre_px
        slipped = offset @ _rotation(self.torsion_rad).T + self.traction_px - offset
        reach = np.sqrt(((offset / self.half_axes_px) ** 2).sum(axis=-1, keepdims=True))
        waves = np.sin(offset @ self.wave_numbers.T + self.wave_phases) @ self.wave_px
        moved: Places = offset + _brake(reach) * slipped + waves
        return moved @ _rotation(-self.rotation_rad).T + self.origin_px

    def to_image(self, master_px: Places) -> Places:
        """Tell where places of the master appear in the image: the inverse of `to_master`.

        A fixed-point iteration; it converges because the distortion changes by less than a pixel a pixel.

        Parameters
        ----------
        master_px : (…, 2) float64

        Returns
        -------
        (…, 2) float64
        """
        back = _rotation(self.rotation_rad).T
        image_px: Places = (master_px - self.origin_px) @ back + self.centre_px
        for _ in range(_N_INVERSE_STEPS):
            image_px = image_px + (master_px - self.to_master(image_px)) @ back
        return image_px


def _rotation(angle_rad: float) -> Places:
    """Counter-clockwise as seen, which with y down is the transpose of the usual matrix."""
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[cos, sin], [-sin, cos]])


def _brake(reach: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How much of the slip reaches the skin: 0 where it sticks, 1 outside, a cosine between."""
    part = np.clip((reach - _STUCK_PART) / (_SLIPPED_PART - _STUCK_PART), 0, 1)
    return (1 - np.cos(np.pi * part)) / 2


def draw_skin_map(
    rng: np.random.Generator,
    image_shape: tuple[int, int],
    origin_px: Places,
    parameters: ContactParameters,
) -> SkinMap:
    """Draw how a finger is placed on the sensor.

    Parameters
    ----------
    rng : Generator
    image_shape : (int, int)
        Height and width of the image.
    origin_px : (2,) float64
        Place of the master that a well-placed finger has in the middle.
    parameters : ContactParameters

    Returns
    -------
    SkinMap

    References
    ----------
    Cappelli, Maio and Maltoni, "Modelling plastic distortion in fingerprint images", ICAPR 2001.
    """
    height, width = image_shape
    half_axes = np.array([rng.uniform(*parameters.half_width_px), rng.uniform(*parameters.half_height_px)])
    traction, torsion = rng.normal(0, parameters.traction_sd_px, 2), rng.normal(0, parameters.torsion_sd_rad)
    unfolded = _limit_slip(float(np.hypot(*traction)) + abs(torsion) * float(half_axes.max()), half_axes)
    room = np.maximum(np.array([width, height]) / 2 - half_axes - 4, 0)
    wavelengths = rng.uniform(*_WAVELENGTH_PX, _N_WAVES)
    headings = rng.uniform(0, 2 * np.pi, _N_WAVES)
    return SkinMap(
        centre_px=np.array([width - 1, height - 1]) / 2 + np.clip(rng.normal(0, 0.4, 2), -1, 1) * room,
        half_axes_px=half_axes,
        origin_px=origin_px + rng.normal(0, parameters.shift_sd_px, 2),
        rotation_rad=float(rng.normal(0, parameters.rotation_sd_rad)),
        traction_px=traction * unfolded,
        torsion_rad=float(torsion * unfolded),
        wave_numbers=(2 * np.pi / wavelengths * np.stack([np.cos(headings), np.sin(headings)])).T,
        wave_phases=rng.uniform(0, 2 * np.pi, _N_WAVES),
        wave_px=rng.normal(0, parameters.elasticity_px / np.sqrt(_N_WAVES / 2), (_N_WAVES, 2)),
    )


def _limit_slip(slip_px: float, half_axes_px: Places) -> float:
    """Give the factor that keeps a slip of this length from folding the skin."""
    transition_px = (_SLIPPED_PART - _STUCK_PART) * float(half_axes_px.min())
    steepest = np.pi / 2 * slip_px / transition_px
    return min(1.0, _STEEPEST_SLIP / max(steepest, 1e-9))
