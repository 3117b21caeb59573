"""Note, and check applicants, without end on three threads; print each when it was acknowledged."""

from __future__ import annotations

import sys
import threading
from itertools import count
from pathlib import Path

from vantay.store import (
    Actor,
    AuditEntry,
    NewAuditEntry,
    NewCheck,
    NewDecision,
    NewEncounter,
    NewTemplate,
    Store,
)
from vantay.types import FingerPosition

DESK = Actor("desk")


def tell(entry: AuditEntry) -> None:
    sys.stdout.write(f"{entry.sequence} {entry.reference}\n")
    sys.stdout.flush()


def read_without_end(store: Store, name: str) -> None:
    for i in count():
        tell(store.note_audit(NewAuditEntry(DESK, "Read", "OK", reference=f"{name}-{i}")))


def check_without_end(store: Store, name: str) -> None:
    template = NewTemplate(FingerPosition.RIGHT_INDEX, b"record" * 50)
    for i in count():
        reference = f"{name}-{i}"
        with store.write() as write:
            write.enrol(NewEncounter(reference, (template,)))
            write.put_check(NewCheck(reference, b"digest", "NEW", reference.encode()))
            write.publish(NewDecision("CHECK", reference, reference, outcome="NEW"))
            entry = write.note(NewAuditEntry(DESK, "CheckApplicant", "NEW", reference, reference))
        tell(entry)


def main() -> None:
    """Write into the store of the first argument; names begin with the second."""
    with Store.open(Path(sys.argv[1])) as store:
        for name, act in {"a": read_without_end, "b": read_without_end, "c": check_without_end}.items():
            threading.Thread(target=act, args=(store, f"{sys.argv[2]}{name}"), daemon=True).start()
        threading.Event().wait()


if __name__ == "__main__":
    main()
