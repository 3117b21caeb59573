"""One picture of what the generator makes.

::

    python -m vantay_datasets.synthetic.fingerprint.contact_sheet OUT.png

A row for each Henry class: the master print, an impression of each level, and the good impression again
with its true minutiae.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from vantay.types import ANGLE_UNITS, MinutiaType
from vantay_datasets.synthetic.fingerprint.impression import Impression, make_impression
from vantay_datasets.synthetic.fingerprint.impression_parameters import ImpressionLevel
from vantay_datasets.synthetic.fingerprint.master import MasterPrint, make_master
from vantay_datasets.synthetic.fingerprint.pattern import PatternClass

TILE_PX = (204, 221)
GAP_PX = 10
LABEL_PX = 96
HEADER_PX = 34

PAPER = (255, 255, 255)
FRAME = (214, 216, 220)
TEXT = (45, 49, 58)
ENDING = (214, 30, 40)
BIFURCATION = (0, 84, 200)

# Few colours keep the file small; the eye does not see it.
GREYS = (*range(0, 208, 19), *range(210, 256, 9))
N_TINTS = 4

_COLUMNS = ("master", "good", "fair", "poor", "true minutiae")


def draw_contact_sheet(seed: int = 4) -> Image.Image:
    """Draw the sheet.

    Parameters
    ----------
    seed : int
        Other seeds show other fingers.

    Returns
    -------
    Image
        RGB.
    """
    width = LABEL_PX + len(_COLUMNS) * (TILE_PX[0] + GAP_PX)
    height = HEADER_PX + len(PatternClass) * (TILE_PX[1] + GAP_PX)
    sheet = Image.new("RGB", (width, height), PAPER)
    pen = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(15)
    for column, heading in enumerate(_COLUMNS):
        middle = LABEL_PX + column * (TILE_PX[0] + GAP_PX) + TILE_PX[0] // 2
        pen.text((middle, HEADER_PX // 2), heading, fill=TEXT, font=font, anchor="mm")
    for row, pattern in enumerate(PatternClass):
        top = HEADER_PX + row * (TILE_PX[1] + GAP_PX)
        label = pattern.value.replace(" ", "\n")
        pen.multiline_text((14, top + TILE_PX[1] // 2), label, fill=TEXT, font=font, anchor="lm", spacing=5)
        for column, tile in enumerate(_tiles(seed + row, pattern)):
            left = LABEL_PX + column * (TILE_PX[0] + GAP_PX)
            sheet.paste(tile, (left, top))
            pen.rectangle((left, top, left + TILE_PX[0] - 1, top + TILE_PX[1] - 1), outline=FRAME)
    return sheet


def _tiles(seed: int, pattern: PatternClass) -> list[Image.Image]:
    master = make_master(seed, pattern=pattern)
    impressions = [make_impression(master, seed, level) for level in ImpressionLevel]
    tiles = [_shrink(_crop_master(master))]
    tiles += [_shrink(impression.image.pixels) for impression in impressions]
    return [*tiles, _draw_truth(impressions[0])]


def _crop_master(master: MasterPrint) -> npt.NDArray[np.uint8]:
    """Cut out what has the size of an impression, so that both are drawn at one scale."""
    height, width = 416, 384
    left = (master.silhouette.width_px - width) // 2
    top = int(master.silhouette.centre_px[1]) - height // 2 + 10
    return master.pixels[top : top + height, left : left + width]


def _shrink(pixels: npt.NDArray[np.uint8]) -> Image.Image:
    return Image.fromarray(pixels).resize(TILE_PX, Image.Resampling.BOX).convert("RGB")


def _draw_truth(impression: Impression) -> Image.Image:
    """Draw true minutiae on the faded impression: circles are ridge endings, squares bifurcations."""
    faded = (255 - (255 - impression.image.pixels.astype(np.float32)) * 0.4).astype(np.uint8)
    finer = 3  # drawn larger and shrunk, so that lines are smooth
    picture = Image.fromarray(faded).convert("RGB").resize((TILE_PX[0] * finer, TILE_PX[1] * finer))
    pen = ImageDraw.Draw(picture)
    scale = picture.width / impression.image.pixels.shape[1]
    for minutia in impression.minutiae:
        x, y = float(minutia["x_px"]) * scale, float(minutia["y_px"]) * scale
        direction_rad = float(minutia["angle"]) * 2 * np.pi / ANGLE_UNITS
        right, down = np.cos(direction_rad), -np.sin(direction_rad)
        ending = minutia["type"] == MinutiaType.RIDGE_ENDING
        colour = ENDING if ending else BIFURCATION
        box = (x - 10, y - 10, x + 10, y + 10)
        (pen.ellipse if ending else pen.rectangle)(box, outline=colour, width=5)
        pen.line((x + 10 * right, y + 10 * down, x + 32 * right, y + 32 * down), fill=colour, width=5)
    return picture.resize(TILE_PX, Image.Resampling.BOX)


def _palette() -> Image.Image:
    """Make a palette of greys and of tints of the two marks' colours."""
    greys = [(grey,) * 3 for grey in GREYS]
    tints = [
        tuple(round(255 + (part - 255) * i / N_TINTS) for part in colour)
        for colour in (ENDING, BIFURCATION)
        for i in range(1, N_TINTS + 1)
    ]
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in [*greys, FRAME, *tints] for part in colour])
    return palette


def main() -> None:
    """Write the sheet to the file that the command line names."""
    parser = argparse.ArgumentParser(description="Draw synthetic fingerprints of every class and level.")
    parser.add_argument("out", type=Path, metavar="OUT.png")
    parser.add_argument("--seed", type=int, default=4, help="which fingers (default %(default)s)")
    arguments = parser.parse_args()
    sheet = draw_contact_sheet(arguments.seed)
    sheet.quantize(palette=_palette(), dither=Image.Dither.NONE).save(arguments.out, optimize=True)


if __name__ == "__main__":
    main()
