"""Every error that Vantay raises on purpose.

::

    VantayError
    ├── CallerError                  the caller gave something that cannot be used
    │   ├── InvalidSample            an image that cannot be a fingerprint (or is none)
    │   ├── InvalidTemplate          bytes or values that are no template
    │   ├── IncompatibleTemplate     a sound template that does not go with the others
    │   └── InvalidSetting           an unknown key or a value out of range
    ├── StateError                   the enrolment database does not allow it now
    │   ├── SubjectNotFound
    │   │   └── SubjectMerged        its records are another subject's now
    │   ├── EncounterNotFound
    │   ├── GalleryNotFound
    │   ├── CaseNotFound
    │   ├── CaseDecided              a person has decided the case already
    │   ├── AlreadyEnrolled
    │   └── IdempotencyConflict      a key came back with other content
    ├── StorageError                 the record, or something derived from it, cannot be used
    │   ├── DataCorruption
    │   ├── StoreLocked
    │   ├── StoreUnavailable
    │   ├── UnsupportedFormatVersion
    │   ├── KeyUnavailable           no master key, or one that others can read
    │   ├── WrongKey                 a master key, but not this store's
    │   └── ClockWentBackwards
    ├── ModelUnavailable             a model file is missing, or is not the one in the manifest
    └── ExtractionFailed             the image is readable but gives no usable template

A message names the thing, its value and what was expected, and never holds biometric or personal data.
"""

from __future__ import annotations


class VantayError(Exception):
    """Root of all errors of this package."""


class CallerError(VantayError):
    """What the caller gave cannot be used; trying again without a change will not help."""


class InvalidSample(CallerError):
    """An image is not readable, or outside the limits for size, resolution or contrast."""


class InvalidTemplate(CallerError):
    """Bytes are not a record of the format they claim, or values are outside the format's ranges."""


class IncompatibleTemplate(CallerError):
    """A template is sound but was made by other parameters or another model than the rest."""


class InvalidSetting(CallerError):
    """A setting has an unknown name or a value outside its range."""


class StateError(VantayError):
    """The enrolment database is in a state that does not allow the call."""


class SubjectNotFound(StateError):
    """No enrolled subject has this ``subject_id``."""


class SubjectMerged(SubjectNotFound):
    """The subject was found to be another one, who has its records now.

    Parameters
    ----------
    message : str
        For people: both identifiers.
    merged_into : str
        The ``subject_id`` to use instead.
    """

    def __init__(self, message: str, merged_into: str) -> None:
        super().__init__(message)
        self.merged_into = merged_into


class EncounterNotFound(StateError):
    """No encounter has this ``encounter_id``."""


class GalleryNotFound(StateError):
    """No gallery has this name; galleries are made before subjects are put into them."""


class CaseNotFound(StateError):
    """No case has this ``case_id``, or what it held was purged."""


class CaseDecided(StateError):
    """The case was decided before; what was decided stands."""


class AlreadyEnrolled(StateError):
    """The ``subject_id`` or ``encounter_id`` exists already."""


class IdempotencyConflict(StateError):
    """An idempotency key was used before, for a write with other content."""


class StorageError(VantayError):
    """The store or a derived file cannot be read or written."""


class DataCorruption(StorageError):
    """A checksum or a structure does not hold; the message names the file or row."""


class StoreLocked(StorageError):
    """Another process holds the store for longer than the busy timeout."""


class StoreUnavailable(StorageError):
    """The store cannot be opened or written: missing folder, no permission, full disk."""


class UnsupportedFormatVersion(StorageError):
    """A store or derived file was written by a version that this one does not read."""


class KeyUnavailable(StorageError):
    """The master key of the store is not where it should be, or may be read by others."""


class WrongKey(StorageError):
    """A master key is there, but it is not the one that the store's keys are wrapped with."""


class ClockWentBackwards(StorageError):
    """The clock is well behind the time of the last change: times of new records would be wrong."""


class ModelUnavailable(VantayError):
    """A model file is missing or its checksum differs; the message says how to get it."""


class ExtractionFailed(VantayError):
    """No usable template could be made from a readable image: a failure to acquire.

    Parameters
    ----------
    reason : str
        Machine-readable: ``too_few_minutiae``, ``no_foreground`` of fingers; ``no_face``, ``several_faces``,
        ``no_embedding`` of faces.
    message : str
        For people: what was seen and what was expected.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
