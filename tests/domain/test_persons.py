"""Who counts as one natural person."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import SecondPersonNotIndependent, SeparationOfDuties
from app.domain.persons import Bonds, check_second_person, unnamed

ANNA, BRUNO, CARLA, DALIA = (UUID(int=n) for n in range(1, 5))


def test_strangers_are_two() -> None:
    check_second_person(ANNA, BRUNO, Bonds(), "Somebody else.")
    with pytest.raises(SeparationOfDuties) as refused:
        check_second_person(ANNA, ANNA, Bonds(), "Somebody else.", action="approve")
    assert (refused.value.detail, refused.value.facts) == ("Somebody else.", {"action": "approve"})


@pytest.mark.parametrize("pair", [(ANNA, BRUNO), (BRUNO, ANNA), (BRUNO, CARLA), (ANNA, DALIA), (DALIA, BRUNO)])
def test_whoever_was_let_in_by_one_person_is_one_with_them_and_with_the_others(pair: tuple[UUID, UUID]) -> None:
    """Anna let Bruno and Carla in; Carla let Dalia in."""
    rows = [(BRUNO, ANNA, False), (CARLA, ANNA, False), (DALIA, CARLA, False), (DALIA, ANNA, False)]
    with pytest.raises(SecondPersonNotIndependent) as refused:
        check_second_person(*pair, Bonds.of(rows), "Somebody else.", action="approve")
    assert refused.value.facts == {"action": "approve"}


def test_an_administrator_lets_strangers_in_and_is_second_to_none_of_them() -> None:
    bonds = Bonds.of([(BRUNO, ANNA, True), (CARLA, ANNA, True)])
    check_second_person(BRUNO, CARLA, bonds, "")
    for pair in ((ANNA, BRUNO), (CARLA, ANNA)):
        with pytest.raises(SecondPersonNotIndependent):
            check_second_person(*pair, bonds, "")


PEOPLE = st.sampled_from([ANNA, BRUNO, CARLA, DALIA])


@given(st.lists(st.tuples(PEOPLE, PEOPLE, st.booleans())), PEOPLE, PEOPLE)
def test_it_does_not_matter_who_comes_first(rows: list[tuple[UUID, UUID, bool]], one: UUID, other: UUID) -> None:
    bonds = Bonds.of(rows)
    assert bonds.one(one, other) == bonds.one(other, one)
    assert bonds.one(one, one)


def test_facts_without_who_acted() -> None:
    facts = {"stage": "accepted", "recorded_by": "x", "decided_by_person": "x", "owner_id": "x", "replaced_by_id": "y"}
    assert unnamed(facts) == {"stage": "accepted", "replaced_by_id": "y"}
