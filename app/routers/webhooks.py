"""Webhooks over HTTP: everybody tells an endpoint of their own what they may see themselves."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from app.problems import problems
from app.schemas.clients import RotationIn
from app.schemas.common import Listed, ReadQuery
from app.schemas.jobs import JobOut
from app.schemas.webhooks import (
    ReplayIn,
    WebhookChange,
    WebhookDeliveryOut,
    WebhookDeliveryQuery,
    WebhookIn,
    WebhookMade,
    WebhookOut,
    WebhookQuery,
)
from app.services import webhooks
from app.web.answers import answer_accepted, answer_changed, answer_created, answer_none
from app.web.callers import AnyCaller
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import Configuration, IfMatch, Language, Transaction, VaultKeys
from app.web.route import HouseRoute

router = APIRouter(prefix="/webhooks", tags=["webhooks"], route_class=HouseRoute)
Webhook = Annotated[UUID, Path(description="The id of the webhook.")]
Delivery = Annotated[UUID, Path(description="The id of the delivery.")]
SECRET = {"x-no-idempotency": True}


def _with_secret(made: webhooks.Made) -> bytes:
    return b'{"webhook":' + made.webhook.body + b',"secret":' + orjson.dumps(made.secret) + b"}"


@router.get("", response_model=Listed[WebhookOut], responses=LIST_CONTENT)
async def list_webhooks(
    request: Request, query: Annotated[WebhookQuery, Query()], _: AnyCaller, tx: Transaction, language: Language
) -> Response:
    """The caller's own webhooks, and those of the caller's clients."""
    return await answer_query(request, tx, webhooks.LISTING, query, language)


@router.get("/{webhook}", response_model=WebhookOut, responses=problems(404))
async def get_webhook(
    request: Request,
    webhook: Webhook,
    query: Annotated[ReadQuery, Query()],
    _: AnyCaller,
    tx: Transaction,
    language: Language,
) -> Response:
    """One webhook, how its receiver fares, and when its secrets were made."""
    return await answer_read(request, tx, webhooks.LISTING, str(webhook), query, language)


@router.post("", status_code=201, response_model=WebhookMade, responses=problems(409), openapi_extra=SECRET)
async def create_webhook(
    body: WebhookIn, _: AnyCaller, tx: Transaction, keys: VaultKeys, configuration: Configuration
) -> Response:
    """Add an endpoint. The answer shows its secret this once; deliveries are signed with it (Standard Webhooks).

    It is told of everything from now on that the caller may see, for as long as the caller may see it.
    """
    made = await webhooks.create(tx, body, keys, configuration)
    where = f"/api/v1/webhooks/{made.webhook.id}"
    return answer_created(_with_secret(made), made.webhook.version, where, personal=True)


@router.patch("/{webhook}", response_model=WebhookOut, responses=problems(404, 409, 412, 428))
async def change_webhook(
    webhook: Webhook, body: WebhookChange, version: IfMatch, _: AnyCaller, tx: Transaction, configuration: Configuration
) -> Response:
    """Change what the JSON Merge Patch names. Deliveries that wait go to the new address."""
    changed = await webhooks.change(tx, webhook, version, body, configuration)
    return answer_changed(changed.body, changed.version)


@router.delete("/{webhook}", status_code=204, responses=problems(404, 412, 428))
async def remove_webhook(webhook: Webhook, version: IfMatch, _: AnyCaller, tx: Transaction) -> Response:
    """Take an endpoint away, with its secrets and its log of deliveries. Nothing more is sent."""
    await webhooks.remove(tx, webhook, version)
    return answer_none()


@router.post(
    "/{webhook}/rotate-secret",
    response_model=WebhookMade,
    responses=problems(404, 409, 412, 428),
    openapi_extra=SECRET,
)
async def rotate_secret(
    webhook: Webhook, body: RotationIn, version: IfMatch, _: AnyCaller, tx: Transaction, keys: VaultKeys
) -> Response:
    """A new secret, shown this once. Until the one of before ends, every delivery is signed with both."""
    made = await webhooks.rotate(tx, webhook, version, body.overlap_hours, keys)
    return answer_changed(_with_secret(made), made.webhook.version, personal=True)


@router.post("/{webhook}/enable", response_model=WebhookOut, responses=problems(404, 409, 412, 428))
async def enable_webhook(webhook: Webhook, version: IfMatch, _: AnyCaller, tx: Transaction) -> Response:
    """Go on sending, from where it stopped; what waits is sent at once."""
    changed = await webhooks.enable(tx, webhook, version)
    return answer_changed(changed.body, changed.version)


@router.post("/{webhook}/disable", response_model=WebhookOut, responses=problems(404, 409, 412, 428))
async def disable_webhook(webhook: Webhook, version: IfMatch, _: AnyCaller, tx: Transaction) -> Response:
    """Send nothing any more until it is enabled again."""
    changed = await webhooks.disable(tx, webhook, version)
    return answer_changed(changed.body, changed.version)


@router.post("/{webhook}/ping", status_code=202, response_model=WebhookDeliveryOut, responses=problems(404, 409))
async def ping_webhook(webhook: Webhook, _: AnyCaller, tx: Transaction) -> Response:
    """Send `bmp.webhooks.ping`, an event about the webhook itself. The delivery tells what came of it."""
    made = await webhooks.ping(tx, webhook)
    return answer_accepted(made.body, f"/api/v1/webhooks/{webhook}/deliveries/{made.id}")


@router.get(
    "/{webhook}/deliveries", response_model=Listed[WebhookDeliveryOut], responses={**LIST_CONTENT, **problems(404)}
)
async def list_deliveries(
    request: Request,
    webhook: Webhook,
    query: Annotated[WebhookDeliveryQuery, Query()],
    _: AnyCaller,
    tx: Transaction,
    language: Language,
) -> Response:
    """What was and will be delivered, the latest first; kept for `BMP_WEBHOOK_DAYS` days."""
    within = {"webhook_id": await webhooks.found(tx, webhook)}
    return await answer_query(request, tx, webhooks.DELIVERIES, query, language, within=within)


@router.get("/{webhook}/deliveries/{delivery}", response_model=WebhookDeliveryOut, responses=problems(404))
async def get_delivery(
    request: Request,
    webhook: Webhook,
    delivery: Delivery,
    query: Annotated[ReadQuery, Query()],
    _: AnyCaller,
    tx: Transaction,
    language: Language,
) -> Response:
    """One delivery and what came of its last attempt."""
    found = await webhooks.delivery(tx, webhook, delivery)
    return await answer_read(request, tx, webhooks.DELIVERIES, str(found), query, language)


@router.post(
    "/{webhook}/deliveries/{delivery}/replay",
    status_code=202,
    response_model=WebhookDeliveryOut,
    responses=problems(404),
)
async def replay_delivery(webhook: Webhook, delivery: Delivery, _: AnyCaller, tx: Transaction) -> Response:
    """Deliver one event once more, with the same `webhook-id`, behind everything that waits."""
    made = await webhooks.replay_one(tx, webhook, delivery)
    return answer_accepted(made.body, f"/api/v1/webhooks/{webhook}/deliveries/{made.id}")


@router.post("/{webhook}/replay", status_code=202, response_model=JobOut, responses=problems(404))
async def replay_span(webhook: Webhook, body: ReplayIn, _: AnyCaller, tx: Transaction) -> Response:
    """Deliver all events of a span of time once more, as far as the owner may see them now: a job."""
    job = await webhooks.replay(tx, webhook, body)
    return answer_accepted(job.body, f"/api/v1/jobs/{job.id}")
