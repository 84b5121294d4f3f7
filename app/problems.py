"""Every refusal as `application/problem+json` (RFC 9457, API 7 and 8): the one map from a kind of error to a status.

Kinds that only HTTP knows (a malformed body, a method that is not there) are named here; all others come from
`app/domain/errors.py`. Titles follow `Accept-Language`, codes never change, and what was sent is never echoed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, cast
from urllib.parse import quote

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.domain.errors import (
    Conflict,
    DomainError,
    Fault,
    Forbidden,
    Gone,
    NotFound,
    PreconditionMissing,
    Rejected,
    Stale,
    TooManyAttempts,
    Unauthorised,
    Unavailable,
)
from app.services import fault_words

MEDIA_TYPE = "application/problem+json"
REALM = "bmp"
SCHEMA_REF = "#/components/schemas/Problem"

#: Longest piece of a caller's own text that a pointer repeats, in characters.
_POINTER_PIECE = 64
_RESERVED = frozenset({"type", "title", "status", "detail", "instance", "code", "request_id", "errors"})
#: How services, which know no HTTP, begin the pointer of what was not in the body; no body has such members.
_BESIDE_BODY = re.compile(r"/(query|path|header)(?=/)")
#: Facts that become headers and are not part of the body.
_HEADER_FACTS = frozenset({"challenge", "allow"})


@dataclass(frozen=True, slots=True)
class ParameterFault(Fault):
    """A wrong parameter: the pointer is read inside `place` (query, path, header) instead of the body."""

    place: str = "query"


class Malformed(DomainError):
    """What was sent cannot be read at all: not JSON, a key given twice, NaN, nesting beyond 32 levels."""

    code = "malformed"
    title = "The request cannot be read"


class KeyNotSupported(DomainError):
    """The operation takes no Idempotency-Key, because its answer holds secrets or personal data (API 10)."""

    code = "idempotency_not_supported"
    title = "This operation takes no Idempotency-Key"


class KeyReused(DomainError):
    """The same Idempotency-Key was used with another request before. Make a new key for each new request."""

    code = "idempotency_key_reused"
    title = "This idempotency key belongs to another request"


class AnswerNotKept(Conflict):
    """The request with this key was carried out before, but its answer was too large or too private to be kept."""

    code = "answer_not_kept"
    title = "This was done before; its answer was not kept"


class MethodNotAllowed(DomainError):
    """The path exists, the method does not. `Allow` names every method that does."""

    code = "method_not_allowed"
    title = "This method is not available here"


class NotAcceptable(DomainError):
    """None of the representations that `Accept` asks for is offered here. Facts: `offered`."""

    code = "not_acceptable"
    title = "This is not offered in the form asked for"


class TooLarge(DomainError):
    """The body is larger than the operation takes. Facts: `limit` in bytes."""

    code = "too_large"
    title = "The body is too large"


class UnsupportedMedia(DomainError):
    """The body is not of a type that the operation reads. Facts: `expected`."""

    code = "unsupported_media_type"
    title = "This content type is not understood here"


class Internal(DomainError):
    """Our fault. Only the `request_id` is told; the operators find the rest in their log under it."""

    code = "internal"
    title = "Something went wrong on our side"


class OtherHttp(DomainError):
    """An answer of the HTTP framework that has no kind of its own."""

    code = "http"
    title = "The request was refused"


#: The one map (HOUSE 5). A class that is not listed has the status of its nearest listed parent.
STATUS: dict[type[DomainError], int] = {
    Malformed: 400,
    KeyNotSupported: 400,
    Unauthorised: 401,
    Forbidden: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    NotAcceptable: 406,
    Conflict: 409,
    Gone: 410,
    Stale: 412,
    TooLarge: 413,
    UnsupportedMedia: 415,
    Rejected: 422,
    KeyReused: 422,
    PreconditionMissing: 428,
    TooManyAttempts: 429,
    Internal: 500,
    Unavailable: 503,
}

_DESCRIPTIONS: dict[int, str] = {
    400: "The request cannot be read.",
    401: "No valid access token. `WWW-Authenticate` says what is wrong.",
    403: "Known, but not allowed to this caller.",
    404: "Unknown, or out of the caller's sight.",
    405: "No such method here; `Allow` names those that are.",
    406: "Not offered in the form asked for.",
    409: "The present state, or something unique, is in the way.",
    410: "Was here once, and is no more.",
    412: "`If-Match` names another version than the current one.",
    413: "The body is too large.",
    415: "The content type of the body is not understood.",
    422: "Content or parameters are not valid; every fault is listed in `errors`.",
    428: "`If-Match` is required.",
    429: "Too many requests; wait `Retry-After` seconds.",
    500: "Our fault; quote the `request_id`.",
    503: "Not now; try again after `Retry-After` seconds.",
}
_WITH_WAIT = frozenset({429, 503})

SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "Every refusal (RFC 9457). Some codes add members of their own, for instance `current` or `legal`.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "A page that explains the code."},
        "title": {"type": "string", "description": "The kind of problem in the language of `Accept-Language`."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is wrong with this request."},
        "instance": {"type": "string", "format": "uri-reference", "description": "Path of the request."},
        "code": {"type": "string", "description": "Stable name of the problem, for programs."},
        "request_id": {"type": "string", "description": "The same as the header `X-Request-Id`."},
        "errors": {
            "type": "array",
            "description": "Every fault that was found.",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "RFC 6901 pointer into the body, or into `in`."},
                    "in": {"type": "string", "enum": ["query", "path", "header"], "description": "Not in the body."},
                    "code": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
    "example": {
        "type": "/problems/not_found",
        "title": "Nothing here by that name that you may see",
        "status": 404,
        "detail": "Nothing here by that name that you may see",
        "instance": "/api/v1/equipment/TN-0000",
        "code": "not_found",
        "request_id": "0198c1d2-7a43-7c55-9a4e-0f6d7d6f2b11",
    },
}


class Kind:
    """What the pages under `/problems` tell about one kind."""

    __slots__ = ("code", "explanation", "status", "title")

    def __init__(self, kind: type[DomainError]) -> None:
        """Read the class: its docstring is the explanation."""
        self.code: str = kind.code
        self.title: str = kind.title
        self.status: int = status_of(kind)
        self.explanation: str = " ".join((kind.__doc__ or "").split())


def status_of(kind: type[BaseException]) -> int:
    """The status of a kind of error; 500 for what is no error of the house."""
    return next((STATUS[parent] for parent in kind.__mro__ if parent in STATUS), 500)


def known() -> dict[str, Kind]:
    """All kinds by code, as the pages under `/problems` show them."""
    found: dict[str, Kind] = {}
    waiting: list[type[DomainError]] = [DomainError]
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        if kind not in {DomainError, OtherHttp}:
            found.setdefault(kind.code, Kind(kind))
    return dict(sorted(found.items()))


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of an operation: `problems(404, 409)`; what every operation may answer is added by its route."""
    return {status: _documented(status) for status in statuses}


def _documented(status: int) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": _DESCRIPTIONS[status],
        "content": {MEDIA_TYPE: {"schema": {"$ref": SCHEMA_REF}}},
    }
    if status in _WITH_WAIT:
        answer["headers"] = {
            "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}}
        }
    if status == 401:  # noqa: PLR2004 - the status is the name here
        answer["headers"] = {"WWW-Authenticate": {"description": "RFC 6750 challenge.", "schema": {"type": "string"}}}
    return answer


def _translations() -> Mapping[str, Mapping[str, str]]:
    text = resources.files("app").joinpath("data/problem_titles.json").read_bytes()
    return cast("dict[str, dict[str, str]]", orjson.loads(text))


#: Titles by language and code. English is the class's own.
TITLES = _translations()


def title_of(error: DomainError, language: str) -> str:
    """The title of an error in a language (API 20); English where nobody translated it yet."""
    return TITLES.get(language, {}).get(error.code, error.title)


def as_domain(error: Exception) -> DomainError:
    """The kind of any exception: framework errors are translated, unexpected ones are `Internal`."""
    if isinstance(error, DomainError):
        return error
    if isinstance(error, RequestValidationError):
        return rejected(error.errors(), error.body)
    if isinstance(error, HTTPException):
        return _framework(error)
    return Internal()


def _framework(error: HTTPException) -> DomainError:
    if error.status_code == 405:  # noqa: PLR2004 - the status is the name here
        return MethodNotAllowed(allow=dict(error.headers or {}).get("Allow", ""))
    by_status: dict[int, type[DomainError]] = {
        400: Malformed, 401: Unauthorised, 403: Forbidden, 404: NotFound, 413: TooLarge, 415: UnsupportedMedia,
    }  # fmt: skip
    return by_status.get(error.status_code, OtherHttp if error.status_code < 500 else Internal)()  # noqa: PLR2004


def answer(
    error: DomainError, *, issuer: str, path: str, request_id: str, language: str, authenticated: bool
) -> Response:
    """The response for an error. `authenticated` says whether a token was presented (RFC 6750, section 3)."""
    status = status_of(type(error))
    body = _told(error, issuer, path, language) | {"request_id": request_id}
    body |= {k: v for k, v in error.facts.items() if k not in _RESERVED and k not in _HEADER_FACTS}
    response = Response(orjson.dumps(body, default=str), status_code=status, media_type=MEDIA_TYPE)
    for name, value in _headers(error, status, authenticated=authenticated):
        response.headers[name] = value
    return response


def _told(error: DomainError, issuer: str, path: str, language: str) -> dict[str, Any]:
    """What every problem says."""
    body: dict[str, Any] = {
        "type": f"{issuer}/problems/{error.code}",
        "title": title_of(error, language),
        "status": status_of(type(error)),
        "detail": error.detail,
        "instance": quote(path[:256]),
        "code": error.code,
    }
    if isinstance(error, Rejected):
        body["errors"] = [_fault(fault) for fault in error.faults]
    return body


def kept(error: Exception, *, issuer: str, path: str) -> dict[str, Any]:
    """A problem that is kept to be read later, by others too: in English, and without the facts of its kind."""
    return _told(as_domain(error), issuer, path, "en")


def _headers(error: DomainError, status: int, *, authenticated: bool) -> Iterable[tuple[str, str]]:
    yield "Cache-Control", "no-store"
    if isinstance(error, Unauthorised):
        yield "WWW-Authenticate", str(error.facts.get("challenge") or _challenge(authenticated=authenticated))
    if isinstance(error, Forbidden) and "scope" in error.facts:
        yield "WWW-Authenticate", f'Bearer realm="{REALM}", error="insufficient_scope", scope="{error.facts["scope"]}"'
    if isinstance(error, MethodNotAllowed):
        yield "Allow", str(error.facts.get("allow", ""))
    if status in _WITH_WAIT:
        yield "Retry-After", str(max(1, round(float(error.facts.get("retry_after", 1)))))


def _challenge(*, authenticated: bool) -> str:
    """Without a token no error code is told, with one it is `invalid_token` (RFC 6750, section 3.1)."""
    return f'Bearer realm="{REALM}"' + (', error="invalid_token"' if authenticated else "")


def _fault(fault: Fault) -> dict[str, str]:
    told = {"pointer": fault.pointer, "code": fault.code, "detail": fault.detail}
    if isinstance(fault, ParameterFault):
        return told | {"in": fault.place}
    beside = _BESIDE_BODY.match(fault.pointer)
    return told | {"pointer": fault.pointer[beside.end() :], "in": beside[1]} if beside else told


def rejected(errors: Iterable[Any], body: Any) -> DomainError:
    """The domain error for what FastAPI and pydantic found."""
    faults = [_one_fault(error, body) for error in errors]
    if any(fault.code == "json_invalid" for fault in faults):
        return Malformed("The body is not valid JSON.")
    return Rejected(faults)


def _one_fault(error: Mapping[str, Any], body: Any) -> Fault:
    place, *rest = error["loc"] or ("body",)
    code = str(error["type"])
    if place != "body":
        return ParameterFault(pointer(rest), code, fault_words.told(error), place=str(place))
    return Fault(pointer(_existing(rest, body, absent=code == "missing")), code, fault_words.told(error))


def _existing(parts: list[str | int], body: Any, *, absent: bool) -> list[str | int]:
    """Only what is really in the body: pydantic also names union members and validators on the way.

    The last part of a field that is `absent` is kept: it is where the field should be.
    """
    kept: list[str | int] = []
    for index, part in enumerate(parts):
        inside = isinstance(body, Mapping) and part in body
        if inside or (isinstance(body, list) and isinstance(part, int) and part < len(body)):
            kept.append(part)
            body = body[part]
        elif absent and index == len(parts) - 1:
            kept.append(part)
    return kept


def pointer(parts: Iterable[str | int]) -> str:
    """An RFC 6901 pointer; pieces of a caller's own making are cut at 64 characters."""
    return "".join("/" + str(part)[:_POINTER_PIECE].replace("~", "~0").replace("/", "~1") for part in parts)
