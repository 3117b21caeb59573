"""Models are fetched whole and checked, from addresses, mirrors and after interruptions."""

from __future__ import annotations

import fcntl
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from naive.tiny_model import make_download_entry
from vantay_models import registry
from vantay_models.entry import ModelEntry
from vantay_models.errors import ModelFileError, ModelSourceError, UnknownModel
from vantay_models.pull import pull_model

DATA = bytes(range(256)) * 4000
"""A million bytes: several chunks."""


@dataclass
class Mirror:
    """A server on this machine and how it misbehaves."""

    address: str = ""
    data: bytes = DATA
    is_lasting: bool = True
    """Whether it sends to the end; else it closes the connection after half of what is left."""
    knows_ranges: bool = True
    says_length: bool = True
    status: int = 200
    ranges: list[str | None] = field(default_factory=list)


@pytest.fixture
def mirror() -> Iterator[Mirror]:
    state = Mirror()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            state.ranges.append(wanted)
            if state.status != 200 or self.path != "/models/tiny.onnx":
                self.send_error(state.status if state.status != 200 else 404)
                return
            start = int(re.findall(r"\d+", wanted)[0]) if wanted and state.knows_ranges else 0
            if start >= len(state.data):
                self.send_error(416)
                return
            rest = state.data[start:]
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(state.data) - 1}/{len(state.data)}")
            if state.says_length:
                self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            self.wfile.write(rest if state.is_lasting else rest[: len(rest) // 2])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.address = f"http://127.0.0.1:{server.server_port}/models"
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty model folder, and a manifest with one model that is fetched."""
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(tmp_path / "models"))
    use_manifest(monkeypatch, make_download_entry(DATA))
    return tmp_path / "models"


def use_manifest(monkeypatch: pytest.MonkeyPatch, entry: ModelEntry) -> None:
    monkeypatch.setattr(registry, "read_manifest", lambda: {entry.name: entry})


def files_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


INSTALLED = ["tiny-model.onnx", "tiny-model.onnx.json"]


def test_model_is_fetched_from_a_folder_on_a_server(folder: Path, mirror: Mirror) -> None:
    lines: list[str] = []
    found = pull_model("tiny", source=mirror.address, report=lines.append)
    assert found.path == folder / "tiny-model.onnx"
    assert found.read() == DATA
    assert files_of(folder) == INSTALLED
    assert lines[0] == f"tiny: fetching {mirror.address}/tiny.onnx, 1,024,000 bytes"
    assert lines[-1] == "1,024,000 of 1,024,000 bytes"


def test_second_pull_leaves_a_sound_model(folder: Path, mirror: Mirror) -> None:
    pull_model("tiny", source=f"{mirror.address}/tiny.onnx")
    lines: list[str] = []
    pull_model("tiny", source="http://127.0.0.1:1/nobody", report=lines.append)
    assert lines == [f"tiny: {folder / 'tiny-model.onnx'} is current"]
    assert mirror.ranges == [None]


def test_damaged_model_is_fetched_again(folder: Path, mirror: Mirror) -> None:
    path = pull_model("tiny", source=mirror.address).path
    path.write_bytes(DATA[:-1])
    assert pull_model("tiny", source=mirror.address).read() == DATA


def test_interrupted_fetch_goes_on_where_it_stopped(folder: Path, mirror: Mirror) -> None:
    mirror.is_lasting = False
    for expected in (512_000, 768_000):
        with pytest.raises(ModelSourceError, match=f"interrupted after {expected} of 1024000 bytes: run"):
            pull_model("tiny", source=mirror.address)
        assert not (folder / "tiny-model.onnx").exists()
    mirror.is_lasting = True
    assert pull_model("tiny", source=mirror.address).read() == DATA
    assert mirror.ranges == [None, "bytes=512000-", "bytes=768000-"]
    assert files_of(folder) == INSTALLED


def test_fetch_starts_anew_where_the_server_knows_no_ranges(folder: Path, mirror: Mirror) -> None:
    mirror.is_lasting = False
    with pytest.raises(ModelSourceError, match="interrupted"):
        pull_model("tiny", source=mirror.address)
    mirror.is_lasting, mirror.knows_ranges = True, False
    assert pull_model("tiny", source=mirror.address).read() == DATA


def test_fetch_that_was_complete_but_not_installed_needs_no_network(
    folder: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = folder / "incomplete" / f"tiny.onnx.{make_download_entry(DATA).download.sha256[:16]}.part"  # type: ignore[union-attr]
    part.parent.mkdir(parents=True)
    part.write_bytes(DATA)
    assert pull_model("tiny", source=mirror.address).read() == DATA
    assert mirror.ranges == []


def test_two_processes_do_not_fetch_into_one_file(folder: Path, mirror: Mirror) -> None:
    mirror.is_lasting = False
    with pytest.raises(ModelSourceError, match="interrupted"):
        pull_model("tiny", source=mirror.address)
    (part,) = (folder / "incomplete").iterdir()
    with part.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(ModelSourceError, match="being fetched by another process"):
            pull_model("tiny", source=mirror.address)
    mirror.is_lasting = True
    assert pull_model("tiny", source=mirror.address).read() == DATA


def test_server_that_lost_the_file_is_asked_anew(folder: Path, mirror: Mirror) -> None:
    mirror.is_lasting = False
    with pytest.raises(ModelSourceError, match="interrupted"):
        pull_model("tiny", source=mirror.address)
    mirror.data = DATA[:100]
    with pytest.raises(ModelSourceError, match="fewer bytes than were fetched before"):
        pull_model("tiny", source=mirror.address)
    mirror.data, mirror.is_lasting = DATA, True
    assert pull_model("tiny", source=mirror.address).read() == DATA
    assert mirror.ranges[-1] is None


@pytest.mark.parametrize(
    ("data", "says_length"),
    [
        (DATA[::-1], True),
        (DATA[::-1], False),
        (b"<html>log in</html>", True),
        (b"<html>log in</html>", False),
        (DATA + b"x", True),
    ],
)
def test_other_bytes_are_never_installed(
    folder: Path, mirror: Mirror, data: bytes, says_length: bool
) -> None:
    mirror.data, mirror.says_length = data, says_length
    # A short page without a length looks like an interruption once; then the wrong bytes are recognised.
    for _ in range(3):
        with pytest.raises(ModelSourceError):
            pull_model("tiny", source=mirror.address)
        assert not (folder / "tiny-model.onnx").exists()
    mirror.data = DATA
    for _ in range(2):
        try:
            found = pull_model("tiny", source=mirror.address)
        except ModelSourceError:
            continue
        assert found.read() == DATA
        return
    pytest.fail("the right bytes are not taken after the wrong ones")


@pytest.mark.parametrize(
    ("data", "message"), [(DATA[::-1], "has SHA-256"), (b"x", "gives 1 bytes, expected")]
)
def test_wrong_bytes_are_named(folder: Path, mirror: Mirror, data: bytes, message: str) -> None:
    mirror.data = data
    with pytest.raises(ModelSourceError, match=message):
        pull_model("tiny", source=mirror.address)
    assert [name for name in files_of(folder) if (folder / "incomplete" / name).stat().st_size] == []


def test_refusal_is_named(folder: Path, mirror: Mirror) -> None:
    mirror.status = 403
    with pytest.raises(ModelSourceError, match="was refused: 403"):
        pull_model("tiny", source=mirror.address)


def test_closed_network_is_named_with_the_way_around(folder: Path) -> None:
    with pytest.raises(ModelSourceError, match=r"cannot be reached.*--from FOLDER"):
        pull_model("tiny", source="http://127.0.0.1:1")


@pytest.mark.parametrize("as_text", [True, False])
@pytest.mark.parametrize("is_file", [True, False])
def test_model_is_copied_from_a_mirror_folder(
    folder: Path, tmp_path: Path, is_file: bool, as_text: bool
) -> None:
    (tmp_path / "tiny.onnx").write_bytes(DATA)
    source: Path | str = tmp_path / "tiny.onnx" if is_file else tmp_path
    source = str(source) if as_text else source
    assert pull_model("tiny", source=source).read() == DATA
    assert files_of(folder) == INSTALLED


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (DATA[:-1], "has 1023999 bytes, the manifest expects 1024000"),
        (DATA[::-1], "it is another file, nothing was installed"),
        (None, "not readable"),
    ],
)
def test_wrong_file_in_a_mirror_folder_is_refused(
    folder: Path, tmp_path: Path, data: bytes | None, message: str
) -> None:
    if data is not None:
        (tmp_path / "tiny.onnx").write_bytes(data)
    with pytest.raises(ModelSourceError, match=message):
        pull_model("tiny", source=tmp_path)
    assert not folder.exists()


@pytest.mark.parametrize("address", ["ftp://mirror/models", "file:///media/usb/models"])
def test_mirror_of_another_kind_is_refused(folder: Path, address: str) -> None:
    with pytest.raises(
        ModelSourceError, match=f"{address} is no mirror: expected a folder, or an address of"
    ):
        pull_model("tiny", source=address)


def test_model_without_an_address_says_that_it_needs_a_mirror(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_manifest(monkeypatch, make_download_entry(DATA, url=None))
    with pytest.raises(
        ModelSourceError, match=r"no public address: run `vantay models pull tiny --from FOLDER`"
    ):
        pull_model("tiny")


def test_address_of_the_manifest_is_used_where_none_is_given(
    folder: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = make_download_entry(DATA)
    assert entry.download is not None
    # The manifest itself allows https alone; the check stands in the way of a server of the test's own.
    download = replace(entry.download)
    object.__setattr__(download, "url", f"{mirror.address}/tiny.onnx")
    use_manifest(monkeypatch, replace(entry, download=download))
    assert pull_model("tiny").read() == DATA


def test_model_that_is_built_is_not_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(tmp_path))
    with pytest.raises(
        ModelSourceError, match="not fetched but comes from Python package pyfing: run `vantay"
    ):
        pull_model("leader")
    with pytest.raises(UnknownModel, match="there is no model lader, expected one of dlib-face-detection"):
        pull_model("lader")


def test_folder_that_cannot_be_written_is_named(
    mirror: Mirror, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("VANTAY_MODEL_DIR", str(tmp_path / "file" / "models"))
    use_manifest(monkeypatch, make_download_entry(DATA))
    with pytest.raises(ModelFileError, match="cannot be written"):
        pull_model("tiny", source=mirror.address)
