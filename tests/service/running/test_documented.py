"""What operators can set and see is documented, all of it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from vantay_service.running.metrics import Metrics
from vantay_service.running.settings import ServiceSettings

ROOT = Path(__file__).parents[3]
DOCS = (ROOT / "docs" / "running.md").read_text(encoding="utf-8")
SHIPPED = (ROOT / "service" / "deploy" / "service.toml").read_text(encoding="utf-8")
ALERTS = (ROOT / "service" / "deploy" / "prometheus_alerts.yml").read_text(encoding="utf-8")
SETTINGS = [setting.name for setting in fields(ServiceSettings)]


def metric_names() -> list[str]:
    families = Metrics().registry.collect()
    return [family.name for family in families if family.name.startswith("vantay_")]


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_is_documented_and_stands_in_the_shipped_file(name: str) -> None:
    assert f"`{name}`" in DOCS
    assert f"{name} = " in SHIPPED


def test_the_defaults_that_the_shipped_file_tells_are_the_defaults() -> None:
    told = [
        line[2:].partition(" #")[0]
        for line in SHIPPED.splitlines()
        if line.startswith("# ") and " = " in line
    ]
    values = tomllib.loads("\n".join(line for line in told if line.split(" = ")[0] in SETTINGS))
    defaults = ServiceSettings()
    of_the_machine = {"n_workers"}
    a_file_that_may_be_named = {"intake_rules"}
    told_otherwise = {name for name in values if values[name] != getattr(defaults, name)}
    assert told_otherwise - of_the_machine == a_file_that_may_be_named


@pytest.mark.parametrize("name", metric_names())
def test_a_metric_is_documented(name: str) -> None:
    assert name in DOCS


def test_alerts_ask_for_metrics_that_are_there() -> None:
    asked = {re.sub("_(total|bucket)$", "", name) for name in re.findall("vantay_[a-z_]+", ALERTS)}
    assert asked
    assert asked <= set(metric_names())
