"""Members of bodies that are not taken: which the object has, and which one was perhaps meant."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.services.fault_words import told
from app.web.members import MOST_COMPARED, Members, explain


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Price(Strict):
    amount: str = ""
    currency: str = ""


class Round(Strict):
    kind: Literal["round"]
    diameter: int = 0


class Square(Strict):
    kind: Literal["square"]
    edge: int = 0
    round: Price | None = None  # a member that is called like another form


class Thing(Strict):
    serial_number: str = ""
    unit_price: Price | None = None
    prices: list[Price] = []
    by_name: dict[str, Price] = {}
    shape: Annotated[Round | Square, Field(discriminator="kind")] | None = None
    plain: Round | Square | None = Field(None, discriminator="kind")
    shapes: list[Annotated[Round | Square, Field(discriminator="kind")]] = []
    called: str = Field("", alias="calledSo")


def explained(body: dict[str, Any], fixed: frozenset[str] = frozenset()) -> dict[str, tuple[str, str]]:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Thing).validate_python(body)
    error = RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in refused.value.errors()])
    explain(error, Members(Thing, fixed))
    return {"/".join(map(str, each["loc"][1:])): (each["type"], told(each)) for each in error.errors()}


@pytest.mark.parametrize(
    ("body", "place", "hint", "known"),
    [
        ({"serial": "x"}, "serial", " Did you mean serial_number?", "serial_number, unit_price, "),
        ({"seril_number": 1}, "seril_number", " Did you mean serial_number?", "serial_number, unit_price, "),
        ({"calledSoo": 1}, "calledSoo", " Did you mean calledSo?", "serial_number, unit_price, "),
        ({"colour": 1}, "colour", "", "serial_number, unit_price, "),
        ({"unit_price": {"ammount": 1}}, "unit_price/ammount", " Did you mean amount?", "amount, currency."),
        ({"prices": [{}, {"curency": 1}]}, "prices/1/curency", " Did you mean currency?", "amount, currency."),
        ({"by_name": {"x": {"curency": 1}}}, "by_name/x/curency", " Did you mean currency?", "amount, currency."),
        (
            {"shape": {"kind": "round", "diametre": 1}},
            "shape/diametre",
            " Did you mean diameter?",
            "kind, diameter.",
        ),
        ({"shape": {"kind": "round", "edge": 1}}, "shape/edge", "", "kind, diameter."),
        ({"shape": {"kind": "square", "egde": 1}}, "shape/egde", " Did you mean edge?", "kind, edge, round."),
        (
            {"shape": {"kind": "square", "round": {"curency": 1}}},
            "shape/round/curency",
            " Did you mean currency?",
            "amount, currency.",
        ),
        ({"shapes": [{"kind": "square", "rond": 1}]}, "shapes/0/rond", " Did you mean round?", "kind, edge, round."),
        ({"plain": {"kind": "square", "rond": 1}}, "plain/rond", " Did you mean round?", "kind, edge, round."),
        ({"not a name\n": 1}, "not a name\n", "", "serial_number, unit_price, "),
    ],
)
def test_a_member_that_is_nowhere_is_told_with_those_that_there_are(
    body: dict[str, Any], place: str, hint: str, known: str
) -> None:
    kind, said = explained(body)[place]
    assert kind == "extra_forbidden"
    assert said.startswith(f"There is no such field here.{hint} Known fields: {known}")


def test_what_the_object_has_and_nobody_sends_is_told_apart() -> None:
    found = explained({"id": 1, "version": 1, "unit_price": {"id": 1}}, frozenset({"id"}))
    told_as = {place: kind for place, (kind, _) in found.items()}
    assert told_as == {"id": "read_only", "version": "extra_forbidden", "unit_price/id": "extra_forbidden"}


def test_nothing_that_there_is_is_said_to_be_nowhere_and_meant() -> None:
    error = RequestValidationError([{"type": "extra_forbidden", "loc": ("body", "serial_number"), "input": 1}])
    explain(error, Members(Thing, frozenset()))
    assert told(error.errors()[0]) == "There is no such field here."


def test_few_are_compared() -> None:
    """A body may hold thousands of members: comparing each with all that there are would hold up everybody else."""
    found = explained({f"colour{n}": n for n in range(1000)})
    assert sum("Known fields" in said for _, said in found.values()) == MOST_COMPARED
