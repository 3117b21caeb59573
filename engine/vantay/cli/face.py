"""``vantay face``: what is found in a facial photo, and what would make it better."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vantay.cli.finger_option import ExistingFileType
from vantay.cli.options import table_option
from vantay.cli.output import print_json, print_table

if TYPE_CHECKING:
    from vantay.face.extraction import FaceAnalysis
    from vantay.face.quality import Component
    from vantay.types import FaceImage


@click.command()
@click.argument("photo", type=ExistingFileType(), metavar="FILE")
@click.option(
    "--profile",
    default="dlib",
    show_default=True,
    help="dlib, or the name of any face embedding of `vantay models list`.",
)
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw the face, its aligned chip and the quality components into this PNG file.",
)
@click.option(
    "--threads",
    "n_threads",
    type=click.IntRange(1, 1024),
    default=1,
    show_default=True,
    help="Threads to use.",
)
@table_option
def face(photo: Path, *, profile: str, picture: Path | None, n_threads: int, as_table: bool) -> None:
    """Find the face in FILE, judge the photo's quality, say what would make it better.

    FILE is a JPEG, PNG or JPEG 2000 image, or an ISO/IEC 19794-5 record. Nothing is enrolled; no database is
    needed.
    """
    from vantay.face.extraction import make_face_extractor  # noqa: PLC0415 - keeps --help quick
    from vantay.face.image import read_face_image  # noqa: PLC0415

    if picture is not None and not picture.parent.is_dir():
        raise click.UsageError(f"--picture {picture}: there is no folder {picture.parent}")
    image = read_face_image(photo)
    analysis = make_face_extractor(profile, n_threads=n_threads).analyse(image)
    if picture is not None:
        _write_picture(picture, image, analysis)
    if as_table:
        rows = [(c.name, _value(c), str(c.verdict), c.advice_if_needed) for c in analysis.quality.components]
        rows.append(("presentation_attack", *_attack_row(analysis.live_probability)))
        title = f"{photo}: quality {analysis.quality.unified} of 100"
        print_table(("component", "value", "verdict", "advice"), rows, title=title)
    else:
        print_json(_face_json(image, analysis))


def _face_json(image: FaceImage, analysis: FaceAnalysis) -> dict[str, object]:
    found, box = analysis.face, analysis.face.box
    live = analysis.live_probability
    return {
        "width_px": image.pixels.shape[1],
        "height_px": image.pixels.shape[0],
        "face": {
            "left_px": round(box.left_px, 1),
            "top_px": round(box.top_px, 1),
            "width_px": round(box.width_px, 1),
            "height_px": round(box.height_px, 1),
            "score": round(found.score, 3),
            "landmarks": found.kind,
            "landmarks_px": found.landmarks.round(1).tolist(),
        },
        "quality": analysis.quality.unified,
        "components": {c.name: _component_json(c) for c in analysis.quality.components},
        "presentation_attack": (
            {"verdict": "not assessed"} if live is None else {"live_probability": round(live, 3)}
        ),
        "template": {
            "model": analysis.template.model,
            "model_version": analysis.template.model_version,
            "dimension": int(analysis.template.vector.size),
        },
    }


def _component_json(component: Component) -> dict[str, object]:
    value = None if component.value is None else round(component.value, 3)
    advice = component.advice_if_needed
    return {
        "value": value,
        "unit": component.unit,
        "least": component.least,
        "largest": component.largest,
        "verdict": component.verdict,
        **({"advice": advice} if advice else {}),
    }


def _value(component: Component) -> str:
    if component.value is None:
        return "-"
    n_digits = 0 if component.unit or component.value >= 10 else 2
    value = round(component.value, n_digits) + 0.0  # no minus before a zero
    return f"{value:.{n_digits}f}{' ' if component.unit == 'px' else ''}{component.unit}"


def _attack_row(live_probability: float | None) -> tuple[str, str, str]:
    if live_probability is None:
        return "-", "not assessed", "its networks are not installed"
    return f"live {100 * live_probability:.0f} %", "assessed", ""


def _write_picture(picture: Path, image: FaceImage, analysis: FaceAnalysis) -> None:
    from PIL import Image  # noqa: PLC0415

    from vantay.face.quality.parameters import THRESHOLDS  # noqa: PLC0415
    from vantay.report.face_picture import FaceFindings, QualityRow, draw_face  # noqa: PLC0415

    value, verdict, _ = _attack_row(analysis.live_probability)
    attack = value if verdict == "assessed" else verdict
    findings = FaceFindings(
        box_px=analysis.face.box,
        landmarks_px=analysis.face.landmarks,
        chip=analysis.chip,
        quality=analysis.quality.unified,
        is_good=analysis.quality.unified >= THRESHOLDS.least_unified,
        rows=[
            QualityRow(c.name, _value(c), str(c.verdict), c.advice_if_needed)
            for c in analysis.quality.components
        ],
        footer=f"Model {analysis.template.model} · presentation attack: {attack}",
    )
    Image.fromarray(draw_face(image.pixels, findings)).save(picture, format="PNG")
