"""Models of the user's own: described by a small manifest beside their file."""

from __future__ import annotations

from vantay_models.cache import model_cache_dir
from vantay_models.entry import ModelEntry
from vantay_models.errors import ManifestError
from vantay_models.manifest import parse_manifest, read_manifest

SUFFIX = ".model.toml"


def read_added_entries() -> dict[str, ModelEntry]:
    """Return the models that were added, by name.

    Raises
    ------
    ManifestError
        If the manifest of one is wrong, or has the name of one in Vantay's own.
    """
    entries: dict[str, ModelEntry] = {}
    for path in sorted(model_cache_dir().glob(f"*{SUFFIX}")):
        try:
            found = parse_manifest(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, ManifestError) as error:
            raise ManifestError(
                f"{path} is not readable as a manifest: {error}: remove it and add the model again"
            ) from error
        if list(found) != [path.name.removesuffix(SUFFIX)] or found.keys() & read_manifest().keys():
            raise ManifestError(
                f"{path} describes {', '.join(found) or 'nothing'}, expected one model of the file's name "
                "that is none of Vantay's own: remove it and add the model again"
            )
        entries |= found
    return entries
