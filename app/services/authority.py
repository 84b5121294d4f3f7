"""May one person act on the rights of another? Nobody beyond their own rights, nobody on themselves (DOMAIN 2).

Whoever sets a password or takes a role away acts on everything that the other may do, so every operation on an
account asks the same question: are all of its rights among mine? Only the deployment's administrator stands above.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from app.db import reading
from app.db.listing import Listing
from app.db.session import Statement, Tx
from app.domain.access import Caller, Held
from app.domain.errors import Forbidden, SeparationOfDuties, Unauthorised
from app.services.rights import giver_of

_TARGET = Statement(
    "SELECT a.id, a.organisation_id, a.active, a.account_name, "
    "ARRAY(SELECT g.role FROM grants g WHERE g.account_id = a.id ORDER BY g.id) AS roles, "
    "ARRAY(SELECT g.component_id FROM grants g WHERE g.account_id = a.id ORDER BY g.id)"
    " AS components FROM accounts a WHERE a.id = :id"
)


@dataclass(frozen=True, slots=True)
class Target:
    """The account that is acted on."""

    id: UUID
    organisation_id: UUID
    active: bool
    account_name: str
    held: tuple[Held, ...]


def caller_of(tx: Tx) -> Caller:
    """The caller; operations of this room have one."""
    if tx.caller is None:  # pragma: no cover - the route lets nobody in without one
        raise Unauthorised
    return tx.caller


async def over(tx: Tx, listing: Listing, ident: str) -> Target:
    """The account, which the caller may act on: not itself, in an organisation of its own, with no rights beyond.

    NotFound when out of sight, SeparationOfDuties for oneself, Forbidden for more rights than one's own.
    """
    account_id = await reading.resolve(tx, listing, ident)
    row = await tx.row(_TARGET, id=account_id)
    caller = caller_of(tx)
    if row is None:  # pragma: no cover - resolved a moment ago in this transaction
        raise Forbidden
    if row["id"] == caller.person_id:
        raise SeparationOfDuties("Nobody changes their own rights; somebody else has to.")
    if row["organisation_id"] != caller.organisation_id and not caller.administers:
        raise Forbidden("This account belongs to another organisation.")
    held = tuple(Held(role, component) for role, component in zip(row["roles"], row["components"], strict=True))
    await check_handing_out(tx, held)
    return Target(row["id"], row["organisation_id"], row["active"], row["account_name"], held)


async def check_handing_out(tx: Tx, wanted: Iterable[Held]) -> None:
    """Forbidden, naming the scopes, where roles hold more than the caller does."""
    lacking = sorted((await giver_of(tx)).lacks(wanted))
    if lacking:
        raise Forbidden("This reaches beyond your own rights.", lacking=lacking)
