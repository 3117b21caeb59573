"""Requests from files: what capture stations leave in folders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from google.protobuf.json_format import Parse

from vantay_service.v1.intake_pb2 import CheckApplicantRequest
from vantay_service.v1.samples_pb2 import FaceSample, FingerPosition, FingerSample, Samples

RECORD_MAGIC = b"FMR\x00"
"""The first bytes of ISO/IEC 19794-2 and ANSI 378 records."""
FACE_NAME = "face"
_PREFIX = "FINGER_POSITION_"


def finger_from_file(position: FingerPosition.ValueType, path: Path) -> FingerSample:
    """Make a sample of the file of an image or of a template record; its first bytes tell which it is."""
    data = path.read_bytes()
    if data.startswith(RECORD_MAGIC):
        return FingerSample(position=position, template_record=data)
    return FingerSample(position=position, image=data)


def samples_from_files(
    fingers: Mapping[FingerPosition.ValueType, Path], face: Path | None = None, *, ppi: float | None = None
) -> Samples:
    """Make samples of files.

    Parameters
    ----------
    fingers : mapping of FingerPosition to Path
        Images or template records.
    face : Path, optional
        A photo.
    ppi : float, optional
        Resolution of the images of fingers, overriding what the files say.
    """
    return Samples(
        fingers=[finger_from_file(position, fingers[position]) for position in sorted(fingers)],
        face=None if face is None else FaceSample(image=face.read_bytes()),
        ppi=ppi,
    )


def samples_from_folder(folder: Path, *, ppi: float | None = None) -> Samples:
    """Make samples of a folder whose files are called ``right_thumb.png``, ``left_little.fmr``, ``face.jpg``.

    Raises
    ------
    ValueError
        If a file is called otherwise, or two files are of one sample.
    """
    fingers: dict[FingerPosition.ValueType, Path] = {}
    face = None
    for path in sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith(".")):
        name = path.stem.lower().replace("-", "_")
        if name == FACE_NAME and face is None:
            face = path
        elif (position := _positions().get(name)) is not None and position not in fingers:
            fingers[position] = path
        else:
            raise ValueError(f"{path}: expected one file each, named as right_index.png or face.jpg")
    return samples_from_files(fingers, face, ppi=ppi)


def check_request_from_files(form: Path, samples: Path | Samples) -> CheckApplicantRequest:
    """Make a request for a check.

    Parameters
    ----------
    form : Path
        JSON file of a `CheckApplicantRequest` without its samples, as docs/service-api.md shows.
    samples : Path or Samples
        Their folder (`samples_from_folder`), or the samples.

    Raises
    ------
    google.protobuf.json_format.ParseError
        If the form is none.
    ValueError
        As `samples_from_folder`.
    """
    request = Parse(form.read_text(encoding="utf-8"), CheckApplicantRequest())
    made = samples if isinstance(samples, Samples) else samples_from_folder(samples)
    request.captures.samples.CopyFrom(made)
    return request


def _positions() -> dict[str, FingerPosition.ValueType]:
    return {
        name.removeprefix(_PREFIX).lower(): value
        for name, value in FingerPosition.items()
        if not name.endswith("UNSPECIFIED")
    }
