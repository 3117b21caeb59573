"""What can go wrong while models are found, built, fetched and checked.

This package stands below the engine, which wraps these in its own ``ModelUnavailable``.
"""

from __future__ import annotations


class ModelError(Exception):
    """Root of the errors of this package; the message says what was expected and what to do."""


class ManifestError(ModelError):
    """A manifest has an unknown key, lacks one, or holds a value of the wrong type or range."""


class UnknownModel(ModelError):
    """No model of the manifest, and none that was added, has this name."""


class ModelSourceError(ModelError):
    """What a model is made or fetched from is absent, out of reach, or not what the manifest says."""


class ModelFileError(ModelError):
    """A model file is absent, damaged, or does not give the stored reference outputs."""


class ModelRejected(ModelError):
    """A model of the user's own does not do on a sample what was said about it."""
