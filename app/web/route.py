"""The route owns the transaction (ADR 2), and keeps every promise that an operation could forget.

Around FastAPI's own handler, in this order: who is calling and may they (401, 403, 429) → unknown or repeated
parameters (422) → the body: size, type, strict JSON (413, 415, 400) → the idempotency key (replay, 409, 422) →
the handler → the kept answer → COMMIT → the connection goes back → the answer leaves.

A router uses it by `APIRouter(prefix="/equipment", tags=["equipment"], route_class=HouseRoute)`. What an operation
may ask for, by `openapi_extra=`:

* `x-body-limit`: largest body, in bytes or as the name of a field of `Settings`;
* `x-no-idempotency`: True for operations that answer with secrets or identities (a key is refused, 400);
* `x-media-types`: types of a body that is not JSON and goes to the handler as it came (`await request.body()`);
* `x-personal`: True where a kept answer would hold personal data (only that it was given is kept);
* `x-stream`: True for a GET whose answer has no end, and so no ETag (`app/web/streams.py`);
* `x-writes`: True for a GET that records something (identity reads); other GETs run READ ONLY.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import unquote_to_bytes

import asyncpg
import structlog
from fastapi._compat import field_annotation_is_sequence
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import _get_flat_fields_from_params
from fastapi.exceptions import RequestValidationError
from fastapi.params import Form
from fastapi.routing import APIRoute
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from app.db.session import RETRYABLE, Tx, Unknown
from app.domain.access import Caller
from app.domain.errors import DomainError, Fault, Rejected, Taken, Unavailable
from app.problems import KeyNotSupported, ParameterFault, pointer, problems
from app.services import fault_words
from app.settings import Settings
from app.web import bodies, forms, idempotency, metrics
from app.web.callers import admit, bearer, current_caller
from app.web.members import Members, explain, members_of
from app.web.sent import pairs

Handler = Callable[[Request], Awaitable[Response]]

ATTEMPTS = 3
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
#: Created, and accepted: a retry whose first answer was not kept can be led to its `Location`.
_WITH_LOCATION = frozenset({201, 202})
_LOST = (OSError, asyncpg.InterfaceError)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a route needs to know about its operation, read once from its signature."""

    operation: str
    #: False for an operation that anybody may call.
    secured: bool
    #: The scope that the caller has to have; None: any caller may.
    scope: str | None
    names: frozenset[str]
    lists: frozenset[str]
    reads_body: bool
    takes_json: bool
    takes_form: bool
    #: The body is read whole and handed on as it is.
    takes_raw: bool
    media_types: tuple[str, ...]
    limit: int | str
    read_only: bool
    takes_key: bool
    personal: bool
    members: Members


def plan_of(route: APIRoute) -> Plan:
    """Read a route."""
    extra = route.openapi_extra or {}
    methods = route.methods or set()
    fields = _get_flat_fields_from_params([f for d in _dependants(route.dependant) for f in d.query_params])
    form = route.body_field is not None and isinstance(route.body_field.field_info, Form)
    patch = (bodies.MERGE_PATCH,) if "PATCH" in methods else ()
    scopes = _scopes(route.dependant)
    return Plan(
        operation=route.unique_id,
        secured=scopes is not None,
        scope=scopes[0] if scopes else None,
        names=frozenset(f.alias for f in fields),
        lists=frozenset(f.alias for f in fields if field_annotation_is_sequence(f.field_info.annotation)),
        reads_body=bool(methods & _WITH_BODY) and not form,
        takes_json=route.body_field is not None and not form,
        takes_form=form,
        takes_raw="x-media-types" in extra,
        media_types=tuple(extra.get("x-media-types", (bodies.JSON, *patch))),
        limit=extra.get("x-body-limit", "max_body_bytes"),
        read_only=methods == {"GET"} and not extra.get("x-writes"),
        takes_key="POST" in methods and not extra.get("x-no-idempotency"),
        personal=bool(extra.get("x-personal")),
        members=members_of(route),
    )


def _dependants(dependant: Dependant) -> Iterator[Dependant]:
    yield dependant
    for inner in dependant.dependencies:
        yield from _dependants(inner)


def _scopes(dependant: Dependant) -> tuple[str, ...] | None:
    """The scope beside `current_caller` in the signature, if any; a signature without `current_caller` is public.

    One at most: rights may reach less far for one scope than for another, and a transaction has one identity. What
    depends on the content of a request asks its service for more (`caller.require`).
    """
    named = [each.own_oauth_scopes or [] for each in _dependants(dependant) if each.call is current_caller]
    if not named:
        return None
    scopes = tuple(dict.fromkeys(str(scope) for own in named for scope in own))
    if len(scopes) > 1:
        raise TypeError(f"an operation names one scope, not {scopes}")
    return scopes


def operation_id(route: Any) -> str:
    """`tag_verb_noun` from the router's tag and the function's name (API 1)."""
    tag = str(route.tags[0]).replace("-", "_").replace(" ", "_") if route.tags else ""
    name = str(route.name)
    return name if not tag or name.startswith(f"{tag}_") else f"{tag}_{name}"


class HouseRoute(APIRoute):
    """One operation: gate, strictness, transaction, retry, idempotency (see the module)."""

    plan: Plan
    #: The whole operation without FastAPI's wrappers; for lean routes, which do without them.
    serve: Handler

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """As FastAPI's, with the name, the always possible problems and the key's header added for OpenAPI."""
        options["generate_unique_id_function"] = operation_id
        super().__init__(path, endpoint, **options)
        self.responses = {**problems(*self._always()), **self._replayed(), **self.responses}
        if self.plan.scope:
            self.description = f"{self.description}\n\nNeeds the scope `{self.plan.scope}`.".strip()
        if self.plan.takes_key and self.plan.secured:
            extra = dict(self.openapi_extra or {})
            extra["parameters"] = [*extra.get("parameters", []), KEY_PARAMETER]
            self.openapi_extra = extra

    def _always(self) -> tuple[int, ...]:
        plan = self.plan
        secured = (401, 403, 429) if plan.secured else ()
        typed = plan.takes_json or plan.takes_form or plan.takes_raw
        body = (400, 413, 415) if typed else (400,) if plan.takes_key else ()
        key = (409,) if plan.takes_key and plan.secured else ()
        return tuple(sorted({*secured, *body, *key, 422, 500, 503}))

    def _replayed(self) -> dict[int | str, dict[str, Any]]:
        """What a retry may be answered where the first answer was too large or too private to be kept (API 10)."""
        if not (self.plan.takes_key and self.plan.secured and self.status_code in _WITH_LOCATION):
            return {}
        where = {
            "description": "Where the object is that the answer told of.",
            "schema": {"type": "string", "format": "uri-reference"},
        }
        described = "This was done before with the same Idempotency-Key; its answer was not kept."
        return {303: {"description": described, "headers": {"Location": where}}}

    def get_route_handler(self) -> Any:
        """The house's handler around `make_handler`'s."""
        self.plan = plan_of(self)
        self.serve = partial(_serve, plan=self.plan, inner=self.make_handler(super().get_route_handler()))
        return self.serve

    def make_handler(self, ordinary: Handler) -> Handler:
        """What resolves the arguments and calls the endpoint: FastAPI itself; lean routes do it their own way."""
        return ordinary


KEY_PARAMETER: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Strongly advised: a new key for each new request, the same key for its retries. A retry repeats "
    "the answer and never the effect; kept for seven days.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[\\x21-\\x7e]+$"},
}


async def _serve(request: Request, plan: Plan, inner: Handler) -> Response:
    """Everything up to the transaction."""
    caller = await _authorise(request, plan.scope) if plan.secured else None
    _check_text(request)
    if request.scope["query_string"]:
        _check_query(request, plan)
    if plan.read_only:
        return await _in_transaction(request, plan, caller, None, inner)
    settings: Settings = request.app.state.settings
    if not plan.takes_form:
        body = await _read_body(request, plan, settings) if plan.reads_body else b""
        return await _in_transaction(request, plan, caller, _key(request, plan, caller, body), inner)
    request, form = await forms.read(request, _limit(plan, settings))
    try:
        body = await forms.digest(form) if "idempotency-key" in request.headers else b""
        return await _in_transaction(request, plan, caller, _key(request, plan, caller, body), inner, form)
    finally:
        await form.close()


async def _in_transaction(
    request: Request,
    plan: Plan,
    caller: Caller | None,
    wanted: idempotency.Idempotency | None,
    inner: Handler,
    form: FormData | None = None,
) -> Response:
    """Up to three attempts at a transaction around the handler."""
    state = request.scope["state"]
    state["idempotency"], state["members"] = wanted, plan.members
    for attempt in range(1, ATTEMPTS + 1):
        state["tx"] = tx = Tx(request.scope["app"].state.database, caller, read_only=plan.read_only)
        try:
            return await _attempt(request, tx, wanted, inner)
        except _Again as again:
            if attempt == ATTEMPTS:
                raise Unavailable(retry_after=1) from again.__cause__
            metrics.AGAIN.labels(again.reason).inc()
            log.info("transaction.again", operation=plan.operation, attempt=attempt, error=again.reason)
        finally:
            await tx.close()
        if form is not None:
            await forms.rewind(form)
        await asyncio.sleep(random.uniform(0.0, 0.01 * 4**attempt))  # noqa: S311 - jitter, not a secret
    raise AssertionError("the loop returns or raises")  # pragma: no cover - for the type checker


class _Again(Exception):
    """The transaction failed for a reason that may be gone at the next attempt, and surely left nothing behind."""

    def __init__(self, reason: Exception) -> None:
        """Keep the name of the reason for the log."""
        super().__init__()
        self.reason = type(reason).__name__


async def _attempt(request: Request, tx: Tx, wanted: idempotency.Idempotency | None, inner: Handler) -> Response:
    """One transaction from BEGIN to COMMIT. Answers of 400 and above are not committed."""
    try:
        if wanted is not None and (replayed := await idempotency.claim(tx, wanted)) is not None:
            return replayed
        response = await _handled(request, inner)
        if response.status_code >= 400:  # noqa: PLR2004 - where refusals begin
            return response
        if wanted is not None:
            idempotency.remember(tx, wanted, response)
    except RETRYABLE as error:
        raise _Again(error) from error
    except asyncpg.InternalClientError as error:  # the driver lost count when its connection broke; COMMIT was not sent
        raise _Again(error) from error
    except _LOST as error:
        if not tx.lost:
            raise
        raise _Again(error) from error
    await _commit(tx)
    return response


async def _handled(request: Request, inner: Handler) -> Response:
    """The handler's answer; of a body's members that are not taken it is told which there are."""
    try:
        return await inner(request)
    except RequestValidationError as error:
        explain(error, request.scope["state"]["members"])
        raise


async def _commit(tx: Tx) -> None:
    """COMMIT. The server's own refusal left nothing; a connection lost on the way may have left everything."""
    try:
        await tx.commit()
    except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError) as error:
        raise _Again(error) from error
    except Taken as error:  # the key of this request was used meanwhile
        if error.constraint != idempotency.PRIMARY_KEY:
            raise
        raise _Again(error) from error
    except RETRYABLE as error:
        raise Unknown(retry_after=1) from error


async def _authorise(request: Request, scope: str | None) -> Caller:
    """Who is calling, may they, and not too often; RETRYABLE errors of the look-up are worth one more try."""
    house = request.scope["app"].state
    token = bearer(request)
    try:
        caller: Caller = house.gate.at_once(token) or await house.gate.caller(token)
    except (*RETRYABLE, *_LOST) as error:
        log.info("rights.again", error=type(error).__name__)
        try:
            caller = await house.gate.caller(token)
        except (*RETRYABLE, *_LOST) as second:
            raise Unavailable(retry_after=1) from second
    state = request.scope["state"]
    state["caller_id"] = caller.id
    if house.limiter is not None:
        state["allowance"] = allowance = house.limiter.take(caller.id)
        allowance.check()
    state["caller"] = caller = admit(caller, scope)
    return caller


def _key(request: Request, plan: Plan, caller: Caller | None, body: bytes) -> idempotency.Idempotency | None:
    if request.scope["method"] != "POST":
        return None
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not plan.takes_key or caller is None:
        raise KeyNotSupported
    return idempotency.asked(request, key, caller, plan.operation, body, personal=plan.personal)


async def _read_body(request: Request, plan: Plan, settings: Settings) -> bytes:
    """The body, parsed where the operation takes one; FastAPI finds it in the places where it would have put it."""
    body = await bodies.read(request, _limit(plan, settings))
    request._body = body  # noqa: SLF001 - starlette's own cache, read by Request.body
    if plan.takes_raw:
        bodies.check_media_type(request, plan.media_types)
    elif not plan.takes_json:
        if body and body.strip() != b"{}":
            raise Rejected.at("", "body_unexpected", "This operation takes no body.")
    elif body:
        bodies.check_media_type(request, plan.media_types)
        request._json = bodies.parse(body)  # noqa: SLF001 - starlette's own cache, read by Request.json
    return body


def _limit(plan: Plan, settings: Settings) -> int:
    return plan.limit if isinstance(plan.limit, int) else int(getattr(settings, plan.limit))


def _check_text(request: Request) -> None:
    """NUL and broken UTF-8 in the address would fail deep inside the database, or change silently on the way."""
    scope = request.scope
    if "\x00" in scope["path"]:
        raise _unstorable("path")
    query: bytes = scope["query_string"]
    if b"%" in query:
        try:
            text = unquote_to_bytes(query).decode("utf-8")
        except UnicodeDecodeError:
            raise _unstorable("query") from None
        if "\x00" in text:
            raise _unstorable("query")


def _unstorable(place: str) -> DomainError:
    return Rejected([ParameterFault("", "text_unusable", "NUL and broken UTF-8 cannot be stored.", place=place)])


def _check_query(request: Request, plan: Plan) -> None:
    """An unknown parameter is an error, never ignored (API 5); so is a single one given twice."""
    seen: set[str] = set()
    faults: list[Fault] = []
    for name, _ in pairs(request):
        if name not in plan.names:
            faults.append(ParameterFault(pointer([name]), "unknown_parameter", fault_words.unknown(name, plan.names)))
        elif name in seen and name not in plan.lists:
            faults.append(ParameterFault(pointer([name]), "repeated", "This parameter may be given once."))
        seen.add(name)
    if faults:
        raise Rejected(faults)
