"""Members of bodies: which the object has and the operation does not take, and which one was perhaps meant (API 7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel

#: So many unknown members of a request are compared with those that there are; the rest is told without.
MOST_COMPARED = 3


@dataclass(frozen=True, slots=True)
class Members:
    """What an operation takes."""

    #: The body as its signature declares it.
    body: Any
    #: Members that the object has and a patch of it does not.
    fixed: frozenset[str]


def members_of(route: APIRoute) -> Members:
    """Read from a route."""
    body = route.body_field and route.body_field.field_info.annotation
    if "PATCH" not in (route.methods or ()):
        return Members(body, frozenset())
    return Members(body, frozenset(_names(route.response_model)) - frozenset(_names(body)))


def explain(error: RequestValidationError, members: Members) -> None:
    """Say of members that are not taken whether the object has them; of the first others, which ones there are."""
    left = MOST_COMPARED
    for each in error.errors():
        place, *names = each["loc"]
        if place != "body" or each["type"] != "extra_forbidden":
            continue
        if len(names) == 1 and names[0] in members.fixed:
            each["type"] = "read_only"
        elif left:
            left -= 1
            known = _known(members.body, names[:-1])
            if known and names[-1] not in known:
                each["ctx"] = {"known": known}


def _known(body: Any, path: Sequence[str | int]) -> tuple[str, ...]:
    """The members that there are at a place of a body; of any of its forms, where the place does not say of which."""
    models = list(_models(body))
    for part in path:
        named = [model for model in models if len(models) > 1 and _is_form(model, part)]
        inside = [inner for model in models for inner in _models(_annotation(model, part))]
        models = named or list(dict.fromkeys(inside)) or models  # a place in a list is neither
    return tuple(dict.fromkeys(name for model in models for name in _names(model)))


def _is_form(model: type[BaseModel], name: str | int) -> bool:
    """Whether a body of several forms calls this one so."""
    kinds = (field.annotation for field in model.model_fields.values() if get_origin(field.annotation) is Literal)
    return any(name in get_args(kind) for kind in kinds)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        return
    for part in get_args(getattr(annotation, "__value__", annotation)):
        yield from _models(part)


def _annotation(model: type[BaseModel], name: str | int) -> Any:
    return next((f.annotation for own, f in model.model_fields.items() if name in {own, f.alias}), None)


def _names(model: Any) -> Iterator[str]:
    for name, field in getattr(model, "model_fields", {}).items():
        yield field.alias or name
