"""What a deduplication found and how far it came: a file that only grows, a line a batch.

::

    CRC-32 of the rest, space, JSON
    {"format_version": 1, …}                                              what was asked, of which store
    {"begins_at": 812}                                                    a round begins, at this change
    {"searched_through": 77, "n": 64, "sequence": 812, "pairs": […]}      a batch of it, in order of number
    {"ends": true}                                                        the round is over

What was found and who was searched stand in one line, which is on the disk before the next batch begins: who
is killed has either both or neither. A line that was not finished is cut off by the next who opens the file.
"""

from __future__ import annotations

import fcntl
import json
import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO, Self

from vantay.errors import DataCorruption, InvalidSetting, StoreUnavailable

FORMAT_VERSION = 1
_CRC_DIGITS = 8


@dataclass(frozen=True, slots=True)
class FoundPair:
    """Two subjects that seem to be one person.

    Attributes
    ----------
    probe_id, found_id : str
        Whose search found whom.
    score : float
        Fused score.
    threshold : float
        Of that search.
    finger_scores : mapping of str to float
        By the finger of the probe.
    face_score : float, optional
    arrangement : str
        How the fingers of the probe had to be laid.
    """

    probe_id: str
    found_id: str
    score: float
    threshold: float
    finger_scores: Mapping[str, float]
    face_score: float | None
    arrangement: str

    @property
    def subject_ids(self) -> tuple[str, str]:
        """Both, in order."""
        return min(self.probe_id, self.found_id), max(self.probe_id, self.found_id)


class PairJournal:
    """An open journal. Make one with `PairJournal.open`; a context manager.

    Attributes
    ----------
    begun_at : list of int
        Change of the store at which each round began.
    is_in_round : bool
        Whether the last of them is not over.
    searched_through : int
        Number of the last subject that was searched in it; −1 if nobody was.
    n_searched : int
        Searches of all rounds.
    pairs : list of (int, FoundPair)
        With the change of the store up to which the searched gallery went.
    is_resumed : bool
        Whether the file was there.
    """

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self.path = path
        self.begun_at: list[int] = []
        self.is_in_round = False
        self.searched_through = -1
        self.n_searched = 0
        self.pairs: list[tuple[int, FoundPair]] = []
        self.is_resumed = False

    @classmethod
    def open(cls, path: Path, header: Mapping[str, object], *, is_restart: bool = False) -> Self:
        """Open a journal, for one process at a time; begin it if it is not there.

        Parameters
        ----------
        path : Path
        header : mapping of str to object
            What was asked: strings and numbers.
        is_restart : bool
            Whether to pass over what the file holds.

        Raises
        ------
        InvalidSetting
            If it is there and something else was asked, or another store.
        DataCorruption
            If it is damaged.
        StoreUnavailable
            If it cannot be written, or another process writes it.
        """
        try:
            file = open(path, "r+b", opener=_open_private)  # noqa: SIM115 - closed by `close`
        except OSError as error:
            raise StoreUnavailable(f"{path} cannot be written: {error.strerror}") from error
        journal = cls(file, path)
        try:
            journal._start({"format_version": FORMAT_VERSION, **header}, is_restart=is_restart)
        except BaseException:
            journal.close()
            raise
        return journal

    def close(self) -> None:
        """Let others open it."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin_round(self, sequence: int) -> None:
        """Begin a round."""
        self._append({"begins_at": sequence})

    def add_batch(
        self, searched_through: int, n_searched: int, sequence: int, pairs: Sequence[FoundPair]
    ) -> None:
        """Tell that some more subjects were searched, in order of number, and what that found."""
        self._append(
            {
                "searched_through": searched_through,
                "n": n_searched,
                "sequence": sequence,
                "pairs": [asdict(pair) for pair in pairs],
            }
        )

    def end_round(self) -> None:
        """Tell that everyone of a round was searched."""
        self._append({"ends": True})

    def _start(self, header: Mapping[str, object], *, is_restart: bool) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StoreUnavailable(f"{self.path} is in use by another process") from error
        lines = [] if is_restart else list(_whole_lines(self.path, self._file))
        if not lines:
            self._file.truncate(0)
            self._write(header)
            return
        _check_header(self.path, lines[0], header)
        for entry in lines[1:]:
            self._take(entry)
        self.is_resumed = True

    def _append(self, entry: Mapping[str, Any]) -> None:
        self._write(entry)
        self._take(json.loads(json.dumps(entry)))

    def _write(self, entry: Mapping[str, object]) -> None:
        text = json.dumps(entry).encode()
        try:
            self._file.seek(0, os.SEEK_END)
            self._file.write(b"%08x %s\n" % (zlib.crc32(text), text))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise StoreUnavailable(f"{self.path} cannot be written: {error.strerror}") from error

    def _take(self, entry: Mapping[str, Any]) -> None:
        if "begins_at" in entry:
            self.begun_at.append(entry["begins_at"])
            self.is_in_round, self.searched_through = True, -1
        elif "ends" in entry:
            self.is_in_round = False
        else:
            self.searched_through = entry["searched_through"]
            self.n_searched += entry["n"]
            self.pairs += [(entry["sequence"], FoundPair(**pair)) for pair in entry["pairs"]]


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CREAT, 0o600)


def _whole_lines(path: Path, file: BinaryIO) -> Iterator[dict[str, Any]]:
    """Read the lines; one at the end that was not finished is cut off."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    at = 0
    for line in iter(file.readline, b""):
        text = line[_CRC_DIGITS + 1 : -1]
        if line[:_CRC_DIGITS] != b"%08x" % zlib.crc32(text) or not line.endswith(b"\n"):
            if at + len(line) < size:
                raise DataCorruption(
                    f"{path}: a line at byte {at} does not have its checksum: begin the deduplication anew"
                )
            file.truncate(at)
            return
        at += len(line)
        entry: dict[str, Any] = json.loads(text)
        yield entry


def _check_header(path: Path, said: Mapping[str, object], header: Mapping[str, object]) -> None:
    for name in header.keys() | said.keys():
        if said.get(name) != header.get(name):
            raise InvalidSetting(
                f"the deduplication that {path} tells of has {name} {said.get(name)}, and now it is "
                f"{header.get(name)}: say the same again, name another file, or begin the deduplication anew"
            )
