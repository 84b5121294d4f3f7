"""What a transaction says about its caller, in the message that begins it; the policies read nothing else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from uuid import UUID

from app.domain.access import Caller, Scope

#: What a transaction says about its caller; the policies read nothing else (db/tenancy.py).
SETTINGS = (
    "caller", "person", "org", "flags", "see", "manage", "joined", "observed", "roots", "manage_roots", "own", "audits",
)  # fmt: skip


def preamble(caller: Caller | None, *, read_only: bool = False) -> str:
    """BEGIN and the caller's settings in one message; uuids and flags only, so nothing can be smuggled in."""
    mode = " READ ONLY" if read_only else ""
    if caller is None:
        return f"BEGIN{mode}"
    return f"BEGIN{mode};" + (caller.preamble or identity(caller))


def identity(caller: Caller) -> str:
    """The settings that the policies read (db/tenancy.py)."""
    flags = "".join(
        flag
        for flag, on in (
            ("a", caller.administers),
            ("p", caller.sees_people),
            ("s", caller.may(Scope.SECURITY_READ)),
            ("u", caller.may(Scope.AUDIT_READ)),
            ("n", not caller.only_observes),  # names of who acted
            ("w", caller.sees_all),  # the whole deployment
            ("d", caller.audits_all and caller.may(Scope.SECURITY_READ)),  # an auditor of the whole deployment
        )
        if on
    )
    settings = {
        "caller": str(UUID(str(caller.id))),
        "person": str(UUID(str(caller.person_id))),
        "org": str(UUID(str(caller.organisation_id))),
        "flags": flags,
        "see": _uuids(caller.see),
        "manage": _uuids(caller.manage),
        "joined": _uuids(caller.joined),
        "observed": _uuids(() if caller.only_observes else caller.observed),
        "roots": _uuids(caller.roots),
        "manage_roots": _uuids(caller.manage_roots),
        "own": _uuids(caller.own_tops or ((caller.own,) if caller.own else ())),
        "audits": _uuids(caller.audits if caller.may(Scope.SECURITY_READ) else ()),
    }
    calls = ",".join(f"set_config('app.{name}','{value}',true)" for name, value in settings.items() if value)
    return f"SELECT {calls}"


def settings_of(caller: Caller | None) -> tuple[str, ...]:
    """The values of a caller's settings, in the order of SETTINGS; empty where there is none."""
    return _settings_in("" if caller is None else caller.preamble or identity(caller))


@lru_cache(maxsize=4096)
def _settings_in(preamble: str) -> tuple[str, ...]:
    given: dict[str, str] = dict(re.findall(r"set_config\('app\.(\w+)','([^']*)'", preamble))
    return tuple(given.get(name, "") for name in SETTINGS)


def _uuids(values: Sequence[UUID]) -> str:
    return "{" + ",".join(str(UUID(str(v))) for v in values) + "}" if values else ""
