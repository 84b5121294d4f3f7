"""Members of bodies: where their faults are, which ones are not taken here, and which was perhaps meant (API 7)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, TypeGuard, Union, get_args, get_origin

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
    """Say where faults are in the body as it was sent, and what is known of members that are not taken.

    Of those it is told whether the object has them; of the first others, which ones there are.
    """
    left, places = MOST_COMPARED, _Places(members.body)
    for each in error.errors():
        place, *names = each["loc"]
        if place != "body" or not names:
            continue
        kept, types = places.of(tuple(names[:-1]))
        if not _forms(types, names[-1]):
            kept = (*kept, names[-1])
        each["loc"] = (place, *kept)
        if each["type"] != "extra_forbidden":
            continue
        if len(kept) == 1 and kept[0] in members.fixed:
            each["type"] = "read_only"
        elif left:
            left -= 1
            known = _known(types)
            if known and names[-1] not in known:
                each["ctx"] = {"known": known}


@dataclass(frozen=True, slots=True)
class _Forms:
    """What may have one of several forms, each of which is named by a member."""

    by_name: Mapping[Any, type[BaseModel]]


class _Places:
    """Places of errors in a body, as its type tells them apart.

    Pydantic puts the name of a form between the place of what has several and the members of that form. Nobody sent
    it there, and a member may be called the same: only the type knows which of the two it is.
    """

    def __init__(self, body: Any) -> None:
        """A body as its signature declares it."""
        self._seen: dict[tuple[str | int, ...], tuple[tuple[str | int, ...], list[Any]]] = {(): ((), list(_open(body)))}

    def of(self, path: tuple[str | int, ...]) -> tuple[tuple[str | int, ...], list[Any]]:
        """The place without the names of forms, and the types that may be there.

        A part that no type knows, such as pydantic's name for one side of a union, leaves the types as they are.
        """
        if path not in self._seen:
            kept, types = self.of(path[:-1])
            part = path[-1]
            if forms := _forms(types, part):
                self._seen[path] = kept, forms
            else:
                self._seen[path] = (*kept, part), [t for each in types for t in _inside(each, part)] or types
        return self._seen[path]


def _forms(types: Iterable[Any], name: str | int) -> list[Any]:
    """The forms that are called so."""
    return [each.by_name[name] for each in types if isinstance(each, _Forms) and name in each.by_name]


def _known(types: Iterable[Any]) -> tuple[str, ...]:
    """The members that there are in any of these types."""
    models = [m for each in types for m in (each.by_name.values() if isinstance(each, _Forms) else _models(each))]
    return tuple(dict.fromkeys(name for model in models for name in _names(model)))


def _open(annotation: Any, named_by: Any = None) -> Iterator[Any]:
    """The models, forms and containers that a value of a type may be; what has no places inside is left out."""
    annotation = getattr(annotation, "__value__", annotation)
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        named_by = next((by for fact in parts[1:] if (by := getattr(fact, "discriminator", None))), named_by)
        yield from _open(parts[0], named_by)
    elif origin in {Union, UnionType}:
        if named_by is not None:
            yield _Forms({name: model for model in _models(annotation) for name in _called(model, named_by)})
        else:
            for part in parts:
                yield from _open(part)
    elif parts or _is_model(annotation):
        yield annotation


def _called(model: type[BaseModel], named_by: Any) -> Iterator[Any]:
    """The names of a form: the values of the member that tells forms apart."""
    field = model.model_fields.get(named_by) if isinstance(named_by, str) else None
    if field is not None and get_origin(field.annotation) is Literal:
        yield from get_args(field.annotation)


def _inside(kind: Any, part: str | int) -> Iterator[Any]:
    """The types that may be at a member of a model, or at an item of a container."""
    if _is_model(kind):
        for name, field in kind.model_fields.items():
            if part in {name, field.alias}:
                yield from _open(field.annotation, field.discriminator)
    elif isinstance(part, int) or get_origin(kind) in {dict, Mapping}:
        for inner in get_args(kind):
            yield from _open(inner)


def _is_model(annotation: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if _is_model(annotation):
        yield annotation
        return
    for part in get_args(getattr(annotation, "__value__", annotation)):
        yield from _models(part)


def _names(model: Any) -> Iterator[str]:
    for name, field in getattr(model, "model_fields", {}).items():
        yield field.alias or name
