"""Make ``reference.npz`` with the published network; needs pyfing with keras and torch.

Run it in an environment of its own that has this package on its path:
``python -m vantay_models.leader.make_reference``.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vantay_models.leader.pattern import PlantedMinutia, draw_ridges
from vantay_models.leader.reference import FILE, THRESHOLD

SEED = 5


def draw_reference_images() -> list[npt.NDArray[np.uint8]]:
    """Draw two patterns of different size, direction and curvature, and a third with ridges at its border."""
    rng = np.random.default_rng(SEED)
    images = []
    for height, width, direction, curvature in (
        (128, 160, 0.5, 0.002),
        (160, 128, 2.0, 0.006),
    ):
        minutiae = [
            PlantedMinutia(float(x), float(y), int(sign))
            for x, y, sign in zip(
                rng.uniform(24, width - 24, 6),
                rng.uniform(24, height - 24, 6),
                rng.choice([-1, 1], 6),
                strict=True,
            )
        ]
        image = draw_ridges(height, width, minutiae, direction_rad=direction, curvature=curvature)
        images.append(np.clip(image + rng.normal(0, 8, image.shape), 0, 255).astype(np.uint8))
    return [*images, np.ascontiguousarray(images[0][24:120, 40:136])]


def main() -> None:
    """Run the published network and write the file."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    from pyfing.minutiae_end_to_end import Leader  # type: ignore[import-untyped] # noqa: PLC0415

    network = Leader().model
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for i, image in enumerate(images := draw_reference_images()):
        maps = np.asarray(network(image[None, :, :, None], training=False).detach().cpu())[0]
        y, x = np.nonzero(maps[..., 3] >= THRESHOLD)
        arrays[f"image_{i}"] = image
        arrays[f"position_{i}"] = maps[..., 0].astype(np.float16)
        arrays[f"minutiae_{i}"] = np.column_stack([x, y, maps[y, x, 1:]]).astype(np.float32)
        print(f"{image.shape}: {x.size} minutiae of quality {np.round(maps[y, x, 3], 2).tolist()}")
    arrays["n"] = np.array(len(images))
    np.savez_compressed(Path(__file__).with_name(FILE), allow_pickle=False, **arrays)


if __name__ == "__main__":
    main()
