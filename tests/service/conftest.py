"""The engine that the services stand on."""

from __future__ import annotations

from intake.conftest import engine

__all__ = ["engine"]
