"""Dependencies that have nothing to wait for: what lean routes call instead of them (`app/web/lean.py`).

FastAPI runs a plain function in a thread, so dependencies are coroutines although most only look something up. Each
names the function that does the same at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T", bound=Callable[..., Any])

_TWINS: dict[Any, Callable[..., Any]] = {}


def at_once(twin: Callable[..., Any]) -> Callable[[T], T]:
    """Says which function gives the same as the dependency, of the same arguments and without waiting.

    One that asks for nothing but the request is given it by place.
    """

    def mark(dependency: T) -> T:
        _TWINS[dependency] = twin
        return dependency

    return mark


def twin_of(dependency: Any) -> Callable[..., Any] | None:
    """The function to call instead of a dependency, if there is one."""
    return _TWINS.get(dependency)
