"""The rules of an intake check, read from TOML and checked.

``intake.toml`` beside this file holds every rule with its source. An agency's own file needs only what
differs: what it does not say stays as it is here. An unknown key is an error.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from vantay.errors import CallerError, InvalidSetting
from vantay.intake.application import CardKind
from vantay.intake.working_days import KNOWN_YEARS, MAX_WORKING_DAYS, WorkingCalendar
from vantay.store.wording import check_identifier
from vantay.types import FingerPosition

STANDARD_RULES_FILE = Path(__file__).with_name("intake.toml")

MAX_AGE = 150
MAX_DAYS = 36_525
MAX_CANDIDATES = 1000

_Read = Callable[[object], Any]
_Kind = TypeVar("_Kind", bound=StrEnum)


def _whole(low: int, high: int) -> _Read:
    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise InvalidSetting(f"is {value!r}, expected a whole number from {low} to {high}")
        return value

    return read


def _rate(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0.0 < value <= 1.0:
        raise InvalidSetting(f"is {value!r}, expected a rate above 0 and up to 1")
    return float(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidSetting(f"is {value!r}, expected true or false")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise InvalidSetting(f"is {value!r}, expected a list")
    if len(set(map(repr, value))) < len(value):
        raise InvalidSetting(f"is {value!r}, expected each value once")
    return value


def _kinds(kind: type[_Kind]) -> _Read:
    known = {member.value: member for member in kind}

    def read(value: object) -> frozenset[_Kind]:
        return frozenset(_one_of(item, known) for item in _list(value))

    return read


def _fingers(value: object) -> frozenset[FingerPosition]:
    known = {p.name.lower(): p for p in FingerPosition if p is not FingerPosition.UNKNOWN}
    return frozenset(_one_of(item, known) for item in _list(value))


_Member = TypeVar("_Member")


def _one_of(item: object, known: Mapping[str, _Member]) -> _Member:
    if not isinstance(item, str) or item not in known:
        raise InvalidSetting(f"names {item!r}, expected only {', '.join(known)}")
    return known[item]


def _name(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidSetting(f"is {value!r}, expected text")
    try:
        check_identifier("", value)
    except CallerError as error:
        raise InvalidSetting(f"is {value!r}:{error}") from error
    return value


def _name_or_none(value: object) -> str:
    return "" if value == "" else _name(value)


def _names(value: object) -> tuple[str, ...]:
    return tuple(_name(item) for item in _list(value))


def _days(value: object) -> frozenset[date]:
    return frozenset(_day(item) for item in _list(value))


def _day(item: object) -> date:
    if not isinstance(item, date) or isinstance(item, datetime) or item.year not in KNOWN_YEARS:
        raise InvalidSetting(
            f"names {item!s}, expected days as 2026-01-02, of {KNOWN_YEARS[0]} to {KNOWN_YEARS[-1]}"
        )
    return item


def _rule(table: str, read: _Read) -> Any:
    """Declare a rule: the table of the file it stands in, and how its value is read and checked."""
    return field(metadata={"table": table, "read": read})


_AGE = _whole(0, MAX_AGE)
_WORKING_DAYS = _whole(1, MAX_WORKING_DAYS)
_QUALITY = _whole(0, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeRules:
    """The rules, checked. ``intake.toml`` says of each what it means and where it comes from.

    Made by `load_rules`, or by `dataclasses.replace` from those; each key of the file is a field here.

    Raises
    ------
    InvalidSetting
        If two rules contradict each other.
    """

    card_kinds: frozenset[CardKind] = _rule("eligibility", _kinds(CardKind))
    card_kinds_without_end: frozenset[CardKind] = _rule("eligibility", _kinds(CardKind))
    level_1_from_age: int = _rule("eligibility", _AGE)
    level_2_from_age: int = _rule("eligibility", _AGE)
    guardian_below_age: int = _rule("eligibility", _AGE)
    consent_valid_days: int = _rule("consent", _whole(1, MAX_DAYS))
    clock_tolerance_s: int = _rule("consent", _whole(0, 86_400))
    level_1_working_days: int = _rule("due", _WORKING_DAYS)
    known_working_days: int = _rule("due", _WORKING_DAYS)
    new_working_days: int = _rule("due", _WORKING_DAYS)
    days_off: frozenset[date] = _rule("calendar", _days)
    make_up_days: frozenset[date] = _rule("calendar", _days)
    needs_face: bool = _rule("captures", _flag)
    least_face_quality: int = _rule("captures", _QUALITY)
    fingers: frozenset[FingerPosition] = _rule("captures", _fingers)
    fingers_from_level: int = _rule("captures", _whole(1, 3))
    fingers_from_age: int = _rule("captures", _AGE)
    child_below_age: int = _rule("captures", _AGE)
    least_finger_quality: int = _rule("captures", _QUALITY)
    least_finger_quality_of_child: int = _rule("captures", _QUALITY)
    least_n_fingers: int = _rule("captures", _whole(0, 10))
    least_n_fingers_of_child: int = _rule("captures", _whole(0, 10))
    fmr: float = _rule("verification", _rate)
    review_fmr: float = _rule("verification", _rate)
    target_fpir: float = _rule("search", _rate)
    review_fpir: float = _rule("search", _rate)
    max_candidates: int = _rule("search", _whole(2, MAX_CANDIDATES))
    galleries: tuple[str, ...] = _rule("search", _names)
    watchlist: str = _rule("search", _name_or_none)
    enrol_galleries: tuple[str, ...] = _rule("records", _names)
    travel_document_type: str = _rule("records", _name)
    residence_card_type: str = _rule("records", _name)
    results_kept_days: int = _rule("retention", _whole(1, MAX_DAYS))
    captures_kept_days: int = _rule("retention", _whole(1, MAX_DAYS))

    def __post_init__(self) -> None:
        for lower, upper in _ORDERED:
            if getattr(self, lower) > getattr(self, upper):
                raise InvalidSetting(
                    f"{lower} is {getattr(self, lower)}, expected at most {upper}, {getattr(self, upper)}"
                )
        if self.least_n_fingers > len(self.fingers):
            raise InvalidSetting(
                f"least_n_fingers is {self.least_n_fingers}, expected at most all {len(self.fingers)} fingers"
            )
        if both := sorted(self.days_off & self.make_up_days):
            raise InvalidSetting(f"{both[0]} stands in days_off and in make_up_days, expected one of them")

    @property
    def calendar(self) -> WorkingCalendar:
        """The working days, with what these rules add to what is known of them."""
        return WorkingCalendar(self.days_off, self.make_up_days)


_ORDERED = (
    ("level_1_from_age", "level_2_from_age"),
    ("known_working_days", "new_working_days"),
    ("least_finger_quality_of_child", "least_finger_quality"),
    ("least_n_fingers_of_child", "least_n_fingers"),
    ("fmr", "review_fmr"),
    ("target_fpir", "review_fpir"),
    ("captures_kept_days", "results_kept_days"),
)
"""Pairs of rules whose first must not be above the second."""


def load_rules(path: Path | None = None) -> IntakeRules:
    """Read the rules.

    Parameters
    ----------
    path : Path, optional
        An agency's file; what it does not say is as in the standard ``intake.toml``.

    Raises
    ------
    InvalidSetting
        If the file cannot be read, a table or key is unknown, a value does not fit, or two contradict each
        other; the message names the file and the key.
    """
    values = _read_file(STANDARD_RULES_FILE)
    if path is not None:
        values |= _read_file(path)
    try:
        return IntakeRules(**values)
    except InvalidSetting as error:
        raise InvalidSetting(f"{path or STANDARD_RULES_FILE.name}: {error}") from error


def _read_file(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSetting(f"rules file {path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidSetting(f"rules file {path} is not TOML: {error}") from error
    rules = _rules_by_table()
    values: dict[str, Any] = {}
    for table, content in document.items():
        if table not in rules or not isinstance(content, dict):
            raise InvalidSetting(f"{path}: unknown table [{table}]{_suggestion(table, rules)}")
        values |= _read_table(path, table, content, rules[table])
    return values


def _read_table(
    path: Path, table: str, content: Mapping[str, object], rules: Mapping[str, Field[Any]]
) -> dict[str, Any]:
    values = {}
    for key, value in content.items():
        if key not in rules:
            raise InvalidSetting(f"{path}: unknown key {key!r} in [{table}]{_suggestion(key, rules)}")
        try:
            values[key] = rules[key].metadata["read"](value)
        except InvalidSetting as error:
            raise InvalidSetting(f"{path}: {key} in [{table}] {error}") from error
    return values


def _rules_by_table() -> dict[str, dict[str, Field[Any]]]:
    tables: dict[str, dict[str, Field[Any]]] = {}
    for rule in fields(IntakeRules):
        tables.setdefault(rule.metadata["table"], {})[rule.name] = rule
    return tables


def _suggestion(key: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(key, list(known), n=1)
    return f": did you mean {near[0]}?" if near else f", expected one of {', '.join(known)}"
