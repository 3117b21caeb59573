"""Which master key a store needs, and the ring of keys that it opens."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vantay.errors import InvalidSetting, KeyUnavailable, WrongKey
from vantay.store.master_key import KEY_BYTES, MasterKey, sync_folder
from vantay.store.sealing import ENCRYPTIONS, GcmKeyRing, KeyRing, PlainKeyRing, binding

_LOOKUP = "the look-up key of the store"
_SAY_KEY = "set key_file, or the environment variable VANTAY_MASTER_KEY"


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where the master key comes from: given, or in a file; a new store without one gets one in the file."""

    key: MasterKey | None = None
    file: Path | None = None

    def find_or_make(self) -> MasterKey:
        """Get the master key of a new store.

        Raises
        ------
        KeyUnavailable
            If there is none and nowhere to put one, or the file cannot be used.
        """
        if self.key is None and self.file is not None and not self.file.exists():
            try:
                MasterKey.generate().write(self.file)
            except KeyUnavailable:
                if not self.file.exists():  # else another process was quicker
                    raise
        return self.find()

    def find(self) -> MasterKey:
        """Get the master key of a store that is there; none is made, it could not be the right one."""
        if self.key is not None:
            return self.key
        if self.file is None:
            raise KeyUnavailable(f"an encrypted store on a server needs a master key: {_SAY_KEY}")
        return MasterKey.read(self.file)

    def find_one(self, key_id: str, store_name: str) -> MasterKey:
        """Get the master key with this id, from the file or from the one beside it that is named after it.

        That is where a rotation puts the new key before anything is wrapped with it, and keeps the old one.

        Raises
        ------
        WrongKey
            If another one is there.
        KeyUnavailable
            If none is there.
        """
        kept = None if self.file is None or self.key is not None else kept_key_file(self.file, key_id)
        for _ in range(2):  # a rotation may move the key from the one file to the other meanwhile
            if kept is not None and kept.exists():
                with contextlib.suppress(KeyUnavailable):
                    return _checked(MasterKey.read(kept), key_id)
            found = self.find()
            if found.key_id == key_id:
                return found
        raise WrongKey(
            f"{store_name} needs the master key {key_id}, {self} is {found.key_id}: put back the key "
            f"that was in use when the store was last written, or {_SAY_KEY}"
        )

    def __str__(self) -> str:
        return "the one given" if self.key is not None else f"the one in {self.file}"


def kept_key_file(file: Path, key_id: str) -> Path:
    """Name the file beside a key file that keeps the key with an id: the next one, or one of before."""
    return file.with_name(f"{file.name}.{key_id}")


def put_in_place(file: Path, key_id: str) -> None:
    """Move the kept key with an id into the key file, and keep the one that was there."""
    if file.exists():
        with contextlib.suppress(FileExistsError):
            os.link(file, kept_key_file(file, MasterKey.read(file).key_id))
    kept_key_file(file, key_id).replace(file)
    sync_folder(file.parent)


def _checked(key: MasterKey, key_id: str) -> MasterKey:
    if key.key_id != key_id:
        raise KeyUnavailable(f"a key file is named after the key {key_id} and holds {key.key_id}")
    return key


def make_ring(encryption: str, source: KeySource, store_id: str) -> tuple[KeyRing, dict[str, str]]:
    """Make the ring of a new store, and the properties that open it again.

    Raises
    ------
    InvalidSetting
        If there is no such encryption.
    KeyUnavailable
        If a master key is needed and cannot be had.
    """
    if encryption not in ENCRYPTIONS:
        raise InvalidSetting(f"encryption is {encryption!r}, expected {' or '.join(ENCRYPTIONS)}")
    lookup_key = os.urandom(KEY_BYTES)
    properties = {"store_id": store_id, "encryption": encryption, "master_key_id": ""}
    if encryption == "none":
        return PlainKeyRing(lookup_key, store_id), properties | {"lookup_key": lookup_key.hex()}
    master = source.find_or_make()
    wrapped = wrap_lookup_key(master, lookup_key, store_id)
    ring = GcmKeyRing(lookup_key, master, store_id)
    return ring, properties | {"lookup_key": wrapped, "master_key_id": master.key_id}


def open_ring(properties: Mapping[str, str], source: KeySource, store_name: str) -> KeyRing:
    """Get the ring of a store from its properties.

    Raises
    ------
    WrongKey, KeyUnavailable
        If its master key is not there.
    DataCorruption
        If the look-up key was damaged.
    """
    stored = bytes.fromhex(properties["lookup_key"])
    if properties["encryption"] == "none":
        return PlainKeyRing(stored, properties["store_id"])
    master = source.find_one(properties["master_key_id"], store_name)
    lookup_key = master.unwrap(stored, binding("lookup", properties["store_id"]), _LOOKUP)
    return GcmKeyRing(lookup_key, master, properties["store_id"])


def wrap_lookup_key(master: MasterKey, lookup_key: bytes, store_id: str) -> str:
    """Wrap the look-up key for the store's properties."""
    return master.wrap(lookup_key, binding("lookup", store_id)).hex()
