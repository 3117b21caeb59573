"""Read the values of which dlib's files consist: integers, floats, texts, tensors.

dlib writes an integer as one control byte (sign in the highest bit, number of bytes in the lowest four) and
the absolute value, lowest byte first; a float as two such integers, mantissa and binary exponent; a truth
value as the character 0 or 1. A tensor is a version, four dimensions and raw little-endian float32 values.

References
----------
dlib, documentation of ``dlib/serialize.h``, http://dlib.net.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from vantay_models.errors import ModelSourceError

FloatArray = npt.NDArray[np.float32]

SIGN_BIT = 0x80
LENGTH_BITS = 0x0F
MAX_INTEGER_BYTES = 8
MAX_TEXT_BYTES = 64
"""The longest name of a layer is half as long; a longer one means that these bytes are something else."""

MAX_EXPONENT = 2000
"""dlib writes infinities and not-a-number as exponents from 32000; no trained value has them."""

TENSOR_VERSION = 2
N_TENSOR_DIMENSIONS = 4
FLOAT_BYTES = 4


class Stream:
    """Takes values from the front of a file; every call raises `ModelSourceError` where they are not there.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        What error messages call it.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self._data = data
        self._name = name
        self._position = 0

    def fail(self, reason: str) -> ModelSourceError:
        """Return the error that says what is wrong at the current place."""
        return ModelSourceError(f"{self._name}, byte {self._position}: {reason}: not the dlib model expected")

    def take(self, n_bytes: int) -> bytes:
        """Return the next bytes."""
        end = self._position + n_bytes
        if end > len(self._data):
            raise self.fail(f"{n_bytes} bytes expected, {len(self._data) - self._position} are left")
        taken = self._data[self._position : end]
        self._position = end
        return taken

    def integer(self) -> int:
        """Return the next integer."""
        control = self.take(1)[0]
        n_bytes = control & LENGTH_BITS
        if not 1 <= n_bytes <= MAX_INTEGER_BYTES:
            raise self.fail(f"an integer of {n_bytes} bytes, expected 1 to {MAX_INTEGER_BYTES}")
        value = int.from_bytes(self.take(n_bytes), "little")
        return -value if control & SIGN_BIT else value

    def count(self, most: int) -> int:
        """Return the next integer, which says how many of something follow."""
        value = self.integer()
        if not 0 <= value <= most:
            raise self.fail(f"a count of {value}, expected 0 to {most}")
        return value

    def number(self) -> float:
        """Return the next float."""
        mantissa, exponent = self.integer(), self.integer()
        if abs(exponent) > MAX_EXPONENT:
            raise self.fail(f"a float with exponent {exponent}, expected at most {MAX_EXPONENT} either way")
        return math.ldexp(mantissa, exponent)

    def truth(self) -> bool:
        """Return the next truth value."""
        value = self.take(1)
        if value not in {b"0", b"1"}:
            raise self.fail(f"a truth value {value!r}, expected 0 or 1")
        return value == b"1"

    def text(self) -> str:
        """Return the next text."""
        return self.take(self.count(MAX_TEXT_BYTES)).decode("latin-1")

    def expect(self, what: str, found: object, *expected: object) -> None:
        """Check that a value that was read is one of those expected."""
        if found not in expected:
            raise self.fail(f"{what} is {found!r}, expected {' or '.join(map(repr, expected))}")

    def tensor(self) -> FloatArray:
        """Return the next tensor: (samples, channels, rows, columns) float32."""
        self.expect("a tensor's version", self.integer(), TENSOR_VERSION)
        shape = [self.count(len(self._data)) for _ in range(N_TENSOR_DIMENSIONS)]
        values = np.frombuffer(self.take(FLOAT_BYTES * math.prod(shape)), "<f4").reshape(shape)
        if not np.isfinite(values).all():
            raise self.fail("a tensor holds values that are not finite")
        return values.astype(np.float32)

    def column(self, most: int) -> FloatArray:
        """Return the next column, (n,) float32: dlib writes a matrix with negated dimensions."""
        n_rows, n_columns = -self.integer(), -self.integer()
        if not (0 <= n_rows <= most and n_columns == 1):
            raise self.fail(f"a matrix of {n_rows} × {n_columns}, expected a column of at most {most}")
        return np.array([self.number() for _ in range(n_rows)], np.float32)

    def finish(self) -> None:
        """Check that nothing is left."""
        if left := len(self._data) - self._position:
            raise self.fail(f"{left} bytes are left over")
