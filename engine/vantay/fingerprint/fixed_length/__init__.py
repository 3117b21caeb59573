"""A finger as one vector of fixed length, for FAISS: what a search of a large gallery begins with."""

from vantay.fingerprint.fixed_length.description import FingerDescriptions, describe_fingers
from vantay.fingerprint.fixed_length.parameters import CODE_NUMBERS, code_tables
from vantay.fingerprint.fixed_length.pooling import finger_code, finger_codes

__all__ = [
    "CODE_NUMBERS",
    "FingerDescriptions",
    "code_tables",
    "describe_fingers",
    "finger_code",
    "finger_codes",
]
