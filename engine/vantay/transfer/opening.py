"""The store that settings name."""

from __future__ import annotations

from vantay.administration import master_key_of
from vantay.fingerprint.comparison import PARAMETER_HASH
from vantay.settings import EngineSettings
from vantay.store import Store


def open_store(settings: EngineSettings, *, create: bool) -> Store:
    """Open the enrolment database of settings, as `Engine.open` does.

    Raises
    ------
    StorageError
        One of its kinds, if the database cannot be used, or its master key is not there.
    """
    return Store.open(
        settings.database,
        create=create,
        busy_timeout_ms=settings.busy_timeout_ms,
        comparator=PARAMETER_HASH,
        encryption=settings.encryption,
        key=master_key_of(settings),
    )
