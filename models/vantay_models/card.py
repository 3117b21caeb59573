"""The card of a model: what a person must know before it decides about people."""

from __future__ import annotations

from collections.abc import Iterator

from vantay_models.entry import Calibration, ImageInput, ModelEntry
from vantay_models.errors import ModelFileError
from vantay_models.registry import advice, find_entry, find_model


def model_card(name: str) -> str:
    """Return what is known of a model as Markdown.

    Raises
    ------
    UnknownModel
        If there is no model of this name.
    ManifestError
        If a manifest is wrong.
    """
    entry = find_entry(name)
    try:
        found = find_model(name)
        entry, state = found.entry, f"installed at `{found.path}`, SHA-256 `{found.sha256}`"
    except ModelFileError:
        state = f"not usable here: {advice(entry)}"
    lines = [
        f"# {entry.name}",
        "",
        f"{entry.summary[0].upper()}{entry.summary[1:]}.",
        "",
        *_table(("", ""), [*_facts(entry), ("state", state)]),
        "",
        "## Accuracy",
        "",
        *_accuracy(entry),
        "",
        "## Calibration",
        "",
        _calibration(entry.calibration),
    ]
    return "\n".join(lines) + "\n"


def _facts(entry: ModelEntry) -> Iterator[tuple[str, str]]:
    yield "purpose", entry.purpose
    yield "licence", entry.licence
    yield "source", entry.source
    if entry.download is not None:
        yield "file", f"{entry.download.size_bytes:,} bytes, SHA-256 `{entry.download.sha256}`"
        yield "address", entry.download.url or "none: a conversion that only mirrors have"
    yield "published", entry.reference
    yield "trained on", entry.training_data
    yield "input", entry.input
    if entry.image is not None:
        yield from _preprocessing(entry.image)
    yield "output", entry.output


def _preprocessing(image: ImageInput) -> Iterator[tuple[str, str]]:
    mean, scale = (", ".join(f"{value:g}" for value in values) for values in (image.mean, image.scale))
    yield "values", f"(pixel − mean) · scale in {image.color_order}, mean {mean}, scale {scale}"
    if image.template is not None:
        points = " ".join(f"({x:g}, {y:g})" for x, y in image.template.points)
        yield "alignment", f"{image.template.landmarks} at {points} px"
    if image.box_scale is not None:
        yield "alignment", f"the face's box, {image.box_scale:g} times as large"


def _accuracy(entry: ModelEntry) -> list[str]:
    if not entry.accuracy:
        return ["Nothing is measured."]
    return _table(
        ("what", "how much", "on whom"),
        [(figure.measure, figure.value, figure.measured_on) for figure in entry.accuracy],
    )


def _calibration(calibration: Calibration | None) -> str:
    if calibration is None:
        return "None: raw comparisons of this model say nothing about false match rates."
    return f"{len(calibration.raw)} knots, fitted on {calibration.measured_on}."


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    cells = [heads, ("---",) * len(heads), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells]
