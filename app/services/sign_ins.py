"""Sessions of people: the sign-ins from which their refresh tokens came (API 17)."""

from __future__ import annotations

from uuid import UUID

from app.db import reading
from app.db.columns import instant, plain
from app.db.listing import NEWEST, Filter, Listing, equals
from app.db.session import Statement, Tx
from app.domain.errors import NotFound
from app.services import security_log
from app.services.accounts import LISTING as ACCOUNTS
from app.services.authority import caller_of, over

RUNS = "(t.revoked_at IS NULL AND t.expires_at > clock_timestamp())"

LISTING = Listing(
    resource="sign-ins",
    table="sign_ins",
    columns=(
        plain("id"),
        plain("agent", free_text=True),
        instant("created_at"),
        instant("used_at"),
        instant("expires_at"),
        instant("revoked_at"),
        plain("revoked_because"),
    ),
    filters={"running": Filter(f"{RUNS} = :value"), "account_id": equals("t.account_id", indexed=True)},
    orders=NEWEST,
    reference=None,
    versioned=False,
    personal=True,
)

_END = Statement("SELECT app.end_sign_ins(:account_id, CAST(:only_one AS uuid), :because)")


async def of_account(tx: Tx, ident: str) -> dict[str, UUID]:
    """The filter of one account's sessions; NotFound when the account is out of sight."""
    return {"account_id": await reading.resolve(tx, ACCOUNTS, ident)}


async def end_own(tx: Tx, session: UUID) -> None:
    """End one of one's own sessions: its access token dies within a minute, its refresh token at once."""
    caller = caller_of(tx)
    if not await tx.value(_END, account_id=caller.id, only_one=session, because="signed_out"):
        raise NotFound("You have no such session that runs.")
    await _record(tx, caller.organisation_id, caller.id, 1)


async def end_theirs(tx: Tx, ident: str, session: UUID | None = None) -> None:
    """End a session of somebody else, or all of them. NotFound for one that does not run; none of none is no error."""
    target = await over(tx, ACCOUNTS, ident)
    ended = await tx.value(_END, account_id=target.id, only_one=session, because="revoked_by_administrator")
    if session is not None and not ended:
        raise NotFound("The account has no such session that runs.")
    if ended:
        await _record(tx, target.organisation_id, target.id, ended)


async def _record(tx: Tx, organisation_id: UUID, account_id: UUID, ended: int) -> None:
    await security_log.record(
        tx, "sign_ins.revoked", organisation_id=organisation_id, subject_id=account_id, facts={"ended": ended}
    )
