"""Sending webhooks, for the worker (API 16, ADR 16): deliveries are made from changes, claimed in batches, and sent.

At least once, in order per object. Several workers may send for one endpoint: a delivery is leased like a job, and an
object's next event waits until the one before it has arrived or was given up.
"""

from __future__ import annotations

import asyncio
import base64
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog

from app.adapters.webhooks import ATTEMPT_S, Answered, Headers, Line, Resolve, resolve
from app.db import writing
from app.db.session import Database, Statement, Tx
from app.domain.access import Caller
from app.domain.changes import Wanted
from app.domain.errors import NotFound, Unauthorised
from app.domain.webhook_events import PING
from app.domain.webhooks import (
    Allowed,
    DeliveryState,
    WebhookDisabled,
    asked_to_wait,
    fault_of_url,
    rest_after,
    signature,
    wait_after,
)
from app.security import vault
from app.security.keys import Keys
from app.services import rights, security_log, webhook_changes, webhook_faults
from app.services.webhook_changes import Event
from app.settings import Settings

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from app.services.jobs_running import JobContext

#: Positions that one step looks at, endpoints that are looked after at a time, deliveries that are claimed at a time.
SPAN, ENDPOINTS, BATCH = 1_000, 64, 250
#: Batches of one endpoint under way at a time: while one is claimed or kept, the other is sent. Requests of each.
BATCHES, CONNECTIONS = 2, 10
#: Seconds for which a batch is a worker's: longer than it may take.
LEASE_S = 120
#: Seconds after which no attempt of a batch is begun any more.
BEGIN_S = LEASE_S - ATTEMPT_S * 2

_SUCCESS = range(200, 300)
_GONE, _TOO_MANY, _BUSY = 410, 429, 503

log: FilteringBoundLogger = structlog.get_logger(__name__)

_BEHIND = Statement("SELECT * FROM app.webhooks_behind(:most)")
_OWNER = Statement("SELECT * FROM app.webhook_owner(:id)")
_SPAN = Statement("SELECT * FROM app.webhook_span(:since)")
_SEEN = Statement("SELECT 1 FROM webhooks WHERE id = :id")
_ADD = Statement("SELECT app.add_deliveries(:webhook, :from_position, :to_position, CAST(:made AS jsonb))")
_DUE = Statement("SELECT * FROM app.webhooks_due(:most)")
_SECRETS = Statement("SELECT * FROM app.webhook_secrets_of(:webhook)")
_CLAIM = Statement("SELECT * FROM app.claim_deliveries(:webhook, :lease, :most)")
_END = Statement(
    "SELECT * FROM app.end_deliveries(:webhook, CAST(:results AS jsonb), CAST(:arrived AS boolean), :rest)"
)
_DISABLE = Statement("SELECT app.disable_webhook(:webhook, :because)")
_FORGET = Statement("SELECT app.forget_deliveries(:days, :most)")


def _uncounted(_what: str, _how: str) -> None:
    """Nobody counts."""


@dataclass(frozen=True, slots=True)
class Post:
    """What sending takes."""

    settings: Settings
    keys: Keys
    database: Database
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    resolver: Resolve = resolve
    #: Connections to endpoints that something was sent to lately.
    lines: dict[UUID, tuple[str, Line]] = field(default_factory=dict)
    #: What is counted for the metrics: (`disabled`, because) and (`stalled`, step).
    count: Callable[[str, str], None] = _uncounted

    @property
    def allowed(self) -> Allowed:
        """Where webhooks may go beyond the open internet."""
        return Allowed(self.settings.webhook_allow)


async def make_deliveries(post: Post, *, span: int = SPAN) -> bool:
    """One step for every webhook that is behind the changes; True when some are behind still."""
    async with post.database.transaction() as tx:
        behind = await tx.rows(_BEHIND, most=ENDPOINTS)
    for webhook in behind:
        async with webhook_faults.apart(post, webhook["id"], "make"):
            await _follow(post, webhook, min(webhook["newest"], webhook["at_position"] + span))
    return any(webhook["newest"] > webhook["at_position"] + span for webhook in behind) or len(behind) >= ENDPOINTS


async def _follow(post: Post, webhook: Mapping[str, Any], upto: int) -> None:
    caller = await owner_of(post, webhook)
    if caller is None:
        return
    events = await webhook_changes.visible(post.database, caller, webhook["at_position"], upto, wanted(webhook))
    async with post.database.transaction() as tx:
        await add(tx, webhook, events, from_position=webhook["at_position"], to_position=upto)


async def owner_of(post: Post, webhook: Mapping[str, Any]) -> Caller | None:
    """The owner with the rights of now, within those of the token that made the webhook; None when nobody any more."""
    try:
        async with post.database.transaction() as tx:
            caller = await rights.of_principal(tx, webhook["owner_id"])
    except Unauthorised:
        await give_up(post, webhook["id"], WebhookDisabled.NOT_ALLOWED)
        return None
    return rights.narrowed(caller, frozenset(webhook["scopes"]))


def wanted(webhook: Mapping[str, Any]) -> Wanted:
    """The filters of a webhook."""
    resources, types = webhook["resources"], webhook["types"]
    return Wanted(
        None if resources is None else frozenset(resources), None if types is None else frozenset(types)
    )  # fmt: skip


async def add(
    tx: Tx,
    webhook: Mapping[str, Any],
    events: Sequence[Event],
    *,
    from_position: int | None,
    to_position: int,
) -> int:
    """Deliveries of these events, and the cursor behind them; how many, -1 when another worker was faster."""
    made = [
        {
            "id": writing.new_id(),
            "position": event.position,
            "event_id": event.id,
            "type": event.type,
            "resource": event.resource,
            "object_id": event.object_id,
            "version": event.version,
            "occurred_at": event.occurred_at,
        }
        for event in events
    ]
    return int(
        await tx.value(_ADD, webhook=webhook["id"], from_position=from_position, to_position=to_position, made=made)
    )


async def due(post: Post) -> list[Mapping[str, Any]]:
    """Endpoints that have something to be sent to them now."""
    async with post.database.transaction() as tx:
        return list(await tx.rows(_DUE, most=ENDPOINTS))


async def deliver(post: Post, webhook: Mapping[str, Any]) -> int:
    """Send to one endpoint until nothing is due, it rests, or the worker stops; how many attempts were made."""
    attempts = 0

    async def batches() -> None:
        nonlocal attempts
        while not post.stopping.is_set():
            made = await _batch(post, webhook, webhook["failures"])
            if made is None:
                return
            attempts += made

    async with webhook_faults.apart(post, webhook["id"], "send"), asyncio.TaskGroup() as group:
        for _ in range(BATCHES):
            group.create_task(batches())
    return attempts


async def _batch(post: Post, webhook: Mapping[str, Any], failures: int) -> int | None:
    """Claim, look who may see what, send, keep what came of it. None: do not go on."""
    async with post.database.transaction() as tx:
        claimed = await tx.rows(_CLAIM, webhook=webhook["id"], lease=LEASE_S, most=BATCH)
        secrets = await tx.rows(_SECRETS, webhook=webhook["id"]) if claimed else []
    if not claimed:
        return None
    caller = await owner_of(post, webhook)
    if caller is None:
        return None
    seen = await webhook_changes.in_sight(post.database, caller, claimed)
    sendable = [each for each in claimed if each["type"] == PING or each["id"] in seen]
    dropped = [_result(each, DeliveryState.DROPPED) for each in claimed if each not in sendable]
    signing = [_open(post.keys, row) for row in secrets]
    results = [*dropped, *await _send_all(post, webhook, signing, sendable)]
    return await _keep(post, webhook, results, failures)


async def _send_all(
    post: Post, webhook: Mapping[str, Any], secrets: Sequence[bytes], claimed: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """As many at a time as there are connections. A batch holds one event per object, so none overtakes another."""
    line = _line(post, webhook)
    began = time.monotonic()
    waiting = iter(claimed)
    results: list[dict[str, Any]] = []

    async def courier() -> None:
        for each in waiting:
            if post.stopping.is_set() or time.monotonic() - began > BEGIN_S:
                results.append(_result(each, DeliveryState.PENDING, wait=0.0))
            else:
                results.append(await _send(post, line, webhook, secrets, each))

    async with asyncio.TaskGroup() as group:
        for _ in range(min(CONNECTIONS, len(claimed))):
            group.create_task(courier())
    return results


async def _send(
    post: Post, line: Line, webhook: Mapping[str, Any], secrets: Sequence[bytes], claimed: Mapping[str, Any]
) -> dict[str, Any]:
    """One attempt, and what it means."""
    if fault_of_url(webhook["url"], post.allowed) is not None:  # a deployment may have taken back what it allowed
        answered, milliseconds = Answered(error="address_refused"), 0
    else:
        body = webhook_changes.body_of(post.settings.issuer, claimed)
        now = int(time.time())
        headers: Headers = {
            "content-type": "application/cloudevents+json",
            "user-agent": "bmp-webhooks",
            "webhook-id": claimed["event_id"],
            "webhook-timestamp": str(now),
            "webhook-signature": signature(secrets, claimed["event_id"], now, body),
        }
        began = time.monotonic()
        answered = await line.post(body, headers)
        milliseconds = round((time.monotonic() - began) * 1000)
    return _judged(claimed, answered, milliseconds)


def _judged(claimed: Mapping[str, Any], answered: Answered, milliseconds: int) -> dict[str, Any]:
    """Arrived, to be tried again, or given up."""
    told = {"status": answered.status, "error": answered.error, "milliseconds": milliseconds, "attempted": True}
    if answered.status in _SUCCESS:
        return _result(claimed, DeliveryState.DELIVERED, **told)
    asked = None
    if answered.status in {_TOO_MANY, _BUSY}:
        asked = asked_to_wait(answered.retry_after, datetime.now(UTC))
    wait = wait_after(claimed["attempts"] + 1, random.random(), asked)  # noqa: S311  jitter, not a secret
    if answered.status == _GONE or wait is None:
        return _result(claimed, DeliveryState.FAILED, **told)
    return _result(claimed, DeliveryState.PENDING, wait=wait, asked=asked, **told)


def _result(claimed: Mapping[str, Any], state: DeliveryState, **told: Any) -> dict[str, Any]:
    blank: dict[str, Any] = dict.fromkeys(("status", "error", "milliseconds", "asked"))
    blank |= {"attempted": False, "wait": 0.0}
    if state is DeliveryState.DROPPED:
        blank["error"] = "out_of_sight"
    return {**blank, **told, "id": claimed["id"], "state": state.value}


async def _keep(post: Post, webhook: Mapping[str, Any], results: list[dict[str, Any]], failures: int) -> int | None:
    """Write down what came of a batch, let the endpoint rest where it has to, give it up where that is due."""
    tried = [each for each in results if each["attempted"]]
    arrived = any(each["state"] == DeliveryState.DELIVERED for each in tried) if tried else None
    rest = max((each["asked"] or 0.0 for each in tried), default=0.0)
    if arrived is False:
        rest = max(rest, rest_after(failures + 1))
    async with post.database.transaction() as tx:
        kept = await tx.row(_END, webhook=webhook["id"], results=results, arrived=arrived, rest=rest)
    if any(each["status"] == _GONE for each in tried):
        await give_up(post, webhook["id"], WebhookDisabled.GONE)
        return None
    patience = timedelta(hours=post.settings.webhook_failing_hours)
    since = kept["failing_since"] if kept else None
    if since is not None and datetime.now(UTC) - since >= patience:
        await give_up(post, webhook["id"], WebhookDisabled.FAILING)
        return None
    return None if rest > 0 else len(tried)


async def give_up(post: Post, webhook_id: UUID, because: WebhookDisabled) -> None:
    """Disable a webhook, and tell whoever reads the security log and whoever watches the worker's."""
    async with post.database.transaction() as tx:
        if not await tx.value(_DISABLE, webhook=webhook_id, because=because.value):
            return
        owner = await tx.row(_OWNER, id=webhook_id)
        await security_log.record(
            tx,
            "webhook.disabled",
            organisation_id=owner["organisation_id"] if owner else None,
            subject_id=webhook_id,
            facts={"because": because.value},
        )
    post.count("disabled", because.value)
    log.warning("webhook.disabled", webhook=str(webhook_id), because=because.value)


def _open(keys: Keys, row: Mapping[str, Any]) -> bytes:
    """A secret out of its seal."""
    text = vault.unseal(
        keys,
        table="webhook_secrets",
        column="sealed_secret",
        row_id=row["id"],
        wrapped=row["wrapped"],
        sealed=row["sealed"],
    )
    return base64.b64decode(text)


def _line(post: Post, webhook: Mapping[str, Any]) -> Line:
    """The connections to an endpoint; new ones when its address is another."""
    known = post.lines.get(webhook["id"])
    if known is not None and known[0] == webhook["url"]:
        return known[1]
    line = Line(webhook["url"], post.allowed, resolver=post.resolver)
    post.lines[webhook["id"]] = (webhook["url"], line)
    return line


async def hang_up(post: Post, *, idle_s: float = 0.0) -> None:
    """Close connections that were not used for so long."""
    for webhook_id, (_, line) in list(post.lines.items()):
        if time.monotonic() - line.used_at >= idle_s:
            del post.lines[webhook_id]
            await line.close()


async def replay(job: JobContext) -> Mapping[str, Any]:
    """Deliveries of a span of time once more, as far as the owner may see it now (the kind `webhooks.replay`)."""
    webhook_id, until = UUID(job.args["webhook"]), datetime.fromisoformat(job.args["until"])
    async with job.transaction() as tx:
        webhook = await tx.row(_OWNER, id=webhook_id) if await tx.row(_SEEN, id=webhook_id) else None
        span = await tx.row(_SPAN, since=datetime.fromisoformat(job.args["since"]))
    if webhook is None or span is None:
        raise NotFound
    post = Post(job.settings, job.keys, job.database)
    at, made = (job.memo["at"], job.memo["made"]) if job.memo else (span["before"], 0)
    while at < span["newest"]:
        caller = await owner_of(post, webhook)
        if caller is None:
            break
        upto = min(at + SPAN, span["newest"])
        events = await webhook_changes.visible(job.database, caller, at, upto, wanted(webhook))
        meant = [event for event in events if event.occurred_at < until]
        async with job.transaction() as tx:
            made += await add(tx, webhook, meant, from_position=None, to_position=upto)
            await job.note(tx, {"at": upto, "made": made})
        at = upto
        await job.progress(made)
    return {"deliveries": made}


async def forget(tx: Tx, *, days: int, most: int) -> int:
    """Forget deliveries that ended longer ago than so many days; how many went."""
    return int(await tx.value(_FORGET, days=days, most=most))
