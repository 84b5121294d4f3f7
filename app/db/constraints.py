"""Named constraints of the database and the domain errors they mean (HOUSE 2 and 5).

A constraint that is not listed here still becomes a typed error by its SQLSTATE; the list gives better words.
Messages of the database are never shown: they can hold values of rows out of the caller's sight.
"""

from __future__ import annotations

from typing import Any, cast

import asyncpg
import structlog

from app.domain.errors import Conflict, Fault, Forbidden, NotFound, Rejected, Taken, Unavailable

log = structlog.get_logger(__name__)

#: constraint name → (pointer into the body, sentence)
TAKEN: dict[str, tuple[str, str]] = {
    "uq_identifiers_scheme_issuer_value": ("/identifiers", "One of these identifiers is already registered."),
}

_RETRY_CLASSES = ("40001", "40P01")


def translate(error: Any) -> Exception:
    """The domain error for a database error; errors worth a retry stay as they are."""
    state = error.sqlstate or ""
    name = getattr(error, "constraint_name", None) or ""
    if state in _RETRY_CLASSES or isinstance(error, asyncpg.InvalidCachedStatementError):
        return cast("Exception", error)
    if state in {"23505", "23P01"}:
        pointer, sentence = TAKEN.get(name, ("", ""))
        return Taken(sentence, constraint=name, pointer=pointer)
    if state == "23503":
        if "is still referenced" in (error.detail or ""):
            return Conflict("Something still refers to this.", constraint=name)
        return Rejected([Fault("", "reference_unknown", "It refers to something that does not exist here.")])
    if state in {"23514", "23502"}:
        return Rejected([Fault("", name or "not_null", f"The rule {name or error.column_name} is not kept.")])
    if state == "42501":
        return Forbidden("This is outside of what you may change.")
    return _by_class(error, state)


def _by_class(error: Any, state: str) -> Exception:
    if state == "P0002":
        return NotFound()
    if state == "57014":
        return Unavailable("The database took too long.", retry_after=2)
    if state == "55P03":
        return Unavailable("Somebody else is changing this.", retry_after=1)
    if state.startswith(("53", "58")):
        log.error("database.resources", sqlstate=state)
        return Unavailable("The database has no room or resources left.", retry_after=10)
    if state.startswith("22"):
        return Rejected([Fault("", "value_unusable", "A value is outside of what can be stored.")])
    return cast("Exception", error)
