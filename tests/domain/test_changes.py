"""The feed's rules: who hears of what, where a reader may go on, and when a scope is another one."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from app.domain.access import Caller, Role, Scope, scopes_of
from app.domain.changes import (
    READ_SCOPE,
    TYPE_OF,
    TYPES,
    Era,
    Marks,
    Point,
    Wanted,
    audits_some,
    check,
    fingerprint,
    readable,
    scope_of,
    sights,
)
from app.domain.errors import CursorExpired, FeedRewound

ONE, TWO, THREE = (UUID(int=n) for n in (1, 2, 3))
CALLER = Caller(
    id=UUID(int=9),
    person_id=UUID(int=9),
    organisation_id=UUID(int=8),
    kind="account",
    organisation_kinds=frozenset({"implementer"}),
    scopes=scopes_of(frozenset({Role.MONITORING_OFFICER})),
    see=(ONE, TWO),
    roots=(THREE,),
)


def test_types_name_resource_and_verb() -> None:
    assert TYPE_OF["equipment", "insert"] == "bmp.equipment.created"
    assert TYPE_OF["equipment", "update"] == "bmp.equipment.changed"
    assert TYPE_OF["equipment", "delete"] == "bmp.equipment.deleted"
    assert TYPE_OF["equipment", "left"] == "bmp.object.out_of_sight"
    assert {*TYPE_OF.values(), "bmp.scope.changed"} == set(TYPES)
    assert len(TYPES) == len(set(TYPES))


EVERYTHING = frozenset(READ_SCOPE)


@pytest.mark.parametrize(
    ("asked", "shown", "kinds"),
    [
        (Wanted(), {"sites", "courses"}, None),
        (Wanted(frozenset({"sites", "equipment"})), {"sites"}, None),
        (Wanted(frozenset({"equipment"})), set(), None),
        (Wanted(types=frozenset({"bmp.courses.created"})), {"sites", "courses"}, {"courses.insert"}),
        (Wanted(types=frozenset({"bmp.scope.changed"})), {"sites", "courses"}, set()),
        (Wanted(types=frozenset({"bmp.object.out_of_sight"})), {"sites", "courses"}, {f"{r}.left" for r in EVERYTHING}),
    ],
)
def test_filters_become_rows(asked: Wanted, shown: set[str], kinds: set[str] | None) -> None:
    hidden, wanted = asked.rows(["sites", "courses"])
    assert EVERYTHING - set(hidden) == shown
    assert (wanted if wanted is None else set(wanted)) == kinds


def test_a_caller_hears_of_what_its_scopes_read() -> None:
    assert set(readable(CALLER)) == set(READ_SCOPE) - {"accounts", "clients"}
    assert [part.caller for part in sights(CALLER)] == [CALLER]
    nobody = replace(CALLER, scopes=frozenset())
    assert [(part.caller, part.resources) for part in sights(nobody)] == [(nobody, ())]


def test_a_role_for_one_component_makes_a_part_of_its_own() -> None:
    narrow = replace(CALLER, see=(ONE,))
    mixed = replace(CALLER, views={Scope.TRAINING_READ: narrow, Scope.TRAINEES_READ: narrow})
    parts = {part.caller.see: set(part.resources) for part in sights(mixed)}
    assert parts[ONE,] == {"sessions", "trainees", "postings", "records", "qualifications"}
    assert parts[ONE, TWO] == set(readable(mixed)) - parts[ONE,]
    assert scope_of(mixed)["components"] == [str(ONE), str(TWO)]


def test_a_fingerprint_differs_with_the_scope_and_with_nothing_else() -> None:
    mixed = replace(CALLER, views={Scope.TRAINING_READ: replace(CALLER, see=(ONE,))})
    others = [
        replace(CALLER, see=(ONE,)),
        replace(CALLER, joined=(ONE,)),
        replace(CALLER, roots=()),
        replace(CALLER, own_tops=(THREE,)),
        replace(CALLER, organisation_id=UUID(int=7)),
        replace(CALLER, scopes=CALLER.scopes - {Scope.TRAINING_READ}),
        replace(CALLER, scopes=CALLER.scopes | {Scope.ORGANISATIONS_WRITE}),
        mixed,
    ]
    assert len({fingerprint(each) for each in (CALLER, *others)}) == len(others) + 1
    assert len({fingerprint(CALLER, each) for each in (None, (), (ONE,), (ONE, TWO))}) == 4
    assert scope_of(CALLER, (ONE,)) == {**scope_of(CALLER), "organisations": [str(ONE)]}
    same = replace(CALLER, display_name="Somebody", manage=(ONE,), see=(TWO, ONE), language="fr")
    assert fingerprint(same) == fingerprint(CALLER)
    assert len(fingerprint(CALLER)) == 8


def test_only_auditors_of_some_components_depend_on_who_takes_part_in_them() -> None:
    auditor = replace(CALLER, scopes=CALLER.scopes | {Scope.SECURITY_READ}, audits=(ONE,))
    assert audits_some(auditor)
    assert not audits_some(replace(auditor, audits_all=True))
    assert not audits_some(replace(auditor, scopes=auditor.scopes | {Scope.ORGANISATIONS_WRITE}))
    assert not audits_some(replace(auditor, audits=()))
    assert not audits_some(replace(CALLER, audits=(ONE,)))


FIRST, SECOND = Era(ONE, 0), Era(TWO, 100)
MARKS = Marks(newest=150, forgotten=40, eras=(FIRST, SECOND))


def at(era: UUID, position: int) -> Point:
    return Point(era, position, b"12345678")


@pytest.mark.parametrize(("era", "position"), [(ONE, 40), (ONE, 100), (TWO, 101), (TWO, 150)])
def test_a_reader_goes_on_within_its_era_as_far_as_it_went(era: UUID, position: int) -> None:
    check(at(era, position), MARKS)
    assert MARKS.era_of(position).id == era


@pytest.mark.parametrize(("era", "position"), [(ONE, 101), (TWO, 151), (THREE, 50)])
def test_a_reader_of_another_history_is_told(era: UUID, position: int) -> None:
    with pytest.raises(FeedRewound):
        check(at(era, position), MARKS)


def test_a_reader_behind_what_is_kept_is_told() -> None:
    with pytest.raises(CursorExpired):
        check(at(ONE, 39), MARKS)


def test_nothing_belongs_to_the_first_era() -> None:
    assert MARKS.era_of(0) is FIRST
