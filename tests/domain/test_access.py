from uuid import UUID

import pytest

from app.domain.access import ROLE_SCOPES, Caller, Giver, Held, Role, Scope, beyond, scopes_of
from app.domain.errors import Forbidden

ONE, TWO = UUID(int=1), UUID(int=2)
MANAGER = frozenset({Role.PROGRAMME_MANAGER.value})


def caller(*scopes: str, **more: object) -> Caller:
    return Caller(
        id=ONE,
        person_id=ONE,
        organisation_id=ONE,
        kind="account",
        organisation_kinds=frozenset({"implementer"}),
        scopes=frozenset(scopes),
        **more,  # type: ignore[arg-type]
    )


def test_a_caller_may_what_its_scopes_say() -> None:
    someone = caller(Scope.EQUIPMENT_READ)
    assert someone.may("equipment:read")
    someone.require("equipment:read")
    with pytest.raises(Forbidden) as refused:
        someone.require("equipment:write")
    assert refused.value.facts == {"scope": "equipment:write"}
    assert not someone.administers
    assert not someone.sees_people
    assert caller(Scope.ORGANISATIONS_WRITE).administers
    assert caller(Scope.TRAINEES_READ).sees_people


def test_a_role_held_for_one_component_gives_nothing_in_another() -> None:
    narrow = caller(Scope.EQUIPMENT_WRITE, manage=(ONE,), see=(ONE,))
    whole = caller(
        Scope.EQUIPMENT_WRITE, manage=(ONE, TWO), see=(ONE, TWO), views={Scope.EQUIPMENT_WRITE.value: narrow}
    )
    assert whole.within("equipment:write") is narrow
    assert whole.within("equipment:read") is whole


def test_scopes_of_roles_add_up_and_handing_out_more_is_named() -> None:
    both = scopes_of(frozenset({Role.OBSERVER.value, Role.AUDITOR.value}))
    assert both == {s.value for s in ROLE_SCOPES[Role.OBSERVER] | ROLE_SCOPES[Role.AUDITOR]}
    assert scopes_of(frozenset()) == frozenset()
    assert beyond(frozenset({"a", "b"}), frozenset({"b"})) == {"a"}


def test_who_gives_has_to_hold_it_for_that_component_and_within_its_own_limits() -> None:
    giver = Giver(scopes_of(MANAGER), (Held(Role.PROGRAMME_MANAGER.value, ONE),))
    assert giver.has("equipment:write", ONE)
    assert not giver.has("equipment:write", TWO)
    assert not giver.has("organisations:write", ONE)
    assert giver.lacks([Held(Role.OBSERVER.value, ONE)]) == frozenset()
    assert giver.lacks([Held(Role.OBSERVER.value, TWO)]) == {s.value for s in ROLE_SCOPES[Role.OBSERVER]}
    limited = Giver(scopes_of(MANAGER), (Held(Role.PROGRAMME_MANAGER.value),), frozenset({TWO}))
    assert limited.has("equipment:write", TWO)
    assert not limited.has("equipment:write", ONE)


def test_nothing_is_beyond_the_administrator() -> None:
    giver = Giver(frozenset({Scope.ORGANISATIONS_WRITE.value}), (Held(Role.ADMINISTRATOR.value),))
    assert giver.lacks([Held(role.value) for role in Role]) == frozenset()


def test_a_second_scope_is_asked_per_component() -> None:
    scope = Scope.EQUIPMENT_BACKDATE.value
    assert not caller().may_in(scope, ONE)
    assert caller(scope).may_in(scope, ONE)
    assert caller(scope, reach={scope: frozenset({ONE})}).may_in(scope, ONE)
    assert not caller(scope, reach={scope: frozenset({ONE})}).may_in(scope, TWO)


def test_observers_are_not_told_who_acted() -> None:
    observer = caller(roles=frozenset({Role.OBSERVER.value}))
    assert observer.only_observes
    assert not observer.may_know_who(ONE)
    mixed = caller(roles=frozenset({Role.OBSERVER.value, Role.AUDITOR.value}), observed=(TWO,))
    assert not mixed.only_observes
    assert mixed.may_know_who(ONE)
    assert not mixed.may_know_who(TWO)
