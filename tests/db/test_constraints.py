"""Constraints and what they mean: the names in the code are the names in the database, and every error has words."""

from __future__ import annotations

from types import SimpleNamespace

import asyncpg
import pytest

from app.db import constraints
from app.domain.errors import Conflict, DomainError, Fault, Forbidden, NotFound, Rejected, Taken, Unavailable

pytestmark = pytest.mark.anyio


def failure(state: str, *, constraint: str = "", detail: str = "", column: str = "") -> SimpleNamespace:
    return SimpleNamespace(sqlstate=state, constraint_name=constraint, detail=detail, column_name=column)


async def test_every_name_exists_in_the_database(owner: asyncpg.Connection) -> None:
    named = {row["conname"] for row in await owner.fetch("SELECT conname FROM pg_constraint")}
    bodies = " ".join(row["prosrc"] for row in await owner.fetch("SELECT prosrc FROM pg_proc WHERE prolang <> 12"))
    for name in (*constraints.TAKEN, *constraints.BROKEN, *constraints.UNRELATED):
        assert name in named or f"'{name}'" in bodies, name


async def test_every_rule_of_the_register_has_words(owner: asyncpg.Connection) -> None:
    """Rules that the schemas keep themselves need none; the others would show the name of the constraint."""
    tables = ["programmes", "components", "participations", "agencies", "sites", "suppliers", "equipment_types"]
    tables += ["equipment_models", "courses", "support_arrangements"]
    rows = await owner.fetch(
        "SELECT conname, contype FROM pg_constraint WHERE conrelid = ANY ($1::text[]::regclass[]) "
        "AND contype IN ('u', 'x', 'p')",
        tables,
    )
    for row in rows:
        pointer, sentence = constraints._taken(row["conname"])
        internal = row["conname"] == "uq_agencies_id_organisation_id"  # a target for foreign keys: the id is unique
        assert internal or (pointer.startswith("/") and sentence.endswith(".")), row["conname"]


@pytest.mark.parametrize(
    ("error", "kind", "facts"),
    [
        (failure("23505", constraint="pk_sites"), Taken, {"pointer": "/id"}),
        (failure("23505", constraint="unheard_of"), Taken, {"pointer": ""}),
        (failure("23503", detail="Key is still referenced from table"), Conflict, {}),
        (failure("42501"), Forbidden, {}),
        (failure("P0002"), NotFound, {}),
        (failure("57014"), Unavailable, {"retry_after": 2}),
        (failure("55P03"), Unavailable, {"retry_after": 1}),
        (failure("53300"), Unavailable, {"retry_after": 10}),
        (failure("58030"), Unavailable, {"retry_after": 10}),
    ],
)
def test_a_database_error_becomes_one_of_the_house(
    error: SimpleNamespace, kind: type[DomainError], facts: dict[str, object]
) -> None:
    made = constraints.translate(error)
    assert type(made) is kind
    assert made.facts == facts


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (
            failure("23503", constraint="fk_sites_agency_of_organisation"),
            Fault("/agency", "other_organisation", constraints.UNRELATED["fk_sites_agency_of_organisation"][2]),
        ),
        (
            failure("23503", constraint="fk_anything"),
            Fault("", "reference_unknown", "It refers to something that does not exist here."),
        ),
        (
            failure("23514", constraint="ck_agencies_no_cycle"),
            Fault("/parent", "cycle", "An agency cannot stand below itself."),
        ),
        (
            failure("23514", constraint="ck_anything"),
            Fault("", "ck_anything", "The rule ck_anything is not kept."),
        ),
        (failure("23502", column="kind"), Fault("", "not_null", "The rule kind is not kept.")),
        (failure("22003"), Fault("", "value_unusable", "A value is outside of what can be stored.")),
    ],
)
def test_what_is_wrong_with_the_content_is_told_at_its_place(error: SimpleNamespace, fault: Fault) -> None:
    made = constraints.translate(error)
    assert isinstance(made, Rejected)
    assert made.faults == [fault]


def test_what_is_worth_a_retry_or_unheard_of_stays_what_it_is() -> None:
    for state in ("40001", "40P01", "XX000"):
        error = failure(state)
        assert [constraints.translate(error)] == [error]
    stale = asyncpg.InvalidCachedStatementError("plan")
    assert constraints.translate(stale) is stale
