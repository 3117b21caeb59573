"""The resolution that an image file claims, in pixels per inch."""

from __future__ import annotations

import math

from PIL import Image, TiffImagePlugin

from vantay.errors import InvalidSample

DEFAULT_PPI = 500.0
"""What nearly all live scanners deliver; taken when neither the caller nor the file says."""

_SCREEN_PPI = (72.0, 96.0)
"""Written by drawing programs and libraries that know no resolution."""
_LEAST_MEANT_PPI = 10.0
"""Below it the value is a ratio or a placeholder (the FVC files say 1×1), not a resolution."""
_MAX_ANISOTROPY = 0.01
_CM_PER_INCH = 2.54
_TIFF_X, _TIFF_Y, _TIFF_UNIT = 282, 283, 296


def resolution_of(picture: Image.Image, name: str) -> float | None:
    """Tell the resolution that the header of an opened picture states.

    Returns
    -------
    float or None
        Pixels per inch; None where the file does not say: no tag, no unit, less than 10 ppi, or the
        72 and 96 ppi of screens.

    Raises
    ------
    InvalidSample
        If the horizontal and the vertical resolution differ by more than 1 %.
    """
    density = _tiff_density(picture) if picture.format == "TIFF" else picture.info.get("dpi")
    if density is None:
        return None
    x_ppi, y_ppi = (_plain_number(value) for value in density)
    if not (_is_meant(x_ppi) and _is_meant(y_ppi)):
        return None
    if abs(x_ppi - y_ppi) > _MAX_ANISOTROPY * max(x_ppi, y_ppi):
        raise InvalidSample(
            f"{name}: resolution is {x_ppi:g}×{y_ppi:g} ppi, expected the same in both directions; "
            "if the file is wrong, say its resolution when reading it"
        )
    return _without_rounding((x_ppi + y_ppi) / 2)


def _tiff_density(picture: Image.Image) -> tuple[object, object] | None:
    """Tags 282 and 283 in pixels per inch; unit 1 means a ratio, which is no resolution."""
    if not isinstance(picture, TiffImagePlugin.TiffImageFile):
        return None
    tags = picture.tag_v2
    x, y, unit = tags.get(_TIFF_X), tags.get(_TIFF_Y), tags.get(_TIFF_UNIT, 2)
    if x is None or y is None or unit not in {2, 3}:
        return None
    per_inch = _CM_PER_INCH if unit == 3 else 1.0
    return _plain_number(x) * per_inch, _plain_number(y) * per_inch


def _plain_number(value: object) -> float:
    """Take a finite number as it is, anything else as 0: rationals of files may have a zero denominator."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return 0.0
    return number if math.isfinite(number) else 0.0


def _is_meant(ppi: float) -> bool:
    return ppi >= _LEAST_MEANT_PPI and not any(abs(ppi - screen) < 0.5 for screen in _SCREEN_PPI)


def _without_rounding(ppi: float) -> float:
    """500 for the 499.999 that PNG's and BMP's whole pixels a metre make of it."""
    return float(round(ppi)) if abs(ppi - round(ppi)) < 0.02 else ppi
