"""Before the first caller comes: load the index, compile comparison and search, load the models."""

from __future__ import annotations

import io
import logging

import numpy as np
from PIL import Image

from vantay.engine import Engine
from vantay.errors import CallerError, ExtractionFailed, ModelUnavailable
from vantay.search import made_up_finger, rehearse_search
from vantay.types import FingerPosition

POSITION = FingerPosition.RIGHT_INDEX
SIDE_PX = 300

_logger = logging.getLogger(__name__)


def warm_up(engine: Engine, *, with_images: bool) -> None:
    """Make the engine do once what calls ask of it; nothing is written, and nobody is concerned.

    Parameters
    ----------
    engine : Engine
    with_images : bool
        Whether to load the models that read images.

    Raises
    ------
    StorageError
        One of its kinds, if the database or its index cannot be used: better now than at the first call.
    """
    probe = made_up_finger(0, POSITION)
    engine.compare(probe, probe)
    rehearse_search()
    try:
        engine.identify({POSITION: probe})
    except CallerError as error:  # nobody enrolled has such a finger: the index is loaded all the same
        _logger.debug("nothing to compare with: %s", type(error).__name__)
    if with_images:
        _warm_up_models(engine)


def _warm_up_models(engine: Engine) -> None:
    for what, load in (
        ("fingerprints", lambda: engine.extract(_image_bytes("L"))),
        ("faces", lambda: engine.extract_face(_image_bytes("RGB"))),
    ):
        try:
            load()
        except ModelUnavailable as error:
            _logger.warning("images of %s will be refused: %s", what, error)
        except (CallerError, ExtractionFailed):
            _logger.debug("models of %s are loaded", what)


def _image_bytes(mode: str) -> bytes:
    """Draw stripes, as ridges are, into a PNG file at 500 ppi."""
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX]
    stripes = (127.0 + 120.0 * np.sin((x + 0.3 * y) * 2.0 * np.pi / 9.0)).astype(np.uint8)
    image = Image.fromarray(stripes).convert(mode)
    file = io.BytesIO()
    image.save(file, "PNG", dpi=(500, 500))
    return file.getvalue()
