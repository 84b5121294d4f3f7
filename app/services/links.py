"""One-time links: an invitation or a reset, handed out in person; and passwords set with them (API 17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from app.db.session import Database, Statement, Tx
from app.domain.errors import Conflict, Forbidden, NotFound, Rejected
from app.security.passwords import check_password, hash_password, verify_password
from app.security.tokens import hash_secret, new_secret
from app.services import security_log
from app.services.accounts import LISTING
from app.services.attempts import Attempts
from app.services.authority import caller_of, over

#: How long each kind can be used.
LIVES: dict[Literal["invitation", "reset"], timedelta] = {
    "invitation": timedelta(days=7),
    "reset": timedelta(hours=24),
}

_HAS_PASSWORD = Statement("SELECT app.has_password(:account_id)")
_MAKE = Statement("SELECT app.make_link(:link, :account_id, :kind, :expires_at)")
_LINK_FOR = Statement("SELECT app.link_for(:link)")
_REDEEM = Statement("SELECT app.redeem_link(:link, :new_hash)")
_OWN = Statement("SELECT account_name, app.own_password() AS password_hash FROM accounts WHERE id = app.caller()")
_CHANGE_OWN = Statement("SELECT app.change_own_password(:old_hash, :new_hash, CAST(:keep AS uuid))")


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it is shown, once."""

    kind: Literal["invitation", "reset"]
    secret: str
    expires_at: datetime


async def hand_out(tx: Tx, ident: str, kind: Literal["invitation", "reset"]) -> Link:
    """A new link for an account, in place of every earlier one.

    Whoever holds a link becomes that person, and separation of duties is between persons: a reset, which takes over
    an account in use, is for the deployment's administrator only.
    """
    target = await over(tx, LISTING, ident)
    if not target.active:
        raise Conflict("This account is closed.")
    known = await tx.value(_HAS_PASSWORD, account_id=target.id)
    if kind == "invitation" and known:
        raise Conflict("This account has a password already; what it may need is a reset.")
    if kind == "reset" and not known:
        raise Conflict("This account has no password yet; what it needs is an invitation.")
    if kind == "reset" and not caller_of(tx).administers:
        raise Forbidden("Only the deployment's administrator resets passwords.")
    link = Link(kind, new_secret(), datetime.now(UTC) + LIVES[kind])
    await tx.run(_MAKE, link=hash_secret(link.secret), account_id=target.id, kind=kind, expires_at=link.expires_at)
    await security_log.record(
        tx,
        "link.handed_out",
        organisation_id=target.organisation_id,
        subject_id=target.id,
        facts={"kind": kind, "expires_at": link.expires_at},
    )
    return link


async def redeem(database: Database, tx: Tx, secret: str, password: str) -> str:
    """Set the password with a link's secret; the account name. A refused password does not use the link up.

    The hash is made between two transactions, so that nobody's connection waits for it.
    """
    link = hash_secret(secret)
    async with database.transaction(read_only=True) as look:
        found = await look.value(_LINK_FOR, link=link)
    if found is None:
        raise _unusable()
    check_password(password, account_name=found["account_name"])
    done = await tx.value(_REDEEM, link=link, new_hash=await hash_password(password))
    if done is None:
        raise _unusable()
    await security_log.record(
        tx,
        "link.redeemed",
        organisation_id=done["organisation_id"],
        subject_id=done["account_id"],
        facts={"kind": done["kind"], "handed_out_by": done["handed_out_by"]},
    )
    name: str = found["account_name"]
    return name


def _unusable() -> Rejected:
    return Rejected.at("/secret", "link_unusable", "This link is unknown, used or expired; ask for a new one.")


async def change_own(
    database: Database, tx: Tx, attempts: Attempts, *, current: str, password: str, keep: str | None
) -> None:
    """Change one's own password; every other session of the account ends. `keep` is the session that asks for it."""
    caller = caller_of(tx)
    if caller.kind != "account":
        raise NotFound("A client has no password.")
    async with database.transaction(caller, read_only=True) as look:
        own = await look.row(_OWN)
    stored = None if own is None else own["password_hash"]
    subject = f"password:{caller.id}"
    await attempts.begin(subject)
    if not await verify_password(current, stored):
        raise Rejected.at("/current", "password_wrong", "This is not the present password.")
    await attempts.forget(subject)
    check_password(password, account_name="" if own is None else own["account_name"])
    changed = await tx.value(_CHANGE_OWN, old_hash=stored, new_hash=await hash_password(password), keep=keep)
    if not changed:
        raise Conflict("The password was changed by another request.")
    await security_log.record(tx, "password.changed", organisation_id=caller.organisation_id, subject_id=caller.id)
