"""Register an embedding of the user's own, for instance one licensed from a vendor."""

from __future__ import annotations

import re
from pathlib import Path

from vantay_models.added import SUFFIX
from vantay_models.cache import BuildRecord, model_cache_dir, replace_file, sha256_hex, write_model
from vantay_models.calibration import forget_calibration
from vantay_models.dry_run import dry_run
from vantay_models.entry import ColorOrder, ImageInput, Layout, ModelEntry, PixelType, Purpose
from vantay_models.errors import ManifestError, ModelRejected, ModelSourceError
from vantay_models.manifest import check_name, parse_manifest
from vantay_models.registry import ADDED, InstalledModel, find_model, read_entries
from vantay_models.templates import make_template
from vantay_models.toml_record import write_record

MAX_BYTES = 2**31
"""What an ONNX file can hold; larger ones keep their weights in files of their own."""

MAX_SIZE_PX = 1024


def add_model(
    file: Path,
    *,
    size: int,
    dim: int,
    name: str | None = None,
    licence: str = "not stated",
    template: str = "arcface",
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0),
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0),
    color: str = "RGB",
    layout: str = "NCHW",
    pixel_type: str = "float32",
    training_data: str = "not stated",
) -> InstalledModel:
    """Put an embedding model into the model folder, if it does on samples what is said of it.

    Parameters
    ----------
    file : Path
        The ONNX file, with its weights inside.
    size : int
        Width and height of its image in pixels.
    dim : int
        Length of its embedding.
    name : str, optional
        What commands will call it: small letters, digits and dashes. Made of the file's name if not given.
    licence : str
        Under which it may be used.
    template : str
        Where the landmarks of a face lie in its image: ``arcface`` or ``dlib``, scaled to ``size``.
    mean, scale : (3,) float
        Its input is (pixel − mean) · scale, one of each for each colour in the order of ``color``.
    color : str
        ``RGB`` or ``BGR``.
    layout : str
        ``NCHW`` or ``NHWC``.
    pixel_type : str
        ``float32`` or ``uint8``.
    training_data : str
        What is known of it.

    Raises
    ------
    ManifestError
        If a value is out of range, or the name is taken.
    ModelSourceError
        If the file is not readable.
    ModelRejected
        If the model does not do on samples what is said of it.
    ModelFileError
        If it cannot be written.
    """
    name = _name_of(file) if name is None else name
    check_name(name)
    if name in read_entries():
        raise ManifestError(f"there is a model {name} already, expected another name")
    entry = ModelEntry(
        name=name,
        purpose=Purpose.FACE_EMBEDDING,
        summary=f"turns a face into {dim} numbers",
        file=f"{name}.onnx",
        licence=licence,
        reference=f"added from {file.name}",
        training_data=training_data,
        input=f"{layout} {pixel_type}, {size} × {size}, {color}",
        output=f"(b, {dim}) float32",
        image=_image_input(size, template, mean, scale, (color, layout, pixel_type)),
        dimension=dim,
    )
    _check_description(entry)
    data = _read(file)
    return _install(data, dry_run(data, entry))


def _name_of(file: Path) -> str:
    """Make a name of a file's: ``Vendor_R50.onnx`` gives ``vendor-r50``."""
    return re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-")


def _check_description(entry: ModelEntry) -> None:
    """Refuse what the model's own manifest cannot say: once written, it would spoil every later command."""
    try:
        parse_manifest(_to_toml(entry).encode().decode())
    except ValueError as error:  # numbers that are not finite, text that is not Unicode
        raise ManifestError(f"the description of {entry.name} cannot be written: {error}") from error


def _image_input(
    size: int,
    template: str,
    mean: tuple[float, float, float],
    scale: tuple[float, float, float],
    choices: tuple[str, str, str],
) -> ImageInput:
    if not 1 <= size <= MAX_SIZE_PX:
        raise ManifestError(f"size is {size}, expected 1 to {MAX_SIZE_PX} px")
    color, layout, pixel_type = choices
    try:
        order, shape, values = ColorOrder(color), Layout(layout), PixelType(pixel_type)
    except ValueError as error:
        raise ManifestError(f"{error}, expected RGB or BGR, NCHW or NHWC, float32 or uint8") from error
    return ImageInput(
        layout=shape,
        color_order=order,
        pixel_type=values,
        mean=mean,
        scale=scale,
        width_px=size,
        height_px=size,
        template=make_template(template, size),
    )


def _read(file: Path) -> bytes:
    try:
        if (size := file.stat().st_size) > MAX_BYTES:
            raise ModelRejected(f"{file} has {size} bytes, expected at most {MAX_BYTES}")
        return file.read_bytes()
    except OSError as error:
        raise ModelSourceError(f"{file} is not readable: {error}") from error


def _install(data: bytes, entry: ModelEntry) -> InstalledModel:
    """Write file, record and, last, the manifest that makes the model known."""
    folder = model_cache_dir()
    digest = sha256_hex(data)
    forget_calibration(entry.name)  # of an earlier model of this name: the same file may be used otherwise
    write_model(folder / entry.file, data, BuildRecord(entry.name, ADDED, digest, digest))
    replace_file(folder / f"{entry.name}{SUFFIX}", _to_toml(entry).encode())
    return find_model(entry.name)


def _to_toml(entry: ModelEntry) -> str:
    name_line = f'name = "{entry.name}"\n'
    return write_record(entry, entry.name).replace(name_line, "", 1)
