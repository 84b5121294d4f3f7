"""Clients over HTTP: scripts and their secrets."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from app.domain.access import Scope
from app.problems import problems
from app.schemas.clients import ClientChange, ClientIn, ClientMade, ClientOut, ClientQuery, RotationIn
from app.schemas.common import Listed, ReadQuery, Ref
from app.services import clients
from app.web.answers import answer_changed, answer_created
from app.web.callers import ClientsReader, ClientsWriter
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import IfMatch, Language, RightsTransaction, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/clients", tags=["clients"], route_class=HouseRoute)
Client = Annotated[Ref, Path(description="An id, or the client id.")]

_SECRET = {"x-no-idempotency": True}


@router.get("", response_model=Listed[ClientOut], responses=LIST_CONTENT)
async def list_clients(
    request: Request, query: Annotated[ClientQuery, Query()], _: ClientsReader, tx: Transaction, language: Language
) -> Response:
    """Clients of one's own organisation; administrators and auditors see all."""
    return await answer_query(request, tx, clients.LISTING, query, language)


@router.get("/{client}", response_model=ClientOut, responses=problems(404))
async def get_client(
    request: Request,
    client: Client,
    query: Annotated[ReadQuery, Query()],
    _: ClientsReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One client by its id or client id. Its secrets are never shown again, only when they were made."""
    return await answer_read(request, tx, clients.LISTING, client, query, language)


@router.post("", status_code=201, response_model=ClientMade, responses=problems(409), openapi_extra=_SECRET)
async def create_client(body: ClientIn, _: ClientsWriter, tx: Transaction) -> Response:
    """Add a client of one's own, with scopes and components that one has. The secret is shown this once.

    It counts as its owner: what its owner may not do twice, the two may not do together.
    """
    made = await clients.create(tx, body)
    return answer_created(_with_secret(made), made.client.version, f"/api/v1/clients/{made.client.id}", personal=True)


@router.patch("/{client}", response_model=ClientOut, responses=problems(404, 409, 412, 428))
async def change_client(
    client: Client, body: ClientChange, version: IfMatch, _: ClientsWriter, tx: RightsTransaction
) -> Response:
    """Change what the JSON Merge Patch names, for a client of one's own."""
    changed = await clients.change(tx, client, version, body)
    return answer_changed(changed.body, changed.version)


@router.post(
    "/{client}/rotate-secret",
    response_model=ClientMade,
    responses=problems(404, 409, 412, 428),
    openapi_extra=_SECRET,
)
async def rotate_client_secret(
    client: Client, body: RotationIn, version: IfMatch, _: ClientsWriter, tx: Transaction
) -> Response:
    """A new secret, shown this once. The one of before lives on for the overlap; by the owner only."""
    made = await clients.rotate(tx, client, version, body.overlap_hours)
    return answer_changed(_with_secret(made), made.client.version, personal=True)


@router.post("/{client}/close", response_model=ClientOut, responses=problems(404, 409, 412, 428))
async def close_client(client: Client, version: IfMatch, _: ClientsWriter, tx: RightsTransaction) -> Response:
    """Close it for good. Its tokens die within a minute."""
    closed = await clients.close(tx, client, version)
    return answer_changed(closed.body, closed.version)


def _with_secret(made: clients.Made) -> bytes:
    return b'{"client":' + made.client.body + b',"client_secret":' + orjson.dumps(made.secret) + b"}"


offer_history(router, clients.LISTING, Scope.CLIENTS_READ)
