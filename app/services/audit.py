"""Proof that history is as it was recorded: verification of chains, and signed checkpoints (DOMAIN 3, Chain).

A checkpoint says what all chains hashed to at an instant. It stands in the database and, as one more line, in a file
outside of it: a cut tail, a vanished item, or a history that was recomputed as a whole is found by comparing. The
latest one is enough: chains only grow, so it covers all that the earlier ones did.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from app.db import writing
from app.db.columns import instant, plain
from app.db.listing import Listing, Order
from app.db.session import Database, Statement, Tx
from app.domain.errors import Unavailable
from app.schemas.audit import BrokenChainOut, CheckpointCheck, VerifiedOut, VerifyIn
from app.security.keys import Keys
from app.security.seals import Checkpoint, CheckpointBroken, line_digest, sign_checkpoint, verify_lines
from app.services.chain import Verified, digest_of_heads, verify_batch
from app.services.components import LISTING as COMPONENTS
from app.services.equipment import LISTING as ITEMS
from app.services.references import reference_to

FILE = "checkpoints.jsonl"
#: A checkpoint is signed once a day.
EVERY = timedelta(hours=24)

#: How many items and events the whole deployment has is told to who sees the whole of it: its administrator, and
#: auditors of every component. The signed line counts them too.
_WHOLE = "CASE WHEN (SELECT app.has('w')) OR (SELECT app.has('a')) THEN {} END"

LISTING = Listing(
    resource="checkpoints",
    table="checkpoints",
    columns=(
        plain("id"),
        instant("recorded_at"),
        plain("items", _WHOLE.format("t.items")),
        plain("events", _WHOLE.format("t.events")),
        plain("digest", "encode(t.digest, 'hex')"),
        plain("signature", "t.line::json ->> 'signature'"),
        plain("line", _WHOLE.format("t.line"), free_text=True),
    ),
    orders={"recorded_at": Order((("recorded_at", "instant"),))},
    default_sort="-recorded_at",
    reference=None,
    versioned=False,
)

_HORIZON = Statement("SELECT app.events_horizon()")
_ONE_AT_A_TIME = Statement("SELECT pg_try_advisory_xact_lock(hashtextextended('bmp:checkpoint', 0))")
_KEPT = Statement("SELECT recorded_at, line FROM app.kept_checkpoints()")
_KEEP = Statement("SELECT app.keep_checkpoint(:id, :at, :items, :events, :digest, :line)")


async def checkpoint_when_due(database: Database, keys: Keys, folder: Path) -> bool:
    """Sign the daily checkpoint if the last one is a day old; True when it was. For the worker."""
    async with database.transaction(read_only=True) as tx:
        kept = await tx.rows(_KEPT)
    if kept and datetime.now(UTC) - kept[-1]["recorded_at"] < EVERY:
        return False
    await sign(database, keys, folder)
    return True


async def sign(database: Database, keys: Keys, folder: Path) -> str:
    """Sign a checkpoint over all chains as they are now, keep it in the database and in the file; its line.

    `database` is the worker's or the owner's. Writers of events are held up for the moment in which the instant is
    taken, not while heads are read. Unavailable when another one is being signed.
    """
    async with database.transaction() as tx:
        at: datetime = await tx.value(_HORIZON)
    async with database.transaction() as tx:
        if not await tx.value(_ONE_AT_A_TIME):
            raise Unavailable("Another checkpoint is being signed.", retry_after=10)
        lines = _whole(folder / FILE, [row["line"] for row in await tx.rows(_KEPT)])
        items, events, digest = await digest_of_heads(tx, at)
        previous = line_digest(lines[-1]) if lines else None
        line = sign_checkpoint(keys, Checkpoint(at, items, digest, previous))
        await tx.run(_KEEP, id=writing.new_id(), at=at, items=items, events=events, digest=digest, line=line)
        _append(folder / FILE, [line])
    return line


def _whole(path: Path, kept: Sequence[str]) -> list[str]:
    """The lines of the file; one that was lost is written again from the database's."""
    lines = _lines(path)
    if not lines and kept:
        _append(path, kept)
        return list(kept)
    return lines


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def _append(path: Path, lines: Sequence[str]) -> None:
    """Add lines and see to it that they are on the disk."""
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())


@dataclass(frozen=True, slots=True)
class Compared:
    """Whether the latest checkpoint agrees with what the database holds now; `problem` says why not."""

    at: datetime | None
    lines: int
    problem: str | None


async def compare_with_checkpoint(tx: Tx, keys: Keys, folder: Path) -> Compared:
    """Check every signed line of the file, that the database holds the same lines, and the latest digest."""
    try:
        lines = _lines(folder / FILE)
        checkpoints = verify_lines(keys.chain.public_key(), lines)
    except (CheckpointBroken, UnicodeDecodeError) as broken:
        return Compared(None, 0, f"The file of checkpoints does not hold: {broken}.")
    kept = [row["line"] for row in await tx.rows(_KEPT)]
    if missing := [line for line in kept if line not in set(lines)]:
        return Compared(None, len(lines), f"{len(missing)} checkpoints of the database are missing in the file.")
    if not checkpoints:
        return Compared(None, 0, None)
    latest = checkpoints[-1]
    items, _, digest = await digest_of_heads(tx, latest.at)
    if items != latest.count:
        problem = "Chains that were there at the checkpoint are gone, or others were put among them."
        if tx.caller is None or tx.caller.sees_all or tx.caller.administers:
            problem = f"There were {latest.count} chains at the checkpoint; {items} of that time are left."
    elif digest != latest.heads_digest:
        problem = "The chains until the checkpoint are not those that it was signed over."
    else:
        problem = None
    return Compared(latest.at, len(lines), problem)


async def verify_everything(database: Database, seen: Callable[[Verified], None] = lambda _report: None) -> Verified:
    """Every chain of the deployment, as the owner reads it; `seen` is told after each batch. For `bmp audit verify`."""
    report = Verified()
    while not report.complete:
        async with database.transaction(read_only=True) as tx:
            await verify_batch(tx, report)
        seen(report)
    return report


async def verify(tx: Tx, body: VerifyIn, keys: Keys, folder: Path) -> VerifiedOut:
    """What an auditor asks: chains in sight from `after` on, at most `limit` items; and the checkpoints, if asked."""
    component: UUID | None = await reference_to(tx, COMPONENTS, body.component, "/component")
    item: UUID | None = await reference_to(tx, ITEMS, body.item, "/item")
    report = Verified(after=body.after)
    while not report.complete and report.items < body.limit:
        await verify_batch(tx, report, component_id=component, item_id=item)
    return told(report, await compare_with_checkpoint(tx, keys, folder) if body.checkpoint else None)


def told(report: Verified, compared: Compared | None) -> VerifiedOut:
    """What was found, as it goes out."""
    return VerifiedOut(
        holds=report.broken == 0 and (compared is None or compared.problem is None),
        items=report.items,
        events=report.events,
        broken=report.broken,
        problems=[
            BrokenChainOut(
                id=each.item_id,
                reference=each.reference,
                problem=each.problem,
                position=each.position,
                detail=each.detail,
            )
            for each in report.problems
        ],
        next=None if report.complete else report.after,
        checkpoint=None
        if compared is None
        else CheckpointCheck(at=compared.at, lines=compared.lines, problem=compared.problem),
    )
