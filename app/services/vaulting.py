"""The vault of names in the database: put in, found, read with a trace, erased, re-wrapped (DOMAIN 4).

`app/security/vault.py` seals and opens; this module keeps the rows. A name leaves it by `identify` and `search` only,
and each leaves a row in `identity_reads`. Nobody else selects from the table `vault`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from app.db import writing
from app.db.session import Statement, Tx
from app.domain.errors import Conflict, Fault, NotFound, PossibleDuplicate, Rejected
from app.domain.names import fold_name, holds_identity_number
from app.security import vault
from app.security.keys import Keys

#: Why a name was compared when nobody gave a purpose: somebody of that name was being registered or renamed.
DUPLICATE_WARNING = "duplicate warning"
#: Why, when the names of a file were compared with those that there are.
COMPARED = "compared by an import"
_TABLE = "vault"
#: Names that one transaction holds one by one; one that registers more of them holds the whole tree.
NAMES_HELD = 1_000

# The first is the top of the tree, whose key makes new blind indexes; those below it find what was indexed before the
# tree grew upwards.
_LINEAGE = Statement(
    "SELECT c.ancestor_id FROM agency_closure c WHERE c.descendant_id = :agency_id ORDER BY c.depth DESC"
)
# Whoever registers one name at a time shares the tree's lock; whoever registers thousands takes it alone.
_HOLD_NAME = Statement(
    "SELECT pg_advisory_xact_lock_shared(hashtextextended('names:' || CAST(CAST(:top_id AS uuid) AS text), 4)), "
    "pg_advisory_xact_lock(hashtextextended(encode(CAST(:blind_index AS bytea), 'hex'), 4))"
)
_HOLD_TREE = Statement(
    "SELECT pg_try_advisory_xact_lock(hashtextextended('names:' || CAST(CAST(:top_id AS uuid) AS text), 4))"
)
_NAMESAKES = Statement(
    "SELECT v.trainee_id, v.agency_id, v.wrapped_key, v.sealed_name, v.sealed_contact FROM vault v "
    "WHERE v.blind_index = ANY (CAST(:indexes AS bytea[])) AND v.wrapped_key IS NOT NULL "
    "AND v.agency_id = ANY (app.below(ARRAY[CAST(:root_id AS uuid)])) ORDER BY v.trainee_id"
)
_ENTRY = Statement(
    "SELECT v.trainee_id, v.agency_id, v.wrapped_key, v.sealed_name, v.sealed_contact FROM vault v "
    "WHERE v.trainee_id = :trainee_id"
)
_ENTRIES = Statement(
    "SELECT v.trainee_id, v.agency_id, v.wrapped_key, v.sealed_name, v.sealed_contact FROM vault v "
    "WHERE v.trainee_id = ANY (CAST(:trainee_ids AS uuid[]))"
)
_RESEAL = Statement(
    "UPDATE vault SET sealed_name = :sealed_name, sealed_contact = :sealed_contact, blind_index = :blind_index "
    "WHERE trainee_id = :trainee_id AND wrapped_key IS NOT NULL"
)
_READ = Statement(
    "INSERT INTO identity_reads (id, trainee_id, agency_id, caller_id, person_id, purpose, request_id) "
    "SELECT r.id, r.trainee_id, r.agency_id, :caller_id, :person_id, :purpose, :request_id "
    "FROM unnest(CAST(:ids AS uuid[]), CAST(:trainee_ids AS uuid[]), CAST(:agency_ids AS uuid[])) "
    "r(id, trainee_id, agency_id)"
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a pseudonym is. Never logged, never kept: `repr` shows the pseudonym only."""

    trainee_id: UUID
    agency_id: UUID
    name: str
    work_contact: str | None

    def __repr__(self) -> str:
        return f"Identity({self.trainee_id})"


def check_about_person(text: str | None, pointer: str) -> str | None:
    """A free text about a person, as it is. Rejected when a number of a card, passport or service file stands in it.

    Full dates are refused along with them (they are as long as such numbers, and may be a birth date): the dates that
    count have members of their own.
    """
    if text is not None and holds_identity_number(text):
        raise Rejected.at(
            pointer,
            "identity_number",
            "No numbers of identity cards, passports and service, and no full dates, in texts about a person.",
        )
    return text


async def put(tx: Tx, keys: Keys, identity: Identity, *, confirm_new: bool) -> None:
    """Seal a new person's name and contact. The row of the trainee has to be there already.

    Raises PossibleDuplicate, unless `confirm_new`, when somebody of that name stands in the same agency tree.
    """
    index = await _index_without_namesakes(tx, keys, identity, confirm_new=confirm_new)
    wrapped = vault.new_data_key(keys, owner_id=identity.trainee_id)
    await writing.insert(
        tx,
        _TABLE,
        {
            "trainee_id": identity.trainee_id,
            "agency_id": identity.agency_id,
            "key_version": vault.wrapped_version(wrapped),
            "wrapped_key": wrapped,
            "blind_index": index,
            **_sealed(keys, identity, wrapped),
        },
    )


async def replace(tx: Tx, keys: Keys, identity: Identity, *, confirm_new: bool) -> None:
    """Seal another name or contact of a person who is not erased. Raises PossibleDuplicate as `put` does."""
    entry = await _entry(tx, identity.trainee_id)
    index = await _index_without_namesakes(tx, keys, identity, confirm_new=confirm_new)
    await tx.run(
        _RESEAL,
        trainee_id=identity.trainee_id,
        blind_index=index,
        **_sealed(keys, identity, entry["wrapped_key"]),
    )


async def current(tx: Tx, keys: Keys, trainee_id: UUID) -> Identity:
    """Name and contact for a change of one of them; never answered, so not logged. Conflict for an erased person."""
    return _opened(keys, await _entry(tx, trainee_id))


async def identify(tx: Tx, keys: Keys, trainee_id: UUID, purpose: str) -> Identity:
    """Who it is, with a row in the log of identity reads. NotFound out of sight, Conflict when erased."""
    check_about_person(purpose, "/purpose")
    found = _opened(keys, await _entry(tx, trainee_id))
    await _log(tx, [(found.trainee_id, found.agency_id)], purpose)
    return found


async def search(tx: Tx, keys: Keys, agency_id: UUID, name: str, purpose: str) -> list[Identity]:
    """People of exactly that name (folded) at or below an agency; logged, also when nobody was found."""
    check_about_person(purpose, "/purpose")
    if fold_name(name) in fold_name(purpose):
        raise Rejected.at("/purpose", "name_in_purpose", "The purpose is kept in the log: it may not hold the name.")
    rows = await tx.rows(_NAMESAKES, indexes=await _indexes(tx, keys, agency_id, name), root_id=agency_id)
    found = [_opened(keys, row) for row in rows]
    await _log(tx, [(each.trainee_id, each.agency_id) for each in found] or [(None, agency_id)], purpose)
    return found


async def _index_without_namesakes(tx: Tx, keys: Keys, identity: Identity, *, confirm_new: bool) -> bytes:
    """The blind index of a name. One writer per name at a time, so that two who register it at once see each other."""
    lineage = await _lineage(tx, identity.agency_id)
    indexes = [vault.blind_index(keys, each, identity.name) for each in lineage]
    await _hold_name(tx, lineage[0], indexes[0])
    if confirm_new:
        return indexes[0]
    rows = await tx.rows(_NAMESAKES, indexes=indexes, root_id=lineage[0])
    others = [row for row in rows if row["trainee_id"] != identity.trainee_id]
    if others:
        seen = [(row["trainee_id"], row["agency_id"]) for row in others]
        await tx.leave_behind(_READ, **_log_values(tx, seen, DUPLICATE_WARNING))
        raise PossibleDuplicate(
            "Compare with the trainees named here; send `confirm_new` if it is somebody else.",
            trainees=[str(row["trainee_id"]) for row in others],
        )
    return indexes[0]


async def namesakes(tx: Tx, keys: Keys, identity: Identity) -> list[tuple[UUID, UUID]]:
    """People of that name in the same tree, with their agencies. Whoever tells of them keeps `log_compared`.

    The name is this transaction's from here on, as in `put`: nobody can register it between this look and what the
    caller writes after it.
    """
    lineage = await _lineage(tx, identity.agency_id)
    indexes = [vault.blind_index(keys, each, identity.name) for each in lineage]
    await _hold_name(tx, lineage[0], indexes[0])
    rows = await tx.rows(_NAMESAKES, indexes=indexes, root_id=lineage[0])
    return [(row["trainee_id"], row["agency_id"]) for row in rows if row["trainee_id"] != identity.trainee_id]


async def current_of(tx: Tx, keys: Keys, trainee_ids: Sequence[UUID]) -> dict[UUID, Identity]:
    """Names and contacts to compare with those of a file; never answered. Erased people are left out."""
    rows = await tx.rows(_ENTRIES, trainee_ids=list(trainee_ids))
    return {row["trainee_id"]: _opened(keys, row) for row in rows if row["wrapped_key"] is not None}


async def log_compared(tx: Tx, seen: Sequence[tuple[UUID, UUID]]) -> None:
    """Keep in the log that the names of these people were compared with those of a file."""
    await _log(tx, list(seen), COMPARED)


async def _indexes(tx: Tx, keys: Keys, agency_id: UUID, name: str) -> list[bytes]:
    return [vault.blind_index(keys, each, name) for each in await _lineage(tx, agency_id)]


async def _lineage(tx: Tx, agency_id: UUID) -> list[UUID]:
    known: dict[Any, Any] = {} if tx.remembered is None else tx.remembered
    lineage: list[UUID] = known.get(("lineage", agency_id), [])
    if not lineage:
        lineage = known["lineage", agency_id] = [row[0] for row in await tx.rows(_LINEAGE, agency_id=agency_id)]
    if not lineage:
        raise NotFound
    return lineage


async def _hold_name(tx: Tx, top_id: UUID, index: bytes) -> None:
    """Nobody else registers this name in the tree until the transaction ends.

    A transaction of many names holds some of them one by one. The server's memory for locks is limited, so after those
    it takes the tree as soon as nobody else is at work in it: it never waits for the tree, so nobody waits in a circle.
    """
    if tx.remembered is None:
        await tx.run(_HOLD_NAME, top_id=top_id, blind_index=index)
        return
    known, names = tx.remembered, ("names", top_id)
    if names in known or (*names, index) in known:
        return
    if known.counts[names] >= NAMES_HELD and await tx.value(_HOLD_TREE, top_id=top_id):
        known[names] = True
        return
    await tx.run(_HOLD_NAME, top_id=top_id, blind_index=index)
    known[*names, index] = True
    known.counts[names] += 1


async def _entry(tx: Tx, trainee_id: UUID) -> Any:
    entry = await tx.row(_ENTRY, trainee_id=trainee_id)
    if entry is None:
        raise NotFound
    if entry["wrapped_key"] is None:
        raise Conflict("This person was erased; nobody can read the name any more.")
    return entry


def _opened(keys: Keys, row: Any) -> Identity:
    def text(column: str) -> str | None:
        sealed = row[column]
        return sealed and vault.unseal(
            keys, table=_TABLE, column=column, row_id=row["trainee_id"], wrapped=row["wrapped_key"], sealed=sealed
        )

    return Identity(row["trainee_id"], row["agency_id"], text("sealed_name") or "", text("sealed_contact"))


def _sealed(keys: Keys, identity: Identity, wrapped: bytes) -> dict[str, bytes | None]:
    def seal(column: str, text: str | None) -> bytes | None:
        return text and vault.seal(
            keys, table=_TABLE, column=column, row_id=identity.trainee_id, wrapped=wrapped, plaintext=text
        )  # type: ignore[return-value]

    return {
        "sealed_name": seal("sealed_name", identity.name),
        "sealed_contact": seal("sealed_contact", identity.work_contact),
    }


async def _log(tx: Tx, seen: Sequence[tuple[UUID | None, UUID]], purpose: str) -> None:
    await tx.run(_READ, **_log_values(tx, seen, purpose))


def _log_values(tx: Tx, seen: Sequence[tuple[UUID | None, UUID]], purpose: str) -> dict[str, Any]:
    caller = tx.caller
    if caller is None:
        raise Rejected([Fault("", "no_caller", "Identities are read by somebody.")])  # pragma: no cover - the gate
    return {
        "ids": [writing.new_id() for _ in seen],
        "trainee_ids": [each[0] for each in seen],
        "agency_ids": [each[1] for each in seen],
        "caller_id": caller.id,
        "person_id": caller.person_id,
        "purpose": purpose,
        "request_id": structlog.contextvars.get_contextvars().get("request_id"),
    }
