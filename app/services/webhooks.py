"""Webhooks as their owners see them (API 16): endpoints, secrets, log, replay. Sending is `webhook_sending.py`."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from app.db import reading, writing
from app.db.columns import instant, plain, structure, truth
from app.db.listing import Listing, dated, equals, span
from app.db.session import Statement, Tx
from app.domain.errors import Conflict, Forbidden, NotFound, Rejected
from app.domain.webhooks import SECRET_BYTES, Allowed, fault_of_url, written_secret
from app.schemas.security_log import SecurityKind
from app.schemas.webhooks import ReplayIn, WebhookChange, WebhookIn
from app.security import vault
from app.security.keys import Keys
from app.services import jobs, security_log
from app.services.authority import caller_of
from app.settings import Settings

#: Endpoints of one account or client.
MOST = 50
REPLAY = "webhooks.replay"
_ACTIVE = {"status": "active", "disabled_because": None, "disabled_at": None}

LISTING = Listing(
    resource="webhooks",
    table="webhooks",
    columns=(
        plain("id"),
        plain("url", free_text=True),
        plain("description", free_text=True),
        plain("owner_id"),
        structure("resources", "to_json(t.resources)"),
        structure("types", "to_json(t.types)"),
        plain("status"),
        plain("disabled_because"),
        instant("disabled_at"),
        structure("health", "app.webhook_health(t.id)"),
        structure("secrets", "app.webhook_secret_facts(t.id)"),
        plain("version"),
        instant("created_at"),
        instant("updated_at"),
    ),
    filters={"status": equals("t.status"), "owner_id": equals("t.owner_id"), **dated()},
    search="app.fold(coalesce(t.description, '') || ' ' || t.url) LIKE app.fold(:search)",
    reference=None,
)

DELIVERIES = Listing(
    resource="webhook-deliveries",
    table="webhook_deliveries",
    columns=(
        plain("id"),
        plain("event_id"),
        plain("type"),
        plain("resource"),
        plain("object_id"),
        plain("object_version", "t.version"),
        instant("occurred_at"),
        truth("replayed"),
        plain("state"),
        plain("attempts"),
        plain("status"),
        plain("error"),
        plain("milliseconds"),
        instant("next_at", "CASE WHEN t.state = 'pending' THEN t.next_at END"),
        instant("created_at"),
        instant("attempted_at"),
        instant("finished_at"),
    ),
    filters={
        "webhook_id": equals("t.webhook_id", indexed=True),
        "state": equals("t.state"),
        "resource": equals("t.resource"),
        "object_id": equals("t.object_id"),
        "event_id": equals("t.event_id"),
        **span("t.created_at"),
    },
    reference=None,
    versioned=False,
)

_ROW = Statement("SELECT id, organisation_id, scopes, status FROM webhooks WHERE id = :id FOR UPDATE")
_COUNT = Statement("SELECT count(*) FROM webhooks WHERE owner_id = :owner_id")
_DELETE = Statement("DELETE FROM webhooks WHERE id = :id AND version = :version")
_ADD_SECRET = Statement("SELECT app.add_webhook_secret(:webhook, :id, :wrapped, :sealed, :old_ends)")
_OF_WEBHOOK = Statement("SELECT id FROM webhook_deliveries WHERE id = :id AND webhook_id = :webhook")
_BEGIN = Statement("SELECT app.begin_webhook(:id)")
_PING = Statement("SELECT app.ping_webhook(:webhook, :id)")
_REPLAY_ONE = Statement("SELECT app.replay_delivery(:webhook, :delivery, :id)")


@dataclass(frozen=True, slots=True)
class Made:
    """A webhook and its new secret, which nobody can read again."""

    webhook: reading.Reading
    secret: str


async def create(tx: Tx, body: WebhookIn, keys: Keys, settings: Settings) -> Made:
    """Add an endpoint. It is told of what happens from now on and its owner may see."""
    caller = caller_of(tx)
    _check_url(body.url, settings)
    if await tx.value(_COUNT, owner_id=caller.id) >= MOST:
        raise Conflict(f"There are {MOST} webhooks already, as many as there may be.")
    webhook_id = body.id or writing.new_id()
    values = {
        **body.model_dump(exclude={"id"}),
        "id": webhook_id,
        "owner_id": caller.id,
        "person_id": caller.person_id,
        "organisation_id": caller.organisation_id,
        "scopes": sorted(caller.scopes),
    }
    await writing.insert(tx, "webhooks", values)
    secret = await _new_secret(tx, webhook_id, keys, timedelta(0))
    await tx.run(_BEGIN, id=webhook_id)
    await _record(tx, "webhook.created", webhook_id)
    return Made(await reading.one(tx, LISTING, webhook_id), secret)


async def change(tx: Tx, webhook_id: UUID, version: int, body: WebhookChange, settings: Settings) -> reading.Reading:
    """Change what the patch names."""
    await _own(tx, webhook_id)
    values = body.model_dump(exclude_unset=True)
    if "url" in values:
        _check_url(values["url"], settings)
    changed = await writing.patch(tx, "webhooks", webhook_id, version, values) != version
    if changed and "url" in values:
        await _record(tx, "webhook.changed", webhook_id, {"changed": ["url"]})
    return await reading.one(tx, LISTING, webhook_id)


async def remove(tx: Tx, webhook_id: UUID, version: int) -> None:
    """Take an endpoint away, with its secrets and its log."""
    if not await tx.run(_DELETE, id=webhook_id, version=version):
        await writing.explain_unchanged(tx, "webhooks", webhook_id, version)
    await _record(tx, "webhook.removed", webhook_id)


async def rotate(tx: Tx, webhook_id: UUID, version: int, overlap_hours: int, keys: Keys) -> Made:
    """A new secret; the one of before signs beside it for so many hours."""
    await _own(tx, webhook_id)
    await writing.change(tx, "webhooks", webhook_id, version, {})
    secret = await _new_secret(tx, webhook_id, keys, timedelta(hours=overlap_hours))
    await _record(tx, "webhook.secret_rotated", webhook_id, {"overlap_hours": overlap_hours})
    return Made(await reading.one(tx, LISTING, webhook_id), secret)


async def enable(tx: Tx, webhook_id: UUID, version: int) -> reading.Reading:
    """Go on sending from where it stopped, what waits at once."""
    row = await _own(tx, webhook_id)
    if row["status"] == "active":
        raise Conflict("This webhook is active already.")
    await writing.change(tx, "webhooks", webhook_id, version, _ACTIVE)
    await tx.run(_BEGIN, id=webhook_id)
    await _record(tx, "webhook.enabled", webhook_id)
    return await reading.one(tx, LISTING, webhook_id)


async def disable(tx: Tx, webhook_id: UUID, version: int) -> reading.Reading:
    """Send nothing any more; what happens meanwhile is sent when it is enabled again, as long as it is kept."""
    row = await tx.row(_ROW, id=webhook_id)
    if row is None:
        raise NotFound
    if row["status"] == "disabled":
        raise Conflict("This webhook is disabled already.")
    disabled = {"status": "disabled", "disabled_because": "owner", "disabled_at": datetime.now(UTC)}
    await writing.change(tx, "webhooks", webhook_id, version, disabled)
    await _record(tx, "webhook.disabled", webhook_id, {"because": "owner"})
    return await reading.one(tx, LISTING, webhook_id)


async def ping(tx: Tx, webhook_id: UUID) -> reading.Reading:
    """Send an event about the webhook itself; the delivery."""
    row = await _own(tx, webhook_id)
    if row["status"] != "active":
        raise Conflict("This webhook is disabled.")
    delivery_id = writing.new_id()
    await tx.run(_PING, webhook=webhook_id, id=delivery_id)
    return await reading.one(tx, DELIVERIES, delivery_id)


async def found(tx: Tx, webhook_id: UUID) -> UUID:
    """The webhook, if it is in sight."""
    return await reading.resolve(tx, LISTING, str(webhook_id))


async def delivery(tx: Tx, webhook_id: UUID, delivery_id: UUID) -> UUID:
    """The id of a delivery of this webhook; NotFound for another one's."""
    found: UUID | None = await tx.value(_OF_WEBHOOK, webhook=webhook_id, id=delivery_id)
    if found is None:
        raise NotFound
    return found


async def replay_one(tx: Tx, webhook_id: UUID, delivery_id: UUID) -> reading.Reading:
    """Send a delivery once more, whatever came of it before; the new delivery of the same event."""
    await _own(tx, webhook_id)
    made = await tx.value(_REPLAY_ONE, webhook=webhook_id, delivery=delivery_id, id=writing.new_id())
    if made is None:
        raise NotFound
    return await reading.one(tx, DELIVERIES, made)


async def replay(tx: Tx, webhook_id: UUID, body: ReplayIn) -> reading.Reading:
    """Ask for all events of a span of time once more; the job that makes their deliveries."""
    await _own(tx, webhook_id)
    args = {"webhook": str(webhook_id), "since": body.since.isoformat(), "until": body.until.isoformat()}
    job = await jobs.enqueue(tx, REPLAY, args, unique_key=f"{webhook_id}:{body.since}:{body.until}")
    return await jobs.get(tx, job)


async def _own(tx: Tx, webhook_id: UUID) -> Any:
    """The webhook, locked; not for a token that allows less than the webhook has."""
    row = await tx.row(_ROW, id=webhook_id)
    if row is None:
        raise NotFound
    lacking = sorted(set(row["scopes"]) - caller_of(tx).scopes)
    if lacking:
        raise Forbidden("This webhook was made with scopes that you do not have now.", lacking=lacking)
    return row


def _check_url(url: str, settings: Settings) -> None:
    fault = fault_of_url(url, Allowed(settings.webhook_allow))
    if fault is not None:
        raise Rejected.at("/url", "url_not_allowed", fault)


async def _new_secret(tx: Tx, webhook_id: UUID, keys: Keys, overlap: timedelta) -> str:
    secret, secret_id = secrets.token_bytes(SECRET_BYTES), writing.new_id()
    wrapped = vault.new_data_key(keys, owner_id=secret_id)
    sealed = vault.seal(
        keys,
        table="webhook_secrets",
        column="sealed_secret",
        row_id=secret_id,
        wrapped=wrapped,
        plaintext=base64.b64encode(secret).decode("ascii"),
    )
    old_ends = datetime.now(UTC) + overlap
    await tx.run(_ADD_SECRET, webhook=webhook_id, id=secret_id, wrapped=wrapped, sealed=sealed, old_ends=old_ends)
    return written_secret(secret)


async def _record(tx: Tx, kind: SecurityKind, webhook_id: UUID, facts: dict[str, Any] | None = None) -> None:
    caller = caller_of(tx)
    await security_log.record(
        tx, kind, organisation_id=caller.organisation_id, subject_id=webhook_id, facts=facts
    )  # fmt: skip
