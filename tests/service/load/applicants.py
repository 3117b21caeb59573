"""The applications of a load: kept in a file without what differs from run to run, and completed from it.

Applications with even numbers are of people who are enrolled and claim to be who they are, those with odd
numbers of newcomers. What this module imports is light: processes that call import it.
"""

from __future__ import annotations

import mmap
import struct
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.timestamp_pb2 import Timestamp

from vantay_service.v1 import intake_pb2 as pb

CONSENT_AGE_S = 60.0
_LENGTH = struct.Struct("<I")


class ApplicantFile:
    """The applications in a file, by number.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._places: list[tuple[int, int]] = []
        at = 0
        while at < len(self._bytes):
            (n_bytes,) = _LENGTH.unpack_from(self._bytes, at)
            at += _LENGTH.size
            self._places.append((at, at + n_bytes))
            at += n_bytes

    @staticmethod
    def write(path: Path, applications: Iterable[bytes]) -> int:
        """Write applications; give how many there are."""
        n_written = 0
        with path.open("wb") as file:
            for n_written, application in enumerate(applications, 1):  # noqa: B007 - the last one counts
                file.write(_LENGTH.pack(len(application)) + application)
        return n_written

    def __len__(self) -> int:
        """Count the applications."""
        return len(self._places)

    def __getitem__(self, number: int) -> bytes:
        """Give an application without its head."""
        start, stop = self._places[number]
        return self._bytes[start:stop]


@dataclass(frozen=True, slots=True)
class Application:
    """One application, ready to be sent.

    Attributes
    ----------
    number : int
        Of the person, in the file.
    reference : str
    request : bytes
        A `CheckApplicantRequest`.
    """

    number: int
    reference: str
    request: bytes


class Applicants:
    """Whose turn it is. A newcomer comes once; when all have come, those who are enrolled come again.

    Parameters
    ----------
    file : ApplicantFile
    prefix : str
        Of the references of this run.
    numbers : sequence of int
        Which of the file.
    enrols : bool
        Whether what is captured of them is kept.

    Attributes
    ----------
    last_number : int
        The largest whose turn came; −1 at the beginning.
    """

    def __init__(
        self, file: ApplicantFile, prefix: str, numbers: Sequence[int], *, enrols: bool = True
    ) -> None:
        self._file = file
        self._prefix = prefix
        self._enrols = enrols
        self._residents = [number for number in numbers if number % 2 == 0]
        self._turns = deque((number, 0) for number in numbers)
        self.last_number = -1
        if not self._residents:
            raise ValueError("no applicants who are enrolled, expected one at least")

    def next(self) -> Application:
        """Make the next application."""
        if not self._turns:
            raise IndexError("no applicants left")
        number, visit = self._turns.popleft()
        if number % 2 == 0:
            self._turns.append((number, visit + 1))
        self.last_number = max(self.last_number, number)
        reference = f"{self._prefix}-{number}-{visit}"
        head = application_head(reference, time.time() - CONSENT_AGE_S, enrols=self._enrols)
        return Application(number, reference, head + self._file[number])

    def put_back(self, application: Application) -> None:
        """Let a newcomer who was turned away come again, under the same reference."""
        if application.number % 2:
            self._turns.append((application.number, 0))


def application_head(reference: str, given_at: float, *, enrols: bool) -> bytes:
    """Give the part of an application that differs from run to run.

    The bytes of two parts of a message, one after the other, are those of the whole message.

    Parameters
    ----------
    reference : str
    given_at : float
        Of the consent, seconds since 1970.
    enrols : bool
        Whether what was captured is kept.
    """
    given = Timestamp()
    given.FromSeconds(int(given_at))
    return pb.CheckApplicantRequest(
        application_reference=reference,
        consent=pb.ConsentGiven(reference="consent/load", given_at=given),
        enrol_if=[pb.ENROL_IF_NEW, pb.ENROL_IF_KNOWN] if enrols else [],
    ).SerializeToString()
