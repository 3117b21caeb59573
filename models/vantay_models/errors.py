"""What can go wrong while models are found, built and checked.

This package stands below the engine, which wraps these in its own ``ModelUnavailable``.
"""

from __future__ import annotations


class ModelError(Exception):
    """Root of the errors of this package; the message says what was expected and what to do."""


class ManifestError(ModelError):
    """The manifest has an unknown key, lacks one, or holds a value of the wrong type."""


class ModelSourceError(ModelError):
    """The file that a model is made from is absent, or is not the one in the manifest."""


class ModelFileError(ModelError):
    """A built model is absent, damaged, or does not give the stored reference outputs."""
