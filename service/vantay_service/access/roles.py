"""The roles file: which caller has which roles, and how often each may call.

::

    [callers."desk-da-nang-1"]
    roles = ["intake"]

    [callers."authentication-authority"]
    roles = ["auditor"]
    methods = ["DecisionFeed/Watch"]                     # fewer than the role allows
    limit = { calls_per_second = 5, burst = 10 }

    [roles.intake]
    methods = ["IntakeService/CheckApplicant"]           # fewer than the built-in table
    caller_limit = { calls_per_second = 20, burst = 40 } # of each caller
    total_limit = { calls_per_second = 200, burst = 400 } # of all callers together

A caller is named as in its certificate. Unknown keys, roles and methods are errors, and nothing can be
allowed that the built-in table does not: the file only narrows.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from vantay.errors import InvalidSetting
from vantay_service.access.changing_file import ChangingFile
from vantay_service.access.method_roles import ALL_METHODS, ROLE_METHODS, Role
from vantay_service.access.rate_limit import Limit

DEFAULT_LIMIT = Limit(calls_per_second=500.0, burst=1000)
"""Where the file says nothing: above what an honest caller needs, below what drowns the others."""


@dataclass(frozen=True, slots=True)
class RoleRules:
    """What a role may do.

    Attributes
    ----------
    methods : frozenset of str
        As in the built-in table, or fewer.
    caller_limit : Limit
        Of each caller with the role.
    total_limit : Limit, optional
        Of all of them together.
    """

    methods: frozenset[str]
    caller_limit: Limit = DEFAULT_LIMIT
    total_limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class CallerRules:
    """What a caller may do.

    Attributes
    ----------
    roles : tuple of Role
        The first one that allows a method is the one it is called by.
    methods : frozenset of str
        The caller may call these at most.
    limit : Limit, optional
        Instead of that of the role.
    """

    roles: tuple[Role, ...]
    methods: frozenset[str] = ALL_METHODS
    limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class RoleBook:
    """What a roles file says, checked."""

    callers: Mapping[str, CallerRules]
    roles: Mapping[Role, RoleRules] = field(default_factory=lambda: _roles_of({}))

    def role_for(self, caller: str, method: str) -> Role | None:
        """Tell by which of its roles a caller may call a method; None if by none."""
        rules = self.callers.get(caller)
        if rules is None or method not in rules.methods:
            return None
        return next((role for role in rules.roles if method in self.roles[role].methods), None)

    def caller_limit(self, caller: str, role: Role | None) -> Limit:
        """Tell how often a caller may call by a role, or at all."""
        rules = self.callers.get(caller)
        if rules is not None and rules.limit is not None:
            return rules.limit
        return DEFAULT_LIMIT if role is None else self.roles[role].caller_limit

    def total_limit(self, role: Role) -> Limit | None:
        """Tell how often all callers of a role may call together; None if there is no such limit."""
        return self.roles[role].total_limit


class Roles:
    """A roles file that may be changed while the service runs.

    Raises
    ------
    InvalidSetting
        If it cannot be used the first time; later that is logged, and what it said before stays in force.
    """

    def __init__(self, path: Path, *, interval_s: float = 1.0) -> None:
        self._file = ChangingFile(
            [path], lambda read: read_roles(read[0], str(path)), what="roles file", interval_s=interval_s
        )

    def book(self) -> RoleBook:
        """Give what the file says now."""
        return self._file.current()


def read_roles(data: bytes, where: str) -> RoleBook:
    """Read the text of a roles file.

    Raises
    ------
    InvalidSetting
        Naming the key, its value and what was expected.
    """
    try:
        document = tomllib.loads(data.decode("utf-8"))
        _check_keys(document, {"callers", "roles"}, "")
        return RoleBook(
            MappingProxyType({name: _caller(name, table) for name, table in _tables(document, "callers")}),
            _roles_of(dict(_tables(document, "roles"))),
        )
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, InvalidSetting) as error:
        raise InvalidSetting(f"roles file {where}: {error}") from error


def _roles_of(tables: Mapping[str, dict[str, Any]]) -> Mapping[Role, RoleRules]:
    narrowed = {_role(name, "roles"): (name, table) for name, table in tables.items()}
    return MappingProxyType(
        {
            role: _role_rules(*narrowed[role]) if role in narrowed else RoleRules(methods)
            for role, methods in ROLE_METHODS.items()
        }
    )


def _role_rules(name: str, table: dict[str, Any]) -> RoleRules:
    place = f"roles.{name}"
    _check_keys(table, {"methods", "caller_limit", "total_limit"}, place)
    return RoleRules(
        _methods(table, ROLE_METHODS[Role(name)], place),
        _limit(table, "caller_limit", place) or DEFAULT_LIMIT,
        _limit(table, "total_limit", place),
    )


def _caller(name: str, table: dict[str, Any]) -> CallerRules:
    place = f"callers.{name!r}"
    _check_keys(table, {"roles", "methods", "limit"}, place)
    roles = tuple(_role(role, place) for role in _texts(table, "roles", place))
    allowed = frozenset[str]().union(*(ROLE_METHODS[role] for role in roles))
    return CallerRules(roles, _methods(table, allowed, place), _limit(table, "limit", place))


def _methods(table: dict[str, Any], allowed: frozenset[str], place: str) -> frozenset[str]:
    if "methods" not in table:
        return allowed
    methods = frozenset(_texts(table, "methods", place))
    for method in sorted(methods - allowed):
        raise InvalidSetting(f"{place}.methods: {method!r}, expected some of {', '.join(sorted(allowed))}")
    return methods


def _limit(table: dict[str, Any], key: str, place: str) -> Limit | None:
    if key not in table:
        return None
    values = _table(table[key], f"{place}.{key}")
    _check_keys(values, {"calls_per_second", "burst"}, f"{place}.{key}")
    rate, burst = values.get("calls_per_second"), values.get("burst")
    if isinstance(rate, bool) or not isinstance(rate, int | float):
        raise InvalidSetting(f"{place}.{key}.calls_per_second is {rate!r}, expected a number")
    if isinstance(burst, bool) or not isinstance(burst, int):
        raise InvalidSetting(f"{place}.{key}.burst is {burst!r}, expected a whole number")
    return Limit(float(rate), burst)


def _role(name: str, place: str) -> Role:
    try:
        return Role(name)
    except ValueError as error:
        raise InvalidSetting(f"{place}: unknown role {name!r}, expected one of {', '.join(Role)}") from error


def _texts(table: dict[str, Any], key: str, place: str) -> Sequence[str]:
    value = table.get(key)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidSetting(f"{place}.{key} is {value!r}, expected a list of texts")
    return value


def _tables(document: dict[str, Any], key: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        (name, _table(value, f"{key}.{name}")) for name, value in _table(document.get(key, {}), key).items()
    ]


def _table(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidSetting(f"{place} is {value!r}, expected a table")
    return value


def _check_keys(table: Mapping[str, object], known: set[str], place: str) -> None:
    for key in table:
        if key not in known:
            where = f"{place}: " if place else ""
            raise InvalidSetting(f"{where}unknown key {key!r}, expected one of {', '.join(sorted(known))}")
