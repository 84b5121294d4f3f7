"""Lean routes (HOUSE 3.9): the same signature and the same OpenAPI, resolved without FastAPI's general machinery.

The signature is compiled once into a plan of look-ups. Whatever is not plainly valid is handed to FastAPI's own way,
so that errors are the same to the letter; `tests/web/test_lean.py` compares the two. For hot operations only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from fastapi._compat import ModelField, Undefined, field_annotation_is_sequence
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import _get_param_model
from pydantic.fields import FieldInfo
from starlette.requests import Request
from starlette.responses import Response

from app.web.at_once import twin_of
from app.web.route import Handler, HouseRoute
from app.web.sent import header, pairs

_STACKS = ("fastapi_inner_astack", "fastapi_function_astack", "fastapi_middleware_astack")
_ABSENT: Any = object()


class Invalid(Exception):
    """Something is not plainly valid: FastAPI shall say what."""


class LeanRoute(HouseRoute):
    """A `HouseRoute` for hot operations: `async def` endpoints that return a `Response`."""

    def make_handler(self, ordinary: Handler) -> Handler:
        """The compiled signature in front of FastAPI's own handler."""
        fill = _compiled(self.dependant, self.body_field, embedded=self._embed_body_fields)
        waits = _waits(self.dependant)
        endpoint: Callable[..., Awaitable[Response]] = self.endpoint

        async def lean(request: Request) -> Response:
            values: dict[str, Any] = {}
            try:
                for name, call, arguments in waits:
                    value = await call(**arguments(request))
                    if name is not None:
                        values[name] = value
                fill(request, values)
            except Invalid:
                return await _ordinarily(request, ordinary)
            return await endpoint(**values)

        return lean


async def _ordinarily(request: Request, ordinary: Handler) -> Response:
    """FastAPI's handler, with the exit stacks that it looks for in the scope."""
    async with AsyncExitStack() as stack:
        for name in _STACKS:
            request.scope.setdefault(name, stack)
        return await ordinary(request)


#: Puts the arguments that a request gives into a dict.
Fill = Callable[[Request, dict[str, Any]], None]
Arguments = Callable[[Request], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class _Look:
    """How one parameter is found and checked."""

    name: str
    alias: str
    field: ModelField
    many: bool
    default: Any
    share_default: bool

    def checked(self, raw: Any) -> Any:
        """The validated value of what was sent, or the default."""
        if raw is _ABSENT:
            if self.default is Undefined:
                raise Invalid
            return self.default if self.share_default else deepcopy(self.default)
        value, errors = self.field.validate(raw, {}, loc=())
        if errors:
            raise Invalid
        return value


def _look(field: ModelField) -> _Look:
    info: FieldInfo = field.field_info
    if info.validate_default:
        raise TypeError(f"a lean route cannot validate the default of {field.name}")
    default = field.get_default()
    shared = default is None or isinstance(default, str | int | float | bool | tuple | frozenset)
    many = field_annotation_is_sequence(info.annotation)
    return _Look(field.name, field.validation_alias or field.alias, field, many, default, shared)


def _waits(dependant: Dependant) -> list[tuple[str | None, Callable[..., Awaitable[Any]], Arguments]]:
    """The dependencies of a call that have to be waited for, with what makes their own arguments."""
    return [
        (each.name, each.call, _arguments(each))
        for each in dependant.dependencies
        if each.call is not None and twin_of(each.call) is None
    ]


def _arguments(dependant: Dependant) -> Arguments:
    """What makes the arguments of a dependency."""
    if any(twin_of(each.call) is None for each in dependant.dependencies):
        raise TypeError(f"a lean route does not wait for what {dependant.call} waits for")
    fill = _compiled(dependant, None, embedded=False)

    def made(request: Request) -> dict[str, Any]:
        values: dict[str, Any] = {}
        fill(request, values)
        return values

    return made


def _maker(dependant: Dependant, twin: Callable[..., Any]) -> Callable[[Request], Any]:
    """What makes the value of a dependency that has nothing to wait for."""
    asks = (dependant.path_params, dependant.query_params, dependant.header_params, dependant.dependencies)
    arguments = _arguments(dependant)
    if dependant.request_param_name is not None and not any(asks):
        return twin
    return lambda request: twin(**arguments(request))


def _check_possible(dependant: Dependant, *, embedded: bool) -> None:
    if dependant.cookie_params or dependant.response_param_name or dependant.background_tasks_param_name:
        raise TypeError(f"a lean route cannot give what {dependant.call} asks for")
    if dependant.body_params and (embedded or len(dependant.body_params) > 1):
        raise TypeError(f"a lean route takes one body model, not what {dependant.call} asks for")


def _compiled(dependant: Dependant, body: ModelField | None, *, embedded: bool) -> Fill:
    """The function that makes the arguments of a dependant's call out of a request, where nothing is waited for."""
    _check_possible(dependant, embedded=embedded)
    paths = [_look(field) for field in dependant.path_params]
    headers = [(look, look.alias.lower().encode("latin-1")) for look in map(_look, dependant.header_params)]
    queries = _compiled_query(dependant.query_params)
    inner = [
        (each.name, _maker(each, twin)) for each in dependant.dependencies if (twin := twin_of(each.call)) is not None
    ]
    body_look = _look(body) if body is not None and dependant.body_params else None
    body_name = dependant.body_params[0].name if dependant.body_params else ""
    request_name = dependant.request_param_name

    def fill(request: Request, values: dict[str, Any]) -> None:
        for name, make in inner:
            value = make(request)
            if name is not None:
                values[name] = value
        for look in paths:
            values[look.name] = look.checked(request.scope["path_params"].get(look.alias, _ABSENT))
        for look, key in headers:
            sent = header(request, key)
            values[look.name] = look.checked(_ABSENT if sent is None else sent)
        if queries is not None:
            queries(request, values)
        if body_look is not None:
            values[body_name] = body_look.checked(getattr(request, "_json", _ABSENT))
        if request_name is not None:
            values[request_name] = request

    return fill


def _compiled_query(fields: list[ModelField]) -> Fill | None:
    """Simple query parameters, or one model of them. Without a query string only defaults are left to give."""
    if not fields:
        return None
    model = _get_param_model(fields[0])
    if model is not None:
        if len(fields) > 1:
            raise TypeError("a lean route takes one query model, or simple query parameters")
        frozen = bool(model.model_config.get("frozen"))  # then one that nothing was sent for serves every request
        return _compiled_query_model(fields[0], model.model_fields, shared=frozen)
    looks = [_look(field) for field in fields]

    def simple(request: Request, values: dict[str, Any]) -> None:
        if not request.scope["query_string"]:
            for look in looks:
                values[look.name] = look.checked(_ABSENT)
            return
        given = request.query_params
        for look in looks:
            raw = given.getlist(look.alias) if look.many else given.get(look.alias, _ABSENT)
            values[look.name] = look.checked(raw if raw != [] else _ABSENT)

    return simple


def _compiled_query_model(field: ModelField, members: Mapping[str, FieldInfo], *, shared: bool) -> Fill:
    many = {
        (info.validation_alias if isinstance(info.validation_alias, str) else info.alias) or name
        for name, info in members.items()
        if field_annotation_is_sequence(info.annotation)
    }

    nothing, missing = field.validate({}, {}, loc=()) if shared else (None, True)

    def as_model(request: Request, values: dict[str, Any]) -> None:
        sent: dict[str, Any] = {}
        if request.scope["query_string"]:
            for name, given in pairs(request):
                if name in many:
                    sent.setdefault(name, []).append(given)
                else:
                    sent[name] = given
        elif not missing:
            values[field.name] = nothing
            return
        value, errors = field.validate(sent, {}, loc=())
        if errors:
            raise Invalid
        values[field.name] = value

    return as_model
