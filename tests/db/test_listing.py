"""From a declaration to a statement: shapes for callers, conditions, projections, exports, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db import plans
from app.db.columns import Column, instant, names, plain, related, truth
from app.db.listing import Filter, Listing, Order, dated, equals
from app.db.plans import Shape, like_pattern, shape_for
from app.domain.access import Caller
from app.domain.asked import Asked
from app.domain.errors import Rejected

ONE, TWO, OWN = UUID(int=1), UUID(int=2), UUID(int=3)
THINGS = Listing(
    resource="test-things",
    table="things",
    columns=(
        plain("id"),
        *names(),
        related("site", "sites", "t.site_id", expand="'country', {a}.country"),
        truth("active"),
        instant("created_at"),
        plain("plan", detail=True),
    ),
    filters={"kind": equals("t.kind", indexed=True), **dated()},
    orders={"created_at": Order((("created_at", "instant"),)), "name": Order((("folded", "text"),))},
    search="t.folded LIKE app.fold(:search)",
    component="component_id",
    agency="unit_id",
)
EVERYBODYS = replace(THINGS, resource="test-everybodys", component=None, agency=None, search=None)


def caller(**more: object) -> Caller:
    base = Caller(
        id=ONE,
        person_id=ONE,
        organisation_id=ONE,
        kind="account",
        organisation_kinds=frozenset({"implementer"}),
        scopes=frozenset(),
    )
    return replace(base, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("who", "things", "everybodys"),
    [
        (None, "wall", "wall"),
        (caller(), "wall", "wall"),
        (caller(see=(ONE,)), "one", "wall"),
        (caller(see=(ONE, TWO)), "several", "wall"),
        (caller(see=(ONE, TWO), sees_all=True), "all", "wall"),
        (caller(see=(ONE,), sees_all=True), "one", "wall"),
        (caller(own=OWN), "own", "wall"),
        (caller(own=OWN, see=(ONE,)), "wall", "wall"),
    ],
)
def test_the_shape_of_a_page_follows_from_what_the_caller_sees(
    who: Caller | None, things: Shape, everybodys: Shape
) -> None:
    assert (shape_for(THINGS, who), shape_for(EVERYBODYS, who)) == (things, everybodys)


PAGES: dict[Shape, str] = {
    "all": "SELECT * FROM things t WHERE (t.kind = $1) ORDER BY t.created_at DESC, t.id DESC LIMIT 51",
    "wall": "SELECT * FROM things t WHERE (t.kind = $1) ORDER BY t.created_at DESC, t.id DESC LIMIT 51",
    "one": (
        "SELECT * FROM things t WHERE (t.component_id = $1) AND (t.kind = $2) "
        "ORDER BY t.created_at DESC, t.id DESC LIMIT 51"
    ),
    "several": (
        "SELECT t.* FROM unnest(CAST($1 AS uuid[])) b(id) CROSS JOIN LATERAL (SELECT * FROM things t "
        "WHERE (t.component_id = b.id) AND (t.kind = $2) ORDER BY t.created_at DESC, t.id DESC LIMIT 51) t "
        "ORDER BY t.created_at DESC, t.id DESC LIMIT 51"
    ),
    "own": (
        "SELECT t.* FROM unnest(app.own_agencies()) b(id) CROSS JOIN LATERAL (SELECT * FROM things t "
        "WHERE (t.unit_id = b.id) AND (t.kind = $1) ORDER BY t.created_at DESC, t.id DESC LIMIT 51) t "
        "ORDER BY t.created_at DESC, t.id DESC LIMIT 51"
    ),
}


@pytest.mark.parametrize("shape", PAGES)
def test_the_page_of_each_shape(shape: Shape) -> None:
    plan = plans.plan_page(THINGS, Asked(filters={"kind": ["a"]}), shape)
    assert f"FROM ({PAGES[shape]}) t LEFT JOIN sites" in plan.statement.sql


def test_a_plan_is_made_once_for_a_shape_of_question_and_holds_no_value() -> None:
    one = plans.plan_page(THINGS, Asked(filters={"kind": ["secret-a"]}), "all")
    same = plans.plan_page(THINGS, Asked(filters={"kind": ["secret-b"]}), "all")
    many = plans.plan_page(THINGS, Asked(filters={"kind": ["secret-a", "b"]}), "all")
    assert one is same
    assert one is not many
    longer = plans.plan_page(THINGS, Asked(filters={"kind": ["secret-a"]}, limit=9), "all").statement.sql
    assert longer == one.statement.sql.replace("LIMIT 51", "LIMIT 10")
    assert "secret" not in one.statement.sql + many.statement.sql
    assert "t.kind = ANY(" in many.statement.sql


def test_the_next_page_continues_after_the_whole_key_in_the_direction_of_the_order() -> None:
    down = plans.plan_page(THINGS, Asked(after=("x", ONE), sort="-name"), "all").statement.sql
    up = plans.plan_page(THINGS, Asked(after=("x", ONE), sort="name"), "all").statement.sql
    assert "(t.folded, t.id) < (" in down
    assert "(t.folded, t.id) > (" in up


def test_only_what_is_shown_is_joined_and_projected() -> None:
    plan = plans.plan_page(THINGS, Asked(fields=("active",)), "all").statement.sql
    assert plan.startswith('SELECT (SELECT row_to_json(x) FROM (SELECT t.id AS "id", t.active AS "active") x)::text')
    assert "sites" not in plan
    assert "t.plan" not in plans.plan_page(THINGS, Asked(), "all").statement.sql
    assert 't.plan AS "plan"' in plans.plan_page(THINGS, Asked(fields=("plan",)), "all").statement.sql
    assert 't.plan AS "plan"' in plans.plan_one(THINGS, "id", Asked()).statement.sql


def test_a_column_brings_the_joins_that_it_needs_each_once() -> None:
    site = related("site", "sites", "t.site_id")
    owner = replace(related("owner", "organisations", "j_site.organisation_id"), needs=site.join)
    both = replace(THINGS, resource="test-needs", columns=(plain("id"), site, owner))
    for fields in (("owner",), ("site", "owner"), ()):
        sql = plans.plan_page(both, Asked(fields=fields), "all").statement.sql
        assert f"{site.join} {owner.join}" in sql
        assert sql.count("LEFT JOIN sites") == 1


def test_expanding_shows_more_of_the_same_object() -> None:
    short = plans.plan_one(THINGS, "id", Asked()).statement.sql
    more = plans.plan_one(THINGS, "id", Asked(expand=("site",))).statement.sql
    assert "'country', j_site.country" in more
    assert "'country'" not in short


def test_labels_come_in_the_language_of_the_caller() -> None:
    arabic = plans.plan_one(THINGS, "id", Asked(language="ar")).statement.sql
    assert "coalesce(t.name_ar, t.name_en)" in arabic
    assert "coalesce(j_site.name_ar, j_site.name_en)" in arabic


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (Asked(sort="colour"), "unknown_sort"),
        (Asked(sort="--name"), "unknown_sort"),
        (Asked(fields=("colour",)), "unknown_field"),
        (Asked(expand=("active",)), "unknown_expand"),
        (Asked(search="words"), "no_search"),
    ],
)
def test_what_is_not_declared_is_refused_by_pages_and_exports(asked: Asked, code: str) -> None:
    for make in (
        lambda: plans.plan_page(EVERYBODYS, asked, "wall"),
        lambda: plans.plan_export(EVERYBODYS, asked, "csv"),
    ):
        with pytest.raises(Rejected) as refused:
            make()
        assert [fault.code for fault in refused.value.faults] == [code]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        (("colour",), "Number 1 is no field of this resource. Possible: id, "),
        (("id", "nmae", "site", "colour"), "Numbers 2, 4 are no fields of this resource."),
    ],
)
def test_a_field_that_is_not_there_is_told_by_its_place(fields: tuple[str, ...], named: str) -> None:
    with pytest.raises(Rejected) as refused:
        THINGS.shown(fields)
    assert refused.value.faults[0].detail.startswith(named)


def test_the_values_of_a_statement() -> None:
    at = "2024-01-01"
    asked = Asked(filters={"kind": ["a"], "created_at_gte": at}, search="50%", after=("k", ONE), limit=10)
    assert plans.parameters(THINGS, asked, caller(see=(ONE,)), "one") == {
        "f_kind": "a",
        "f_created_at_gte": at,
        "search": "%50\\%%",
        "words": "50%",
        "k0": "k",
        "k1": ONE,
        "component": ONE,
    }
    several = plans.parameters(THINGS, Asked(filters={"kind": ["a", "b"]}), caller(see=(ONE, TWO)), "several")
    assert several == {"f_kind": ["a", "b"], "components": [ONE, TWO]}


def test_a_filter_may_adapt_what_it_is_given() -> None:
    adapted = replace(THINGS, filters={"kind": Filter("t.kind = :value", adapt=lambda value: value[0].upper())})
    assert plans.parameters(adapted, Asked(filters={"kind": ["a"]}), None, "wall") == {"f_kind": "A"}


def test_a_condition_that_always_holds_is_in_every_statement() -> None:
    part = replace(THINGS, resource="test-part", only="t.kind = 'part'")
    for sql in (
        plans.plan_one(part, "id", Asked()).statement.sql,
        plans.plan_page(part, Asked(), "several").statement.sql,
        plans.plan_count(part, Asked(), "all").statement.sql,
        plans.plan_export(part, Asked(), "jsonl")[1].sql,
    ):
        assert "t.kind = 'part'" in sql


def test_a_reference_that_several_rows_share_means_the_first_of_them() -> None:
    shared = replace(THINGS, resource="test-shared", means="t.edition DESC")
    assert plans.plan_one(shared, "reference", Asked()).statement.sql.endswith(
        "WHERE t.reference = $1 ORDER BY t.edition DESC LIMIT 1"
    )


def test_the_columns_of_a_table() -> None:
    cells, statement = plans.plan_export(THINGS, Asked(), "csv")
    sql = statement.sql
    assert cells == (
        "id", "label", "name_en", "name_fr", "name_it", "name_ar", "site_id", "site_reference", "site_label", "active",
        "created_at",
    )  # fmt: skip
    assert "(t.active)::text" in sql
    assert sql.count("CASE WHEN") == 7  # label, four names, two of the site: what somebody typed, unlike an id


def test_the_columns_of_a_spreadsheet_are_values() -> None:
    cells, statement = plans.plan_export(THINGS, Asked(), "xlsx")
    assert cells == plans.plan_export(THINGS, Asked(), "csv")[0]
    assert "CASE WHEN" not in statement.sql
    assert 't.active AS "active"' in statement.sql
    kinds = {"active": "bool", "created_at": "timestamptz", "id": "uuid"}
    _, typed = plans.plan_export(THINGS, Asked(), "xlsx", kinds)
    assert '(t.active)::integer AS "active"' in typed.sql
    assert "date_part('epoch', t.created_at) + 2209161600) / 86400 AS \"created_at\"" in typed.sql
    assert 't.id AS "id"' in typed.sql


def test_an_export_makes_related_objects_once_per_key() -> None:
    sql = plans.plan_export(THINGS, Asked(language="fr"), "jsonl")[1].sql
    assert "LEFT JOIN LATERAL (SELECT json_build_object('id', j_site.id" in sql
    assert "WHERE j_site.id = t.site_id OFFSET 0) j_site ON true" in sql
    assert 'j_site.o AS "site"' in sql
    assert "{lang}" not in sql


def test_an_export_joins_as_ever_where_more_is_built_on_the_join() -> None:
    site = next(column for column in THINGS.columns if column.name == "site")
    more = Column("country", "j_site.country", needs=site.join)
    sql = plans.plan_export(replace(THINGS, columns=(*THINGS.columns, more)), Asked(), "jsonl")[1].sql
    assert "LATERAL" not in sql
    assert "LEFT JOIN sites j_site ON j_site.id = t.site_id" in sql


@given(st.text(max_size=40))
def test_wildcards_of_input_are_ordinary_characters(words: str) -> None:
    pattern = like_pattern(words)
    assert pattern[0] == pattern[-1] == "%"
    literal, escaped = "", False
    for character in pattern[1:-1]:
        if escaped or character not in "\\%_":
            literal, escaped = literal + character, False
        else:
            assert character == "\\", "an unescaped wildcard"
            escaped = True
    assert (literal, escaped) == (words, False)


def test_plans_do_not_grow_without_end() -> None:
    for number in range(plans._MOST_PLANS + 10):
        plans.plan_count(replace(THINGS, resource=f"test-{number}"), Asked(), "wall")
    assert len(plans._PLANS) <= plans._MOST_PLANS
