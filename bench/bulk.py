"""Workloads that are one long request: exports, registration, readiness."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench.place import Place


def steps(made: Place) -> dict[str, Callable[[], Any]]:
    """By name, made when their turn comes."""
    return {}
