from __future__ import annotations

from uuid import UUID

from app.domain.allotment import Ratio
from app.domain.demand import Demand, Offer, best_offer, training_demand
from app.domain.readiness import ModelNeed, Person, Support, Tally, readiness
from app.domain.training import CourseKind, QualificationKind

PORT, BASE, TUNISIA = UUID(int=1), UUID(int=2), UUID(int=3)
BOAT, RADIO, LAMP = UUID(int=11), UUID(int=12), UUID(int=13)
BASIC, BOTH, TECHNICAL, RIGHTS = (
    Offer(UUID(int=31), "CR-1", CourseKind.OPERATION, frozenset({BOAT, RADIO})),
    Offer(UUID(int=32), "CR-2", CourseKind.OPERATOR_MAINTENANCE, frozenset({BOAT})),
    Offer(UUID(int=33), "CR-3", CourseKind.TECHNICAL_MAINTENANCE, frozenset({BOAT, RADIO})),
    Offer(UUID(int=34), "CR-0", CourseKind.RIGHTS, frozenset({BOAT, RADIO})),
)
OFFERS = [RIGHTS, TECHNICAL, BOTH, BASIC]
NEEDS = {
    BOAT: ModelNeed(BOAT, "MD-1", 1, Ratio(3, 1), Ratio(1, 2)),
    RADIO: ModelNeed(RADIO, "MD-2", 2, Ratio(1, 2), Ratio(0, 1)),
    LAMP: ModelNeed(LAMP, "MD-3", 3, Ratio(1, 1), Ratio(0, 1)),
}
OPERATOR, MAINTAINER = QualificationKind


def test_the_narrowest_course_is_the_best() -> None:
    assert best_offer(OFFERS, BOAT, OPERATOR) == BASIC.course_id
    assert best_offer([BOTH, RIGHTS], BOAT, OPERATOR) == BOTH.course_id
    assert best_offer(OFFERS, BOAT, MAINTAINER) == TECHNICAL.course_id
    assert best_offer(OFFERS, LAMP, OPERATOR) is None
    twin = Offer(UUID(int=30), "CR-0", CourseKind.OPERATION, frozenset({RADIO, BOAT}))
    assert best_offer([BASIC, twin], RADIO, OPERATOR) == twin.course_id


def test_demand_adds_up_over_the_models_of_a_course_now_and_when_qualifications_expire() -> None:
    tallies = [
        Tally(PORT, BOAT, TUNISIA, functional=2),
        Tally(PORT, RADIO, TUNISIA, functional=4, withdrawn=3),
        Tally(PORT, LAMP, TUNISIA, functional=1),
        Tally(BASE, BOAT, TUNISIA, functional=1),
    ]
    people = [Person(UUID(int=100 + n), PORT, frozenset({BOAT})) for n in range(4)]
    now = readiness(tallies, NEEDS, people, [Support(BASE, None, None)])
    later = readiness(tallies, NEEDS, people[:2], [Support(BASE, None, None)])
    assert training_demand(now, later, OFFERS) == [
        Demand(PORT, BASIC.course_id, OPERATOR, (BOAT, RADIO), now=4, by_horizon=6),
        Demand(PORT, TECHNICAL.course_id, MAINTAINER, (BOAT,), now=1, by_horizon=1),
        Demand(PORT, None, OPERATOR, (LAMP,), now=1, by_horizon=1),
        Demand(BASE, BASIC.course_id, OPERATOR, (BOAT,), now=3, by_horizon=3),
    ]


def test_what_only_expires_later_is_demanded_later() -> None:
    tallies = [Tally(PORT, RADIO, TUNISIA, functional=2)]
    people = [Person(UUID(int=100), PORT, frozenset({RADIO}))]
    now, later = (readiness(tallies, NEEDS, staff) for staff in (people, []))
    assert training_demand(now, later, OFFERS) == [Demand(PORT, BASIC.course_id, OPERATOR, (RADIO,), 0, 1)]
    assert training_demand(now, now, OFFERS) == []
