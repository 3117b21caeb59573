"""Messages of the wire become what the engine takes, and back.

What comes from the wire is checked before anything is decoded: counts, lengths, ranges, the first bytes of
records. An `InvalidField` names the field that is wrong. What goes out is taken as it is.
"""

from vantay_service.conversion.limits import RequestLimits

__all__ = ["RequestLimits"]
