"""From a principal's id to what it may do and where, by what the database says now (DOMAIN 2, API 17).

An answer is remembered for a few seconds per process and never past the end of a delegation, so that rights that are
taken away are gone within a minute.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from app.db.identities import identity
from app.db.session import Database, Statement, Tx
from app.domain.access import ROLE_SCOPES, Caller, Giver, Held, Role, Scope, scopes_of
from app.domain.errors import Unauthorised

RIGHTS = Statement("SELECT app.rights_of(:principal)")
OF_TOKEN = Statement(
    "SELECT app.token_ended(:jti, CAST(:sign_in AS uuid)) AS ended, app.rights_of(:principal) AS facts"
)

#: Principals remembered per process.
REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class _Known:
    caller: Caller
    until: float


class Rights:
    """The rights of everybody who called lately. One per process."""

    def __init__(self, database: Database, *, seconds: float) -> None:
        """Remember answers for so many seconds."""
        self._database = database
        self._seconds = seconds
        self._known: dict[tuple[str, str], _Known] = {}

    def remembered(self, principal: str, jti: str) -> Caller | None:
        """The same as `of` where the answer is still remembered; else None."""
        known = self._known.get((principal, jti))
        return known.caller if known is not None and known.until > time.monotonic() else None

    async def of(self, principal: str, jti: str, sign_in: str | None = None) -> Caller:
        """The caller with this id, by this token; Unauthorised when closed, unknown or revoked.

        `sign_in` is the session that the token came from (`sid`), for people: the token ends with it.
        """
        if (remembered := self.remembered(principal, jti)) is not None:
            return remembered
        now = time.monotonic()
        caller, seconds = await self._ask(principal, jti, sign_in)
        while len(self._known) >= REMEMBERED:
            del self._known[next(iter(self._known))]
        self._known[principal, jti] = _Known(caller, now + seconds)
        return caller

    async def _ask(self, principal: str, jti: str, sign_in: str | None) -> tuple[Caller, float]:
        try:
            ident, session = UUID(principal), UUID(sign_in) if sign_in else None
        except ValueError:
            raise Unauthorised from None
        async with self._database.transaction(read_only=True) as tx:
            row = await tx.row(OF_TOKEN, principal=ident, jti=jti, sign_in=session)
        if row is None or row["ended"]:
            raise Unauthorised("This token was revoked.")
        facts = row["facts"]
        if facts is None or not facts["active"]:
            raise Unauthorised("This account or client is closed.")
        now = datetime.now(UTC)
        return caller_from(facts, now), min(self._seconds, _seconds_to_next_change(facts, now))

    def forget(self) -> None:
        """Ask again from now on (after a change of rights in this process)."""
        self._known.clear()


async def giver_of(tx: Tx) -> Giver:
    """What the caller of this transaction has to give to others, as the database says now."""
    caller = tx.caller
    facts = None if caller is None else await tx.value(RIGHTS, principal=caller.id)
    if caller is None or facts is None:
        raise Unauthorised
    limit = facts["component_ids"]
    return Giver(
        scopes=caller.scopes,
        held=tuple(Held(g["role"], UUID(g["component_id"]) if g["component_id"] else None) for g in facts["grants"]),
        within=None if limit is None else frozenset(UUID(c) for c in limit),
    )


async def of_principal(tx: Tx, principal: UUID) -> Caller:
    """The caller that an account or client would be now; Unauthorised when closed or unknown. For log-in and `bmp`."""
    facts = await tx.value(RIGHTS, principal=principal)
    if facts is None or not facts["active"]:
        raise Unauthorised("This account or client is closed.")
    return caller_from(facts, datetime.now(UTC))


def caller_from(facts: dict[str, Any], now: datetime) -> Caller:
    """A caller from the facts of `app.rights_of`, at an instant."""
    roles = frozenset(g["role"] for g in facts["grants"])
    scopes = scopes_of(roles)
    if facts["scopes"] is not None:
        scopes &= frozenset(facts["scopes"])
    whole = _within(facts, scopes, None, now)
    views: dict[str, Caller] = {}
    if any(g["component_id"] for g in facts["grants"]):
        for scope in scopes:
            view = _within(facts, scopes, scope, now)
            if (view.see, view.manage, view.joined) != (whole.see, whole.manage, whole.joined):
                views[scope] = view
    reach = {scope: frozenset(view.manage) for scope, view in views.items()}
    return replace(whole, views={scope: replace(view, reach=reach) for scope, view in views.items()}, reach=reach)


def narrowed(caller: Caller, named: frozenset[str]) -> Caller:
    """The caller with no more scopes than these. The policies' flags depend on scopes: made anew."""
    scopes = caller.scopes.intersection(named)
    if scopes == caller.scopes:
        return caller
    views = {scope: narrowed(view, named) for scope, view in caller.views.items() if scope in scopes}
    kept = replace(caller, scopes=scopes, views=views)
    return replace(kept, preamble=identity(kept))


def _within(facts: dict[str, Any], scopes: frozenset[str], scope: str | None, now: datetime) -> Caller:
    running = _running(facts, scope, now)
    see = _uuids({d["component_id"] for d in running})
    audits = _uuids({d["component_id"] for d in _running(facts, Scope.SECURITY_READ, now)})
    manage = _uuids({d["component_id"] for d in running if d["power"] == "manage"})
    parts = [p for p in facts["participations"] if _runs(p, now)]
    own_agencies = _uuids(set(facts["agency_ids"]))
    beneficiary = "beneficiary" in facts["organisation_kinds"]
    seen, managed = {str(c) for c in see}, {str(c) for c in manage}
    roots = set(own_agencies) | {UUID(p["agency_id"]) for p in parts if p["component_id"] in seen}
    manage_roots = set(own_agencies) | {UUID(p["agency_id"]) for p in parts if p["component_id"] in managed}
    caller = Caller(
        id=UUID(facts["id"]),
        person_id=UUID(facts["account_id"]),
        organisation_id=UUID(facts["organisation_id"]),
        kind=facts["kind"],
        organisation_kinds=frozenset(facts["organisation_kinds"]),
        scopes=scopes,
        roles=frozenset(g["role"] for g in facts["grants"]),
        see=see,
        manage=manage,
        joined=_joined(facts, parts) if beneficiary else (),
        roots=tuple(sorted(roots)),
        manage_roots=tuple(sorted(manage_roots)),
        own=own_agencies[0] if own_agencies else None,
        own_tops=own_agencies,
        display_name=facts["display_name"],
        language=facts["language"],
        sees_all=bool(see) and len(see) == facts["components"],
        audits=audits,
        audits_all=bool(audits) and len(audits) == facts["components"],
        observed=_observed(facts, see),
    )
    return replace(caller, preamble=identity(caller))


def _running(facts: dict[str, Any], scope: str | None, now: datetime) -> list[dict[str, Any]]:
    """The delegations that run now, for components for which some role (holding the scope) was given."""
    allowed = _components_of_grants(facts, scope)
    return [d for d in facts["delegations"] if _runs(d, now) and (allowed is None or d["component_id"] in allowed)]


def _components_of_grants(facts: dict[str, Any], scope: str | None) -> set[str] | None:
    """The components for which some role (holding the scope, if one is asked) was given; None: for all."""
    limit = set(facts["component_ids"]) if facts["component_ids"] is not None else None
    grants = [g for g in facts["grants"] if scope is None or Scope(scope) in ROLE_SCOPES[Role(g["role"])]]
    if any(g["component_id"] is None for g in grants):
        return limit
    named = {g["component_id"] for g in grants}
    return named if limit is None else named & limit


def _observed(facts: dict[str, Any], see: tuple[UUID, ...]) -> tuple[UUID, ...]:
    """Of the components in sight those for which no other role than observer was given."""
    others = [g["component_id"] for g in facts["grants"] if g["role"] != Role.OBSERVER]
    return () if None in others else tuple(c for c in see if str(c) not in others)


def _joined(facts: dict[str, Any], parts: list[dict[str, Any]]) -> tuple[UUID, ...]:
    """Components in which the caller's agency, one above it, or one of its organisation takes part."""
    mine = set(facts["agency_ids"]) | set(facts["ancestors"])
    return _uuids(
        {
            p["component_id"]
            for p in parts
            if p["agency_id"] in mine or (not facts["ancestors"] and p["organisation_id"] == facts["organisation_id"])
        }
    )


def _instant(value: str) -> datetime:
    return datetime.fromisoformat(value)


def _runs(period: dict[str, Any], now: datetime) -> bool:
    return _instant(period["starts_at"]) <= now and (period["ends_at"] is None or now < _instant(period["ends_at"]))


def _seconds_to_next_change(facts: dict[str, Any], now: datetime) -> float:
    """How long these facts hold: until the next delegation or participation begins or ends."""
    edges = [
        _instant(edge)
        for period in (*facts["delegations"], *facts["participations"])
        for edge in (period["starts_at"], period["ends_at"])
        if edge is not None
    ]
    return min(((edge - now).total_seconds() for edge in edges if edge > now), default=float("inf"))


def _uuids(values: set[str]) -> tuple[UUID, ...]:
    return tuple(sorted(UUID(v) for v in values))
