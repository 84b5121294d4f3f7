"""The caller about itself, over HTTP."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from app.problems import problems
from app.schemas.accounts import PasswordChange, SessionQuery, SignInOut
from app.schemas.common import Listed
from app.schemas.me import MeOut
from app.services import links, me, sign_ins
from app.services.attempts import Attempts
from app.web.answers import answer_computed, answer_none
from app.web.callers import AnyCaller, bearer
from app.web.lists import LIST_CONTENT, answer_query
from app.web.params import Language, RightsTransaction, Transaction
from app.web.route import HouseRoute

router = APIRouter(prefix="/me", tags=["me"], route_class=HouseRoute)


@router.get("", response_model=MeOut)
async def get_me(request: Request, _: AnyCaller, tx: Transaction, language: Language) -> Response:
    """Who is calling, what they may do (scopes) and where (components, agencies), and when the token expires."""
    claims = request.app.state.gate.claims(bearer(request))
    return answer_computed(request, await me.read(tx, claims, language), personal=True)


@router.get("/sessions", response_model=Listed[SignInOut], responses=LIST_CONTENT)
async def list_my_sessions(
    request: Request, query: Annotated[SessionQuery, Query()], caller: AnyCaller, tx: Transaction, language: Language
) -> Response:
    """One's own sign-ins, the newest first. A client has none."""
    return await answer_query(request, tx, sign_ins.LISTING, query, language, within={"account_id": caller.id})


@router.delete("/sessions/{session}", status_code=204, responses=problems(404))
async def end_my_session(
    session: Annotated[UUID, Path(description="The id of the session.")], _: AnyCaller, tx: RightsTransaction
) -> Response:
    """Sign out of one session: its refresh token ends at once, its access token within a minute."""
    await sign_ins.end_own(tx, session)
    return answer_none()


@router.post("/password", status_code=204, responses=problems(404, 409), openapi_extra={"x-no-idempotency": True})
async def change_my_password(request: Request, body: PasswordChange, _: AnyCaller, tx: RightsTransaction) -> Response:
    """Change one's own password. Every other session of the account ends; this one goes on."""
    state, keep = request.app.state, request.app.state.gate.claims(bearer(request)).extra.get("sid")
    attempts = Attempts(state.database, state.settings.login_attempts)
    old, new = body.current.get_secret_value(), body.password.get_secret_value()
    await links.change_own(state.database, tx, attempts, current=old, password=new, keep=keep)
    return answer_none()
