"""How far a load came: a small file that is replaced after each batch.

It names the store, the sources and the plan, and where the last batch that was committed ended. A load that
was killed goes on there. What was committed and not yet noted is read again, and the store skips it, since
the encounters have the same identifiers.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from vantay.errors import DataCorruption, InvalidSetting, StoreUnavailable

_VERSION = 1


@dataclass(slots=True)
class LoadCounts:
    """What became of what was read.

    Attributes
    ----------
    n_enrolled : int
        New subjects.
    n_added : int
        Encounters of subjects that were there, further ones of new subjects among them.
    n_skipped : int
        Encounters that were recorded already, or whose subject was there and is to be skipped.
    n_rejects : int
        Lines in the file of rejects.
    n_erased : int
        Tombstones that were noted, so that their identifiers are not given again.
    """

    n_enrolled: int = 0
    n_added: int = 0
    n_skipped: int = 0
    n_rejects: int = 0
    n_erased: int = 0


@dataclass(slots=True)
class LoadProgress:
    """Where a load is.

    Attributes
    ----------
    key : str
        Of store and sources together.
    plan : dict of str to str
        What has to be the same when the load goes on.
    started_at : datetime
    source_index, row : int
        Which source is being read, and the last row of it that was committed.
    rejects_bytes : int
        Size of the file of rejects then.
    counts : LoadCounts
        Of the whole load.
    """

    key: str
    plan: dict[str, str]
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    source_index: int = 0
    row: int = 0
    rejects_bytes: int = 0
    counts: LoadCounts = field(default_factory=LoadCounts)

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """Read a file; None if there is none.

        Raises
        ------
        DataCorruption
            If it is not what `write` makes.
        """
        try:
            values: dict[str, Any] = json.loads(path.read_bytes())
            if values.pop("version") != _VERSION:
                raise ValueError("another version")
            counts = LoadCounts(**values.pop("counts"))
            started_at = datetime.fromisoformat(values.pop("started_at"))
            return cls(**values, started_at=started_at, counts=counts)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataCorruption(
                f"{path}: the progress of a load cannot be read: begin anew with --restart; what was loaded "
                "is skipped"
            ) from error

    def write(self, path: Path) -> None:
        """Put a file in the place of the one before, whole or not at all.

        Raises
        ------
        StoreUnavailable
            If it cannot be written.
        """
        partial = path.with_name(path.name + ".part")
        values = asdict(self) | {"version": _VERSION, "started_at": self.started_at.isoformat()}
        try:
            with partial.open("w", encoding="utf-8") as file:
                json.dump(values, file)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except OSError as error:
            raise StoreUnavailable(f"{path}: cannot be written, {error.strerror or error}") from error

    def check(self, key: str, plan: dict[str, str], path: Path) -> None:
        """Refuse to go on with another load, or by another plan.

        Raises
        ------
        InvalidSetting
            Naming what was said before.
        """
        if self.key != key:
            raise InvalidSetting(
                f"{path} tells of a load of other sources, or into another database: name another file, or "
                "--restart"
            )
        for name, said in self.plan.items():
            if plan.get(name) != said:
                raise InvalidSetting(
                    f"the load that {path} tells of was begun with {name} {said}, and now it is "
                    f"{plan.get(name)}: say the same again, or --restart"
                )


def progress_key(store_id: str, digests: Sequence[str]) -> str:
    """Tell loads apart: by the store and what is loaded into it."""
    return hashlib.blake2b("\x1f".join((store_id, *digests)).encode(), digest_size=8).hexdigest()
