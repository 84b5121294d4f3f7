"""Who plays in the demo: accounts with generated passwords, clients with secrets, and the file that tells them.

The first administrator is appointed as in any deployment; everybody else gets their account from that one, an
invitation, and a password. Passwords are written to the file before they are set, so that a build that was cut short
goes on with them. A file that was lost is made anew, and the passwords with it.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from app.db import writing
from app.db.session import Database
from app.domain.access import Caller, Role, Scope, scopes_of
from app.schemas.accounts import AccountIn, GrantIn
from app.schemas.clients import ClientIn
from app.security.passwords import hash_password
from app.services import accounts, administrators, clients, links, rights

Connection = Any  # asyncpg's, of the owner; it is not typed
CREDENTIALS = "demo-credentials.json"


@dataclass(frozen=True, slots=True)
class Player:
    """One account of the demo: a natural person that does not exist."""

    name: str
    organisation: str
    role: Role
    display_name: str
    component: str | None = None
    agency: str | None = None
    language: str = "en"


ADMINISTRATOR = "admin@icmpd.example"
MANAGER, DEPUTY, MOROCCO = "manager@icmpd.example", "deputy@icmpd.example", "morocco@icmpd.example"
ITALY, TRAINER = "manager@interno.example", "training@icmpd.example"
SAFEGUARDS = "safeguards@icmpd.example"
FOCAL_TN, FOCAL_MA = "focal@tn-cg.example", "focal@ma-bp.example"

#: The first six are those that the start screen shows.
PLAYERS = (
    Player(MANAGER, "ORG-ICMPD", Role.PROGRAMME_MANAGER, "Synthetic Programme Manager"),
    Player(ITALY, "ORG-MOI-IT", Role.PROGRAMME_MANAGER, "Synthetic Manager Italy", language="it"),
    Player(FOCAL_TN, "ORG-TN-CG", Role.FOCAL_POINT, "Synthetic Focal Point Tunisia", agency="AG-TN-CG", language="fr"),
    Player("auditor@eca.example", "ORG-ECA", Role.AUDITOR, "Synthetic Auditor"),
    Player("observer@eu.example", "ORG-EU", Role.OBSERVER, "Synthetic Observer"),
    Player(ADMINISTRATOR, "ORG-ICMPD", Role.ADMINISTRATOR, "Synthetic Administrator"),
    Player(DEPUTY, "ORG-ICMPD", Role.PROGRAMME_MANAGER, "Synthetic Deputy Manager"),
    Player(MOROCCO, "ORG-ICMPD", Role.PROGRAMME_MANAGER, "Synthetic Manager Morocco", component="BMP-MA"),
    Player("procurement@icmpd.example", "ORG-ICMPD", Role.PROCUREMENT_OFFICER, "Synthetic Procurement Officer"),
    Player("logistics@icmpd.example", "ORG-ICMPD", Role.LOGISTICS_OFFICER, "Synthetic Logistics Officer"),
    Player(TRAINER, "ORG-ICMPD", Role.TRAINING_OFFICER, "Synthetic Training Officer"),
    Player("monitoring@icmpd.example", "ORG-ICMPD", Role.MONITORING_OFFICER, "Synthetic Monitoring Officer"),
    Player(SAFEGUARDS, "ORG-ICMPD", Role.SAFEGUARDS_OFFICER, "Synthetic Safeguards Officer"),
    Player("deputy@interno.example", "ORG-MOI-IT", Role.PROGRAMME_MANAGER, "Synthetic Deputy Italy", language="it"),
    Player("logistics@interno.example", "ORG-MOI-IT", Role.LOGISTICS_OFFICER, "Synthetic Logistics Italy"),
    Player("training@interno.example", "ORG-MOI-IT", Role.TRAINING_OFFICER, "Synthetic Training Italy"),
    Player("sfax@tn-cg.example", "ORG-TN-CG", Role.FOCAL_POINT, "Synthetic Focal Point Sfax", agency="AG-TN-SFAX"),
    Player(FOCAL_MA, "ORG-MA-BP", Role.FOCAL_POINT, "Synthetic Focal Point Morocco", agency="AG-MA-BP", language="fr"),
    Player("nador@ma-bp.example", "ORG-MA-BP", Role.FOCAL_POINT, "Synthetic Focal Point Nador", agency="AG-MA-NADOR"),
)

#: Scripts: name → owner; those that end in "reader" read, the others may do all that their owner may.
SCRIPTS = (
    ("Synthetic script of ICMPD", MANAGER),
    ("Synthetic reader of ICMPD", MANAGER),
    ("Synthetic script of the Ministry", ITALY),
    ("Synthetic reader of the Ministry", ITALY),
)
_READS = frozenset(
    scope.value for scope in (Scope.REGISTER_READ, Scope.EQUIPMENT_READ, Scope.TRAINING_READ, Scope.READINESS_READ)
)


@dataclass(slots=True)
class Cast:
    """The callers of the demo by account name, with today's rights."""

    database: Database
    ids: Mapping[str, UUID]
    known: dict[str, Caller] = field(default_factory=dict)

    async def caller(self, name: str) -> Caller:
        """The caller that this account is; asked once, so only when its organisation's agencies are there."""
        if name not in self.known:
            async with self.database.transaction(read_only=True) as tx:
                self.known[name] = await rights.of_principal(tx, self.ids[name])
        return self.known[name]


def read(folder: Path) -> list[dict[str, Any]]:
    """What the file tells; nothing when it is not there."""
    try:
        found = orjson.loads((folder / CREDENTIALS).read_bytes())
    except (OSError, ValueError):
        return []
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def write(folder: Path, entries: list[dict[str, Any]]) -> None:
    """The whole file or nothing, readable by its owner only."""
    path = folder / CREDENTIALS
    beside = path.with_suffix(".new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(orjson.dumps(entries, option=orjson.OPT_INDENT_2))
        out.flush()
        os.fsync(out.fileno())
    beside.replace(path)


async def appoint(database: Database, owner: Connection) -> Caller:
    """The deployment's first administrator, who makes everything else possible."""
    if not await owner.fetchval("SELECT 1 FROM accounts WHERE account_name = $1", ADMINISTRATOR):
        await administrators.appoint(
            owner, organisation="ORG-ICMPD", account_name=ADMINISTRATOR, display_name="Synthetic Administrator"
        )
    return await Cast(database, await _ids(owner)).caller(ADMINISTRATOR)


async def accounts_of(database: Database, owner: Connection, folder: Path, root: Caller) -> Cast:
    """Every account of the demo with its password; those that are there already stay as they are."""
    told = {entry["account_name"]: entry for entry in read(folder) if entry.get("password")}
    entries = [told.get(player.name) or _entry(player) for player in PLAYERS]
    write(folder, entries + [entry for entry in read(folder) if entry.get("client_id")])
    known = await _ids(owner)
    async with database.transaction(root) as tx:
        for player in PLAYERS:
            if player.name not in known:
                await accounts.create(tx, _account(player))
    cast = Cast(database, await _ids(owner))
    having = {row[0] for row in await owner.fetch("SELECT account_id FROM credentials")}
    wanted = [e for e in entries if e["account_name"] not in told or cast.ids[e["account_name"]] not in having]
    for entry in wanted:
        if entry["account_name"] == ADMINISTRATOR:
            await _readmit(owner, cast.ids[ADMINISTRATOR], entry["password"])
    await asyncio.gather(*(_set_password(cast, root, entry, having) for entry in wanted))
    return cast


def _entry(player: Player) -> dict[str, Any]:
    return {
        "organisation": player.organisation,
        "role": player.role.value,
        "account_name": player.name,
        "password": secrets.token_urlsafe(15),
        "display_name": player.display_name,
        "component": player.component,
        "agency": player.agency,
    }


def _account(player: Player) -> AccountIn:
    return AccountIn(
        account_name=player.name,
        display_name=player.display_name,
        organisation=player.organisation,
        agency=player.agency,
        language=player.language,
        grants=[GrantIn(role=player.role.value, component=player.component)],
    )


async def _ids(owner: Connection) -> dict[str, UUID]:
    names = [player.name for player in PLAYERS]
    rows = await owner.fetch("SELECT account_name, id FROM accounts WHERE account_name = ANY($1)", names)
    return {row["account_name"]: row["id"] for row in rows}


async def _readmit(owner: Connection, account_id: UUID, password: str) -> None:
    """The administrator's own password: nobody resets it but who has the machine."""
    await owner.execute(
        "INSERT INTO credentials (account_id, password_hash) VALUES ($1, $2) ON CONFLICT (account_id) "
        "DO UPDATE SET password_hash = excluded.password_hash, changed_at = clock_timestamp()",
        account_id,
        await hash_password(password),
    )


async def _set_password(cast: Cast, root: Caller, entry: dict[str, Any], having: Collection[UUID]) -> None:
    """By a one-time link, as everybody's."""
    account_id = cast.ids[entry["account_name"]]
    if account_id == root.id:
        return
    async with cast.database.transaction(root) as tx:
        link = await links.hand_out(tx, str(account_id), "reset" if account_id in having else "invitation")
    async with cast.database.transaction() as tx:
        await links.redeem(cast.database, tx, link.secret, entry["password"])


async def scripts_of(cast: Cast, owner: Connection, folder: Path) -> None:
    """Every client of the demo with its secret; the secret of one that nobody knows any more is rotated."""
    entries = read(folder)
    told = {entry["name"] for entry in entries if entry.get("client_secret")}
    roles = {player.name: player for player in PLAYERS}
    for name, by in SCRIPTS:
        if name in told:
            continue
        made = await _client(cast, owner, name, by)
        entries.append(
            {
                "organisation": roles[by].organisation,
                "role": Role.INTEGRATION.value,
                "client_id": made["client_id"],
                "client_secret": made["client_secret"],
                "name": name,
                "owner": by,
                "scopes": made["scopes"],
            }
        )
        write(folder, entries)


async def _client(cast: Cast, owner: Connection, name: str, by: str) -> dict[str, Any]:
    scopes = sorted(scopes_of(frozenset({Role.PROGRAMME_MANAGER})) & _READS if "reader" in name else _working_scopes())
    known = await owner.fetchrow("SELECT id, version FROM clients WHERE name = $1", name)
    async with cast.database.transaction(await cast.caller(by)) as tx:
        if known is None:
            made = await clients.create(tx, ClientIn(id=writing.new_id(), name=name, scopes=scopes))
        else:
            made = await clients.rotate(tx, str(known["id"]), known["version"], 0)
    told = orjson.loads(made.client.body)
    return {"client_id": told["client_id"], "client_secret": made.secret, "scopes": told["scopes"]}


def _working_scopes() -> frozenset[str]:
    """All that a programme manager may do, but for the rights of others."""
    others = {Scope.ACCOUNTS_READ, Scope.ACCOUNTS_WRITE, Scope.CLIENTS_READ, Scope.CLIENTS_WRITE}
    return scopes_of(frozenset({Role.PROGRAMME_MANAGER})) - {scope.value for scope in others}
