"""Accounts over HTTP: people, their roles, links and sessions."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from app.domain.access import Scope
from app.problems import problems
from app.schemas.accounts import (
    AccountChange,
    AccountIn,
    AccountOut,
    AccountQuery,
    GrantIn,
    LinkOut,
    SessionQuery,
    SignInOut,
)
from app.schemas.common import Listed, ReadQuery, Ref
from app.services import accounts, links, sign_ins
from app.web.answers import answer_changed, answer_created, answer_json, answer_none
from app.web.callers import AccountsReader, AccountsWriter
from app.web.histories import offer_history
from app.web.lists import LIST_CONTENT, answer_query, answer_read
from app.web.params import IfMatch, Language, RightsTransaction, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/accounts", tags=["accounts"], route_class=HouseRoute)
Account = Annotated[Ref, Path(description="An id, or the account name.")]
Grant = Annotated[UUID, Path(description="The id of the grant.")]
Session = Annotated[UUID, Path(description="The id of the session.")]

_PERSONAL = {"x-personal": True}
_SECRET = {"x-no-idempotency": True}


@router.get("", response_model=Listed[AccountOut], responses=LIST_CONTENT)
async def list_accounts(
    request: Request, query: Annotated[AccountQuery, Query()], _: AccountsReader, tx: Transaction, language: Language
) -> Response:
    """Accounts of one's own organisation; administrators and auditors see all."""
    return await answer_query(request, tx, accounts.LISTING, query, language)


@router.get("/{account}", response_model=AccountOut, responses=problems(404))
async def get_account(
    request: Request,
    account: Account,
    query: Annotated[ReadQuery, Query()],
    _: AccountsReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """One account by its id or name, with its roles."""
    return await answer_read(request, tx, accounts.LISTING, account, query, language)


@router.post("", status_code=201, response_model=AccountOut, responses=problems(409), openapi_extra=_PERSONAL)
async def create_account(body: AccountIn, _: AccountsWriter, tx: Transaction) -> Response:
    """Add an account, with roles that one has oneself. It logs in once its invitation is redeemed."""
    made = await accounts.create(tx, body)
    return answer_created(made.body, made.version, f"/api/v1/accounts/{made.id}", personal=True)


@router.patch("/{account}", response_model=AccountOut, responses=problems(404, 409, 412, 428))
async def change_account(
    account: Account, body: AccountChange, version: IfMatch, _: AccountsWriter, tx: RightsTransaction
) -> Response:
    """Change what the JSON Merge Patch names. Nobody changes an account whose rights go beyond their own."""
    changed = await accounts.change(tx, account, version, body)
    return answer_changed(changed.body, changed.version, personal=True)


@router.post(
    "/{account}/close",
    response_model=AccountOut,
    responses=problems(404, 409, 412, 428),
    openapi_extra=_PERSONAL,
)
async def close_account(account: Account, version: IfMatch, _: AccountsWriter, tx: RightsTransaction) -> Response:
    """Close it: password, links and sessions are gone at once, access and its clients' access within a minute."""
    closed = await accounts.close(tx, account, version)
    return answer_changed(closed.body, closed.version, personal=True)


@router.post(
    "/{account}/reopen",
    response_model=AccountOut,
    responses=problems(404, 409, 412, 428),
    openapi_extra=_PERSONAL,
)
async def reopen_account(account: Account, version: IfMatch, _: AccountsWriter, tx: RightsTransaction) -> Response:
    """Open a closed account again. It needs a new invitation."""
    opened = await accounts.reopen(tx, account, version)
    return answer_changed(opened.body, opened.version, personal=True)


@router.post(
    "/{account}/grants",
    response_model=AccountOut,
    responses=problems(404, 409, 412, 428),
    openapi_extra=_PERSONAL,
)
async def add_account_grant(
    account: Account, body: GrantIn, version: IfMatch, _: AccountsWriter, tx: RightsTransaction
) -> Response:
    """Give a role: nothing beyond one's own scopes and components, nothing to oneself. Holds within a minute."""
    changed = await accounts.add_grant(tx, account, version, body)
    return answer_changed(changed.body, changed.version, personal=True)


@router.delete("/{account}/grants/{grant}", response_model=AccountOut, responses=problems(404, 412, 428))
async def remove_account_grant(
    account: Account, grant: Grant, version: IfMatch, _: AccountsWriter, tx: RightsTransaction
) -> Response:
    """Take a role away. Holds within a minute."""
    changed = await accounts.remove_grant(tx, account, grant, version)
    return answer_changed(changed.body, changed.version, personal=True)


@router.post(
    "/{account}/invitation",
    status_code=201,
    response_model=LinkOut,
    responses=problems(404, 409),
    openapi_extra=_SECRET,
)
async def invite_account(request: Request, account: Account, _: AccountsWriter, tx: Transaction) -> Response:
    """A one-time link for an account without a password, good for seven days; every earlier link ends.

    Whoever hands it out, and all whom they let in, count as one person where a second one is asked for, except the
    administrator's strangers (409 `second_person_not_independent`).
    """
    return _shown(request, await links.hand_out(tx, account, "invitation"))


@router.post(
    "/{account}/reset", status_code=201, response_model=LinkOut, responses=problems(404, 409), openapi_extra=_SECRET
)
async def reset_account(request: Request, account: Account, _: AccountsWriter, tx: Transaction) -> Response:
    """A one-time link to set a new password, good for a day. Administrators of the deployment only."""
    return _shown(request, await links.hand_out(tx, account, "reset"))


@router.get("/{account}/sessions", response_model=Listed[SignInOut], responses={**LIST_CONTENT, **problems(404)})
async def list_account_sessions(
    request: Request,
    account: Account,
    query: Annotated[SessionQuery, Query()],
    _: AccountsReader,
    tx: Transaction,
    language: Language,
) -> Response:
    """Sign-ins of an account, the newest first."""
    within = await sign_ins.of_account(tx, account)
    return await answer_query(request, tx, sign_ins.LISTING, query, language, within=within)


@router.delete("/{account}/sessions", status_code=204, responses=problems(404))
async def end_account_sessions(account: Account, _: AccountsWriter, tx: RightsTransaction) -> Response:
    """End all sessions of an account: refresh tokens at once, access tokens within a minute."""
    await sign_ins.end_theirs(tx, account)
    return answer_none()


@router.delete("/{account}/sessions/{session}", status_code=204, responses=problems(404))
async def end_account_session(account: Account, session: Session, _: AccountsWriter, tx: RightsTransaction) -> Response:
    """End one session of an account."""
    await sign_ins.end_theirs(tx, account, session)
    return answer_none()


def _shown(request: Request, link: links.Link) -> Response:
    return answer_json(
        {
            "kind": link.kind,
            "secret": link.secret,
            "expires_at": link.expires_at.isoformat().replace("+00:00", "Z"),
            "redeem_at": f"{request.app.state.settings.issuer}/api/v1/oauth/redeem",
        },
        personal=True,
        status=201,
    )


offer_history(router, accounts.LISTING, Scope.ACCOUNTS_READ)
