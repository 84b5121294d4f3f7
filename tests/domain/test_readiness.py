from __future__ import annotations

import random
from typing import TypeVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.allotment import Ratio, Staffing
from app.domain.readiness import (
    Board,
    Counts,
    Line,
    ModelNeed,
    Person,
    Support,
    Tally,
    add_up,
    apportion,
    attribute,
    readiness,
    rollup,
    tally,
)

PORT, BASE, POST = (UUID(int=n) for n in (1, 2, 3))
BOAT, RADIO, RADAR = (UUID(int=n) for n in (11, 12, 13))
TUNISIA, MOROCCO = UUID(int=21), UUID(int=22)
NEEDS = {
    BOAT: ModelNeed(BOAT, "MD-1", 1, Ratio(4, 1), Ratio(1, 2)),
    RADIO: ModelNeed(RADIO, "MD-2", 2, Ratio(1, 5), Ratio(0, 1)),
    RADAR: ModelNeed(RADAR, "MD-3", 2, Ratio(1, 1), Ratio(1, 10)),
}


def person(number: int, unit: UUID, operates: tuple[UUID, ...] = (), maintains: tuple[UUID, ...] = ()) -> Person:
    return Person(UUID(int=1000 + number), unit, frozenset(operates), frozenset(maintains))


def held(unit: UUID, model: UUID, functional: int, *, withdrawn: int = 0, confirmed: int = 0) -> Tally:
    return Tally(unit, model, TUNISIA, functional=functional, withdrawn=withdrawn, confirmed=confirmed)


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Tally], dict[UUID, ModelNeed], list[Person], list[Support]]:
    units, models = (PORT, BASE, POST), (BOAT, RADIO, RADAR)
    ratios = st.builds(Ratio, st.integers(0, 3), st.integers(1, 3))
    needs = {m: ModelNeed(m, f"MD-{m.int}", draw(st.integers(1, 2)), draw(ratios), draw(ratios)) for m in models}
    tallies = []
    for unit, model, component in draw(
        st.sets(st.tuples(st.sampled_from(units), st.sampled_from(models), st.sampled_from((TUNISIA, MOROCCO))))
    ):
        functional = draw(st.integers(0, 6))
        reasons = draw(st.lists(st.integers(0, 2), min_size=9, max_size=9))
        counts = (*reasons, functional, draw(st.integers(0, functional)))
        tallies.append(Tally._make((unit, model, component, *counts)))
    skills = st.frozensets(st.sampled_from(models))
    people = [
        Person(UUID(int=1000 + n), draw(st.sampled_from(units)), draw(skills), draw(skills))
        for n in range(draw(st.integers(0, 8)))
    ]
    anybody = st.sampled_from((None, *units))
    supports = draw(
        st.lists(st.builds(Support, st.sampled_from(units), st.sampled_from((None, *models)), anybody), max_size=4)
    )
    return tallies, needs, people, supports


Part = TypeVar("Part")
Situation = tuple[list[Tally], dict[UUID, ModelNeed], list[Person], list[Support]]


def test_one_unit_from_items_to_reasons() -> None:
    rows = [
        (PORT, BOAT, TUNISIA, "handed_over", "unknown", None, False, 1),
        (PORT, BOAT, TUNISIA, "withdrawn", "down", "failure", False, 1),
        (PORT, BOAT, TUNISIA, "in_service", "up", "", True, 2),
        (PORT, BOAT, TUNISIA, "in_service", "degraded", None, False, 1),
        (PORT, BOAT, TUNISIA, "in_service", "down", "awaiting_parts", True, 2),
        (PORT, BOAT, TUNISIA, "in_service", "unknown", None, False, 1),
        (PORT, BOAT, TUNISIA, "lost", "up", None, True, 9),
        (PORT, BOAT, TUNISIA, "disposed", "up", None, True, 9),
    ]
    crew = [person(n, PORT, operates=(BOAT,)) for n in range(9)]
    keeper = person(9, PORT, maintains=(BOAT,))
    (line,) = readiness(tally(rows), NEEDS, [*crew, keeper])
    assert line == Line(
        PORT,
        BOAT,
        Counts(
            held=8,
            functional=3,
            crewed=2,
            ready=2,
            ready_confirmed=2,
            not_in_service=1,
            withdrawn=1,
            down_awaiting_parts=2,
            condition_unknown=1,
            operators_missing=1,
        ),
        Staffing(12, 2, tuple(p.person_id for p in crew[:8]), (crew[8].person_id,)),
        Staffing(2, 2, (keeper.person_id,)),
        contract=False,
        parts=tally(rows),
    )
    assert line.counts.waterfall() == {
        "not_in_service": 1,
        "withdrawn": 1,
        "down_failure": 0,
        "down_awaiting_parts": 2,
        "down_under_repair": 0,
        "down_planned_maintenance": 0,
        "down_no_consumables": 0,
        "down_external": 0,
        "condition_unknown": 1,
        "operators_missing": 1,
        "maintainers_missing": 0,
    }
    assert (line.operators.short, line.maintainers.short) == (3, 1)


@pytest.mark.parametrize(
    ("stage", "condition", "reason"), [("sunk", "up", None), ("in_service", "fine", None), ("in_service", "down", None)]
)
def test_words_outside_the_vocabularies_are_not_counted_silently(
    stage: str, condition: str, reason: str | None
) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        tally([(PORT, BOAT, TUNISIA, stage, condition, reason, False, 1)])


def test_a_supporting_unit_keeps_its_own_first_and_then_the_supported_ones() -> None:
    keepers = [
        person(1, BASE, maintains=(BOAT,)),
        person(2, BASE, maintains=(BOAT,)),
        person(3, POST, maintains=(BOAT,)),
    ]
    crew = [person(10 + n, unit, operates=(BOAT,)) for n, unit in enumerate([PORT] * 12 + [BASE] * 8)]
    tallies = [held(PORT, BOAT, 3), held(BASE, BOAT, 2)]
    lines = readiness(tallies, NEEDS, [*keepers, *crew], [Support(PORT, None, BASE), Support(POST, BOAT, BASE)])
    assert [(line.unit_id, line.counts.crewed, line.counts.ready) for line in lines] == [(PORT, 3, 2), (BASE, 2, 2)]
    assert [line.maintainers.persons for line in lines] == [(keepers[1].person_id,), (keepers[0].person_id,)]
    board = Board(tallies, NEEDS, [*keepers, *crew], [Support(PORT, None, BASE)])
    assert board.lines({PORT}) == lines[:1]
    alone = readiness(tallies, NEEDS, [*keepers, *crew])
    assert [line.counts.ready for line in alone] == [0, 2]


def test_a_contract_of_support_sets_no_limit() -> None:
    crew = [person(n, PORT, operates=(BOAT,)) for n in range(8)]
    for support in (Support(PORT, BOAT, None), Support(PORT, None, None)):
        (line,) = readiness([held(PORT, BOAT, 2)], NEEDS, crew, [support])
        assert line.contract
        assert (line.counts.ready, line.maintainers.short) == (2, 0)
    (line,) = readiness([held(PORT, BOAT, 2)], NEEDS, crew, [Support(PORT, RADAR, None), Support(PORT, BOAT, PORT)])
    assert (line.contract, line.counts.ready, line.counts.maintainers_missing) == (False, 0, 2)


def test_models_come_by_priority_then_reference() -> None:
    needs = {
        RADIO: ModelNeed(RADIO, "MD-9", 1, Ratio(1, 1), Ratio(0, 1)),
        RADAR: ModelNeed(RADAR, "MD-3", 1, Ratio(1, 1), Ratio(0, 1)),
        BOAT: ModelNeed(BOAT, "MD-1", 2, Ratio(1, 1), Ratio(0, 1)),
    }
    tallies = [held(PORT, model, 1) for model in (BOAT, RADIO, RADAR)]
    lines = readiness(tallies, needs, [person(1, PORT, (BOAT, RADIO, RADAR)), person(2, PORT, (BOAT, RADIO))])
    assert [(line.model_id, line.counts.ready) for line in lines] == [(RADAR, 1), (RADIO, 1), (BOAT, 0)]


def test_people_of_units_that_hold_nothing_and_of_other_models_do_not_count() -> None:
    people = [person(1, POST, (RADIO,)), person(2, PORT, (RADAR,)), person(3, PORT, (UUID(int=99),))]
    (line,) = readiness([held(PORT, RADIO, 4)], NEEDS, people)
    assert line.counts == Counts(held=4, functional=4, operators_missing=4)


def test_a_person_who_is_listed_twice_counts_once() -> None:
    twice = [person(1, PORT, (RADIO,)), person(1, BASE, (RADIO,))]
    lines = readiness([held(PORT, RADIO, 5), held(BASE, RADIO, 5)], NEEDS, twice)
    assert [line.counts.ready for line in lines] == [5, 0]


def test_nothing_held_is_no_line_and_a_model_without_a_need_is_an_error() -> None:
    assert readiness([], NEEDS) == []
    assert add_up([]) == Counts()
    with pytest.raises(KeyError):
        readiness([held(PORT, UUID(int=99), 1)], NEEDS)


def test_ready_items_are_those_confirmed_lately_first() -> None:
    (line,) = readiness([held(PORT, RADIO, 10, confirmed=3)], NEEDS, [person(1, PORT, (RADIO,))])
    assert (line.counts.ready, line.counts.ready_confirmed) == (5, 3)
    (line,) = readiness([held(PORT, RADIO, 10, confirmed=8)], NEEDS, [person(1, PORT, (RADIO,))])
    assert (line.counts.ready, line.counts.ready_confirmed) == (5, 5)


def test_components_share_what_is_ready() -> None:
    mixed = [
        Tally(PORT, RADIO, TUNISIA, functional=6, confirmed=1, withdrawn=2),
        Tally(PORT, RADIO, MOROCCO, functional=4, confirmed=2, down_failure=1),
    ]
    (line,) = readiness(mixed, NEEDS, [person(1, PORT, (RADIO,))])
    assert line.counts == Counts(
        held=13,
        functional=10,
        crewed=5,
        ready=5,
        ready_confirmed=3,
        withdrawn=2,
        down_failure=1,
        operators_missing=5,
    )
    assert attribute(line) == [
        (TUNISIA, Counts(8, 6, 2, 2, 1, withdrawn=2, operators_missing=4)),
        (MOROCCO, Counts(5, 4, 3, 3, 2, down_failure=1, operators_missing=1)),
    ]


@given(situations())
def test_the_waterfall_adds_up_and_every_figure_is_within_the_one_before(situation: Situation) -> None:
    for line in readiness(*situation):
        counts = line.counts
        assert counts.held - counts.ready == sum(counts.waterfall().values())
        assert 0 <= counts.ready_confirmed <= counts.ready <= counts.crewed <= counts.functional <= counts.held
        assert min(counts) >= 0
        assert counts.ready_confirmed <= sum(part.confirmed for part in line.parts)


@given(situations())
def test_nobody_is_allotted_twice_or_to_what_they_are_not_qualified_for_or_posted_to(situation: Situation) -> None:
    tallies, needs, people, supports = situation
    by_id = {p.person_id: p for p in people}
    lines = readiness(tallies, needs, people, supports)
    for crews in ([line.operators for line in lines], [line.maintainers for line in lines]):
        allotted = [who for crew in crews for who in (*crew.persons, *crew.reserve)]
        assert len(allotted) == len(set(allotted))
    for line in lines:
        for who in (*line.operators.persons, *line.operators.reserve):
            assert by_id[who].unit_id == line.unit_id
            assert line.model_id in by_id[who].operates
        helpers = {
            s.supporting_unit_id for s in supports if s.unit_id == line.unit_id and s.model_id in {None, line.model_id}
        }
        for who in (*line.maintainers.persons, *line.maintainers.reserve):
            assert by_id[who].unit_id in {line.unit_id, *helpers}
            assert line.model_id in by_id[who].maintains


def shuffle(part: list[Part], seed: int) -> list[Part]:
    return random.Random(seed).sample(part, len(part))  # noqa: S311  no secret


@given(situations(), st.integers())
def test_the_order_of_what_is_given_changes_nothing(situation: Situation, seed: int) -> None:
    tallies, needs, people, supports = situation
    shuffled = (shuffle(tallies, seed), needs, shuffle(people, seed), shuffle(supports, seed))
    first = readiness(tallies, needs, people, supports)
    second = readiness(*shuffled)
    assert [line[:-1] for line in first] == [line[:-1] for line in second]
    shares = [Board(tallies, needs, people, supports), Board(*shuffled)]
    assert shares[0].by_component() == shares[1].by_component()


@given(situations())
def test_components_add_up_to_units_and_have_no_more_than_their_own(situation: Situation) -> None:
    tallies, *_rest = situation
    board = Board(*situation)
    lines, shares = board.lines(), board.by_component()
    assert add_up(shares.values()) == add_up(rollup(lines, lambda line: line.unit_id).values())
    for line in lines:
        assert add_up(counts for _component, counts in attribute(line)) == line.counts
        for component, counts in attribute(line):
            own = next(part for part in line.parts if part.component_id == component)
            assert counts.functional == own.functional
            assert counts.ready_confirmed <= min(counts.ready, own.confirmed)
            assert 0 <= counts.ready <= counts.crewed <= counts.functional
            assert counts.held - counts.ready == sum(counts.waterfall().values())
    for component, counts in shares.items():
        assert counts.held == sum(sum(t[3:-1]) for t in tallies if t.component_id == component)


@given(situations(), st.sampled_from((BOAT, RADIO, RADAR)), st.frozensets(st.sampled_from((BOAT, RADIO, RADAR))))
def test_one_more_operator_never_lowers_the_most_urgent_model_that_changes(
    situation: Situation, model: UUID, skills: frozenset[UUID]
) -> None:
    """The sum may fall (a complete crew of four for one boat takes four radios' operators); priorities may not."""
    tallies, needs, people, _supports = situation
    before = readiness(tallies, needs, people)
    after = readiness(tallies, needs, [*people, Person(UUID(int=7), PORT, skills | {model})])
    crewed = [[line.counts.crewed for line in lines if line.unit_id == PORT] for lines in (before, after)]
    assert crewed[1] >= crewed[0]
    elsewhere = [[line for line in lines if line.unit_id != PORT] for lines in (before, after)]
    assert elsewhere[0] == elsewhere[1]


@given(situations(), st.frozensets(st.sampled_from((BOAT, RADIO, RADAR)), min_size=1))
def test_one_more_maintainer_never_lowers_the_most_urgent_model_that_changes(
    situation: Situation, skills: frozenset[UUID]
) -> None:
    tallies, needs, people, _supports = situation
    ready = []
    for staff in (people, [*people, Person(UUID(int=7), PORT, frozenset(), skills)]):
        lines = readiness(tallies, needs, staff)
        ready.append([line.counts.ready for line in lines if line.unit_id == PORT])
    assert ready[1] >= ready[0]


@given(st.integers(0, 20), st.lists(st.integers(0, 9), min_size=1, max_size=5))
def test_shares_add_up_and_stay_within_their_weights(wanted: int, weights: list[int]) -> None:
    total = min(wanted, sum(weights))
    shares = apportion(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        exact = total * weight / max(sum(weights), 1)
        assert 0 <= share <= weight
        assert abs(share - exact) < 1
