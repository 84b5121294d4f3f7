"""Tokens over HTTP. Refusals have the form of RFC 6749 here, because libraries read that and nothing else."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Header, Request, Response
from fastapi.exceptions import RequestValidationError

from app.domain.errors import TokenRefused
from app.problems import REALM
from app.schemas.accounts import RedeemedOut, RedeemIn
from app.schemas.oauth import OAuthProblem, RevocationRequest, TokenOut, TokenRequest
from app.services import links, oauth
from app.web.answers import Ready, answer_json
from app.web.bodies import check_media_type
from app.web.params import RightsTransaction
from app.web.route import Handler, HouseRoute

FORM = "application/x-www-form-urlencoded"
#: A form with the longest assertion that is looked at fits into this many bytes.
LARGEST_FORM = 16_384


class OAuthRoute(HouseRoute):
    """Forms in, and refusals as `{error, error_description}` out. What RFC 6749 has no word for stays a problem."""

    def make_handler(self, ordinary: Handler) -> Handler:
        """FastAPI's own handler between the check of the form and the making of the refusal."""

        async def answer(request: Request) -> Response:
            try:
                await _check_form(request)
                return await ordinary(request)
            except TokenRefused as refusal:
                return _refusal(request, refusal)
            except RequestValidationError:
                return _refusal(request, oauth.refused("invalid_request", "A member is missing or too long."))

        return answer


async def _check_form(request: Request) -> None:
    """No member twice (RFC 6749, section 3.2), and nothing that cannot be stored."""
    check_media_type(request, (FORM,))
    members = (await request.form()).multi_items()
    if len({name for name, _ in members}) != len(members):
        raise oauth.refused("invalid_request", "A member is given twice.")
    if any("\x00" in str(value) for _, value in members):
        raise oauth.refused("invalid_request", "A member holds NUL.")


def _refusal(request: Request, refusal: TokenRefused) -> Response:
    error = str(refusal.facts.get("error", "invalid_request"))
    unproven = error == "invalid_client"
    body = OAuthProblem(
        error=error,
        error_description=refusal.detail,
        error_uri=f"{request.app.state.settings.issuer}/problems/{refusal.code}",
        code=error,
        request_id=request.state.request_id,
    )
    response = _private(body.model_dump(), 401 if unproven else 400)
    if unproven:
        response.headers["www-authenticate"] = f'Basic realm="{REALM}"'
    return response


def _private(value: Any, status: int = 200) -> Response:
    """Never kept by anybody (RFC 6749, section 5.1)."""
    made = answer_json(value, personal=True, status=status)
    made.headers["cache-control"] = "no-store"
    made.headers["pragma"] = "no-cache"
    return made


def _office(request: Request) -> oauth.Office:
    state = request.app.state
    return oauth.Office(state.database, state.keys, state.settings)


_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {
        "description": "Refused, with the word of RFC 6749 (section 5.2) for the reason.",
        "model": OAuthProblem,
    },
    401: {
        "description": "`invalid_client`: the client did not prove itself.",
        "model": OAuthProblem,
        "headers": {"WWW-Authenticate": {"description": "`Basic`", "schema": {"type": "string"}}},
    },
    429: {
        "description": "Too many failed log-ins of this account or client; wait `Retry-After` seconds.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        "headers": {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}}},
    },
}
_PUBLIC = {"x-body-limit": LARGEST_FORM}

router = APIRouter(prefix="/oauth", tags=["oauth"], route_class=OAuthRoute)
answers = APIRouter(prefix="/oauth", tags=["oauth"], route_class=HouseRoute)


@router.post("/token", response_model=TokenOut, responses=_REFUSALS, openapi_extra=_PUBLIC)
async def issue_token(
    request: Request,
    form: Annotated[TokenRequest, Form()],
    authorization: Annotated[
        str | None, Header(description="HTTP Basic with client id and secret, for scripts.")
    ] = None,
    user_agent: Annotated[str | None, Header(description="Names the session in the list of one's sessions.")] = None,
) -> Response:
    """Get an access token (RFC 6749).

    Scripts use `client_credentials` with HTTP Basic or with a signed assertion (`private_key_jwt`, RFC 7523). People
    sign in with `password` where the deployment allows it, and go on with `refresh_token`: each is good once, its
    answer brings the next, and a second use ends the whole session. Refusals have the form of RFC 6749, not of RFC
    9457; unknown members of the form are ignored.
    """
    issued = await oauth.give(_office(request), form, authorization=authorization, agent=user_agent or "")
    return _private(issued.members())


@router.post("/revoke", response_class=Response, responses=_REFUSALS, openapi_extra=_PUBLIC)
async def revoke_token(request: Request, form: Annotated[RevocationRequest, Form()]) -> Response:
    """End an access token before its time, or the whole session of a refresh token (RFC 7009).

    Holding the token is proof enough. A token that is unknown or over already is no error.
    """
    await oauth.revoke(_office(request), form.token.get_secret_value())
    request.app.state.rights.forget()
    return Ready(b"", 200, ((b"cache-control", b"no-store"),))


@answers.post("/redeem", response_model=RedeemedOut)
async def redeem_link(request: Request, body: RedeemIn, tx: RightsTransaction) -> Response:
    """Set the password with the secret of an invitation or reset; every session of before ends. Then sign in."""
    password = body.password.get_secret_value()
    name = await links.redeem(request.app.state.database, tx, body.secret, password)
    return answer_json({"account_name": name}, personal=True)
