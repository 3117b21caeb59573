"""Files of arrays: what is written comes back, damage is named, a full disk changes nothing."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vantay.errors import DataCorruption, StorageError, StoreUnavailable, UnsupportedFormatVersion
from vantay.index.array_file import ALIGNMENT_BYTES, FORMAT_VERSION, open_array_file, write_array_file

KIND, PARAMETERS = "things", "p" * 64
RECORD = np.dtype([("x", "<i2"), ("y", "<i2"), ("angle", "u1")])
ARRAYS: dict[str, npt.NDArray[Any]] = {
    "numbers": np.arange(1000, dtype=np.int64),
    "table": np.arange(60, dtype=np.float32).reshape(20, 3),
    "records": np.zeros(7, RECORD),
    "nobody": np.empty((0, 128), np.float16),
    "nothing": np.empty(0, np.uint8),
    "byte": np.array([7], np.uint8),
}


def write(path: Path, **changes: str) -> None:
    given_as = {"kind": KIND, "parameters": PARAMETERS} | changes
    write_array_file(path, given_as["kind"], given_as["parameters"], {n: [a] for n, a in ARRAYS.items()})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write(tmp_path / "some.arrays")
    return tmp_path / "some.arrays"


def test_arrays_come_back_as_they_were_written(path: Path) -> None:
    file = open_array_file(path, KIND, PARAMETERS)
    assert list(file.arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert file.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(file.arrays[name], array, strict=True)
    file.verify()


@settings(max_examples=40, deadline=None)
@given(
    pieces=st.lists(
        hnp.arrays(np.uint16, st.integers(0, 50).map(lambda n: (n, 3))),
        min_size=1,
        max_size=5,
    )
)
def test_pieces_come_back_as_one_array(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[npt.NDArray[np.uint16]]
) -> None:
    path = tmp_path_factory.mktemp("pieces") / "some.arrays"
    write_array_file(path, KIND, PARAMETERS, {"made": (piece for piece in pieces), "after": [np.ones(3)]})
    file = open_array_file(path, KIND, PARAMETERS)
    np.testing.assert_array_equal(file.arrays["made"], np.concatenate(pieces), strict=True)
    np.testing.assert_array_equal(file.arrays["after"], np.ones(3), strict=True)
    file.verify()


def test_strided_pieces_come_back(tmp_path: Path) -> None:
    strided = np.arange(24, dtype=np.int32).reshape(4, 6)[::2, ::3]
    write_array_file(tmp_path / "a", KIND, PARAMETERS, {"strided": [strided, strided]})
    file = open_array_file(tmp_path / "a", KIND, PARAMETERS)
    np.testing.assert_array_equal(file.arrays["strided"], np.concatenate([strided, strided]), strict=True)


def test_arrays_begin_at_cache_lines_and_are_read_only(path: Path) -> None:
    for array in open_array_file(path, KIND, PARAMETERS).arrays.values():
        if array.size:
            assert array.ctypes.data % ALIGNMENT_BYTES == 0
            assert not array.flags.writeable


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [np.zeros(3, np.int32), np.zeros(3, np.int64)],
        [np.zeros((3, 2)), np.zeros((3, 4))],
    ],
    ids=["none", "of two dtypes", "of two widths"],
)
def test_pieces_that_do_not_go_together_are_refused(
    tmp_path: Path, pieces: list[npt.NDArray[np.generic]]
) -> None:
    with pytest.raises(ValueError, match="some_name"):
        write_array_file(tmp_path / "a", KIND, PARAMETERS, {"some_name": pieces})
    assert not list(tmp_path.iterdir())


def test_too_many_arrays_for_the_head_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="head of"):
        write_array_file(tmp_path / "a", KIND, PARAMETERS, {f"array-{i}": [np.zeros(1)] for i in range(500)})
    assert not list(tmp_path.iterdir())


def head_bytes(path: Path) -> int:
    return 16 + int.from_bytes(path.read_bytes()[12:16], "little") + 32


def test_every_flipped_bit_of_the_head_is_found(path: Path) -> None:
    whole = path.read_bytes()
    with path.open("r+b", buffering=0) as file:
        for at in range(head_bytes(path)):
            os.pwrite(file.fileno(), bytes([whole[at] ^ 1 << at % 8]), at)
            with pytest.raises((DataCorruption, UnsupportedFormatVersion), match=r"some\.arrays"):
                open_array_file(path, KIND, PARAMETERS)
            os.pwrite(file.fileno(), whole[at : at + 1], at)
    open_array_file(path, KIND, PARAMETERS).verify()


def test_other_lengths_are_found(path: Path) -> None:
    whole = path.read_bytes()
    lengths = {*range(0, len(whole), 197), *range(0, head_bytes(path) + 2, 3), len(whole) - 1}
    for n_bytes in sorted(lengths):
        path.write_bytes(whole[:n_bytes])
        with pytest.raises(DataCorruption):
            open_array_file(path, KIND, PARAMETERS)
    path.write_bytes(whole + b"\0")
    with pytest.raises(DataCorruption, match=f"{len(whole) + 1} bytes, expected {len(whole)}"):
        open_array_file(path, KIND, PARAMETERS)


def test_a_flipped_bit_of_an_array_is_found_by_verify(path: Path) -> None:
    sound = open_array_file(path, KIND, PARAMETERS)
    whole = path.read_bytes()
    first = sound.arrays["numbers"].ctypes.data - whole.index(ARRAYS["numbers"].tobytes())
    for name, array in ARRAYS.items():
        if array.nbytes:
            at = sound.arrays[name].ctypes.data - first
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
            file = open_array_file(path, KIND, PARAMETERS)
            with pytest.raises(DataCorruption, match=f"array {name} "):
                file.verify()
            file.verify(other for other in ARRAYS if other != name)


def test_another_kind_is_refused(path: Path) -> None:
    with pytest.raises(DataCorruption, match="holds 'things', expected 'others'"):
        open_array_file(path, "others", PARAMETERS)


def test_other_parameters_are_refused(path: Path) -> None:
    with pytest.raises(UnsupportedFormatVersion, match="pppppppppppp, expected qqqqqqqqqqqq"):
        open_array_file(path, KIND, "q" * 64)


def test_a_newer_format_is_refused(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[8:12] = (FORMAT_VERSION + 1).to_bytes(4, "little")
    path.write_bytes(whole)
    with pytest.raises(UnsupportedFormatVersion, match=f"version {FORMAT_VERSION + 1}"):
        open_array_file(path, KIND, PARAMETERS)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="nowhere"):
        open_array_file(tmp_path / "nowhere", KIND, PARAMETERS)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable):
        open_array_file(tmp_path, KIND, PARAMETERS)


def test_only_the_owner_may_read(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="nowhere"):
        write(tmp_path / "nowhere" / "some.arrays")


def test_a_read_only_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("vantay.index.array_file.os.open", refuse)  # root may write everywhere
    with pytest.raises(StoreUnavailable, match="Permission denied"):
        write(tmp_path / "some.arrays")


@pytest.fixture
def small_disk() -> Iterator[None]:
    """No file grows beyond 12 kB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    signal.signal(signal.SIGXFSZ, ignored)


def test_a_full_disk_leaves_what_was_there(path: Path, small_disk: None) -> None:
    before = path.read_bytes()
    with pytest.raises(StoreUnavailable, match=r"some\.arrays cannot be written: File too large"):
        write(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("name", ["os.fsync", "Path.replace"])
def test_a_failure_at_any_step_leaves_what_was_there(
    path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    before = path.read_bytes()
    monkeypatch.setattr(f"vantay.index.array_file.{name}", fail)
    with pytest.raises(StoreUnavailable, match="Input/output error"):
        write(path, parameters="another")
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


KILLED = """
import os, signal, sys
from pathlib import Path
import numpy as np
from vantay.index.array_file import write_array_file
def pieces():
    yield np.zeros(1 << 16)
    os.kill(os.getpid(), signal.SIGKILL)
write_array_file(Path(sys.argv[1]), "things", "parameters", {"a": pieces()})
"""


def test_a_killed_writer_leaves_what_was_there(path: Path) -> None:
    before = path.read_bytes()
    done = subprocess.run([sys.executable, "-c", KILLED, path], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == before
    (left,) = set(path.parent.iterdir()) - {path}
    assert left.suffix == ".tmp"
    with pytest.raises(StorageError):
        open_array_file(left, KIND, PARAMETERS)
