"""Booleans of bodies are true or false and nothing else: no words, no numbers (API 3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

import pytest
from fastapi.params import Form
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.routers import ROUTERS
from app.schemas.common import Truth
from app.services.fault_words import told

TRUTH: TypeAdapter[bool] = TypeAdapter(Truth)
#: What makes a boolean strict.
STRICT = get_args(Truth)[1]
OTHERS: tuple[Any, ...] = (0, 1, 1.0, 2, None, [], {})


@pytest.mark.parametrize("given", [True, False])
def test_true_and_false_are_taken(given: bool) -> None:  # noqa: FBT001 - it is what is tried
    assert TRUTH.validate_python(given) is given
    assert TRUTH.json_schema() == {"type": "boolean"}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        *((text, "bool_parsing") for text in ("no", "false", "true", "1", "off", "", "maybe")),
        *((other, "bool_type") for other in OTHERS),
    ],
)
def test_nothing_else_is(given: Any, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TRUTH.validate_python(given)
    (error,) = refused.value.errors()
    assert (error["type"], told(error)) == (code, "This has to be true or false.")


def lax(annotation: Any, strict: bool = False) -> Iterator[bool]:  # noqa: FBT001, FBT002 - a walk's own memory
    """Once for each plain boolean in a type, outside of the models in it."""
    annotation = getattr(annotation, "__value__", annotation)
    if get_origin(annotation) is Annotated:
        inner, *facts = get_args(annotation)
        yield from lax(inner, strict or STRICT in facts)
    elif annotation is bool:
        yield from () if strict else (True,)
    else:
        for part in get_args(annotation):
            yield from lax(part, strict)


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    annotation = getattr(annotation, "__value__", annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models(part)


def of_bodies() -> set[type[BaseModel]]:
    """The models of all bodies of all operations, and those in them; forms are texts."""
    routes = [each for router in ROUTERS for each in router.routes if isinstance(each, APIRoute) and each.body_field]
    bodies = [each.body_field.field_info for each in routes if each.body_field]
    found: set[type[BaseModel]] = set()
    waiting = [m for body in bodies if not isinstance(body, Form) for m in models(body.annotation)]
    while waiting:
        model = waiting.pop()
        if model not in found:
            found.add(model)
            waiting += [m for field in model.model_fields.values() for m in models(field.annotation)]
    return found


def plain(model: type[BaseModel]) -> list[str]:
    return [
        f"{model.__name__}.{name}"
        for name, field in model.model_fields.items()
        if any(lax(field.annotation, STRICT in field.metadata))
    ]


def test_every_boolean_of_every_body_is_strict() -> None:
    found = of_bodies()
    assert len(found) > 80, "the walk has lost its way"
    assert {m.__name__ for m in found} >= {"SiteChange", "BulkChange", "EquipmentCorrectionIn", "TestResult"}
    assert sorted(name for model in found for name in plain(model)) == []


def test_the_walk_sees_what_is_not_strict() -> None:
    class Lax(BaseModel):
        one: bool
        two: list[bool | None]
        three: Truth
        four: Truth | None
        five: Annotated[bool, "anything"]

    assert plain(Lax) == ["Lax.one", "Lax.two", "Lax.five"]
