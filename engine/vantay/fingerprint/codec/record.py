"""A finger minutiae record as all four standards see it.

One neutral model: a format's module fills the fields that its format has and leaves the others at their
defaults. Values are as in the record, in the record's own units and resolution; `conversion` turns them into
templates.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt


class RecordFormat(Enum):
    """The record formats that are read and written."""

    ISO_19794_2_2005 = "ISO/IEC 19794-2:2005"
    ISO_19794_2_2011 = "ISO/IEC 19794-2:2011"
    ANSI_378_2004 = "ANSI INCITS 378-2004"
    ANSI_378_2009 = "ANSI INCITS 378-2009"
    ANSI_378_2009_AM1 = "ANSI INCITS 378-2009/AM1"

    @property
    def is_ansi(self) -> bool:
        """Whether angles are in units of 2° instead of 2π/256."""
        return self in {self.ANSI_378_2004, self.ANSI_378_2009, self.ANSI_378_2009_AM1}


RECORD_MINUTIA_DTYPE = np.dtype(
    [("type", "u1"), ("x", "<u2"), ("y", "<u2"), ("angle", "u1"), ("quality", "u1")]
)
"""A minutia as in a record: type code 0..3; x and y 0..16383 in the record's pixels; angle in units of 2π/256
(ISO) or 2° (ANSI); quality 0..100, or 254 and 255 for none."""

QUALITY_NOT_REPORTED = 254
PX_PER_CM_AT_500_PPI = 197


@dataclass(frozen=True, slots=True)
class ExtendedData:
    """One extended data area, its content as in the record.

    Attributes
    ----------
    type_code : int
        1 ridge counts, 2 cores and deltas, 3 zonal quality, from 0x0101 vendor-defined.
    data : bytes
        The area without type and length.
    stated_length : int or None
        The length field where it is not what the format wants.
    """

    type_code: int
    data: bytes
    stated_length: int | None = None


@dataclass(frozen=True, slots=True)
class QualityBlock:
    """A quality value and who computed it: ``vendor_id`` 0 where the format or the record does not say."""

    score: int
    vendor_id: int = 0
    algorithm_id: int = 0


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certification of the capture device: the authority and its scheme."""

    authority_id: int
    scheme_id: int


@dataclass(frozen=True, slots=True)
class Capture:
    """When and with what a view was captured; only ISO/IEC 19794-2:2011 has it for each view.

    Attributes
    ----------
    date_time : tuple of int
        Year, month, day, hour, minute, second, millisecond; all bits set where unknown.
    """

    date_time: tuple[int, int, int, int, int, int, int] = (0xFFFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFFFF)
    technology: int = 0
    vendor_id: int = 0
    device_id: int = 0
    certificates: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class FingerView:
    """One finger view of a record.

    Attributes
    ----------
    minutiae : (n,) RECORD_MINUTIA_DTYPE
        At most 255.
    width_px, height_px, x_per_cm, y_per_cm : int
        Size and resolution of the image; formats that state them once state the same for all views.
    quality_blocks : tuple of QualityBlock
        One, except in ISO/IEC 19794-2:2011, which has any number.
    stated_extended_length : int or None
        The length field of all extended data where it is not the sum of the areas.
    minutia_bytes, ending_type : int
        Bytes of a minutia (5: no quality) and how ridge endings are placed; 2011 only.
    """

    position: int
    minutiae: npt.NDArray[np.void]
    width_px: int
    height_px: int
    x_per_cm: int = PX_PER_CM_AT_500_PPI
    y_per_cm: int = PX_PER_CM_AT_500_PPI
    view_number: int = 0
    impression_type: int = 0
    quality_blocks: tuple[QualityBlock, ...] = ()
    extended_data: tuple[ExtendedData, ...] = ()
    stated_extended_length: int | None = None
    capture: Capture = Capture()
    minutia_bytes: int = 6
    ending_type: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class FingerRecord:
    """A whole record: header and views.

    Attributes
    ----------
    version : bytes
        The four bytes after the magic where they are not the format's usual ones, else empty.
    stated_length : int or None
        The length field where it does not say the record's length.
    owner_id, product_id : int
        CBEFF product identifier; ANSI only. 0 where there is none.
    device_compliance : int or None
        Certification bits of the capture device; None for the draft of ANSI 378-2009 without the field.
    device_id : int
        Capture device; in ISO/IEC 19794-2:2011 each view has its own.
    has_certificates : bool
        Whether views carry certificates; 2011 only.
    """

    record_format: RecordFormat
    views: tuple[FingerView, ...]
    version: bytes = b""
    stated_length: int | None = None
    owner_id: int = 0
    product_id: int = 0
    device_compliance: int | None = 0
    device_id: int = 0
    has_certificates: bool = False
