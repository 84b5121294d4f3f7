from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.domain.allotment import Post, Ratio, Staffing, allot

ratios = st.builds(Ratio, st.integers(0, 4), st.integers(1, 5))


def people(*queues: tuple[int, ...]) -> list[tuple[UUID, tuple[int, ...]]]:
    return [(UUID(int=n), theirs) for n, theirs in enumerate(queues)]


def ids(*numbers: int) -> tuple[UUID, ...]:
    return tuple(UUID(int=n) for n in numbers)


@given(ratios, st.integers(0, 50), st.integers(0, 50))
def test_capacity_is_the_largest_number_of_items_that_need_no_more(ratio: Ratio, persons: int, wanted: int) -> None:
    best = max(k for k in range(wanted + 1) if ratio.needed(k) <= persons)
    assert ratio.capacity(persons, wanted) == best


def staffed(
    posts: list[Post], staff: list[tuple[UUID, tuple[int, ...]]], helpers: dict[int, list[int]] | None = None
) -> list[Staffing]:
    allotment = allot(posts, staff, helpers)
    return [allotment.staffing(post, ratio.needed(goal)) for post, ratio, _wanted, goal in posts]


def test_n_persons_per_m_items() -> None:
    assert Ratio(4, 1).capacity(7, 9) == 1
    assert Ratio(1, 5).capacity(1, 9) == 5
    assert Ratio(2, 5).capacity(1, 9) == 2
    assert Ratio(0, 1).capacity(0, 9) == 9
    assert [Ratio(2, 5).needed(k) for k in (0, 2, 3, 5, 6)] == [0, 1, 2, 2, 3]


def test_the_scarcest_go_first_then_the_lowest_id() -> None:
    posts: list[Post] = [(0, Ratio(1, 1), 2, 2), (1, Ratio(1, 1), 2, 2)]
    assert staffed(posts, people((0, 1), (0, 1, 2), (0,), (1,))) == [
        Staffing(2, 2, ids(2, 0)),
        Staffing(2, 2, ids(3, 1)),
    ]


def test_nobody_waits_in_an_incomplete_crew_while_another_model_can_use_them() -> None:
    posts: list[Post] = [(0, Ratio(3, 1), 2, 2), (1, Ratio(1, 1), 1, 1)]
    assert staffed(posts, people((0, 1), (0, 1), (0, 1), (0, 1), (0, 1))) == [
        Staffing(6, 1, ids(0, 1, 2), reserve=ids(4)),
        Staffing(1, 1, ids(3)),
    ]


def test_the_reserve_lowers_what_is_short() -> None:
    (crew,) = staffed([(0, Ratio(4, 1), 1, 1)], people((0,), (0,), (0,)))
    assert crew == Staffing(4, 0, reserve=ids(0, 1, 2))
    assert crew.short == 1
    (crew,) = staffed([(0, Ratio(1, 1), 1, 3)], people((0,), (0,)))
    assert crew == Staffing(3, 1, ids(0), ids(1))
    assert crew.short == 1


def test_a_post_takes_its_own_people_before_those_of_others() -> None:
    assert staffed([(5, Ratio(1, 1), 2, 2)], people((3,), (5, 6), (3,)), {5: [3]}) == [Staffing(2, 2, ids(1, 0))]


def test_who_is_needed_by_nobody_is_left() -> None:
    assert staffed([(0, Ratio(0, 1), 7, 7), (1, Ratio(1, 1), 0, 0)], people((0, 1))) == [
        Staffing(0, 7),
        Staffing(0, 0),
    ]


@given(st.data())
def test_every_crew_is_complete_free_and_as_large_as_it_can_be(data: st.DataObject) -> None:
    # Two units with three models each: queues 0 to 2 and 3 to 5; a post may also take from the other unit's queue.
    skills = st.tuples(st.sampled_from((0, 3)), st.frozensets(st.integers(0, 2)))
    staff = people(
        *(tuple(unit + model for model in models) for unit, models in data.draw(st.lists(skills, max_size=12)))
    )
    posts: list[Post] = []
    helpers: dict[int, list[int]] = {}
    for queue in data.draw(st.permutations(range(6))):
        wanted, more = data.draw(st.integers(0, 4)), data.draw(st.integers(0, 2))
        posts.append((queue, data.draw(ratios), wanted, wanted + more))
        if data.draw(st.booleans()):
            helpers[queue] = [(queue + 3) % 6]
    queues_of = dict(staff)
    used: set[UUID] = set()
    crews = staffed(posts, staff, helpers)
    for (queue, ratio, wanted, goal), crew in zip(posts, crews, strict=True):
        queues = {queue, *helpers.get(queue, ())}
        free = {person for person, theirs in staff if set(theirs) & queues} - used
        assert crew.covered == ratio.capacity(len(free), wanted)
        assert len(crew.persons) == ratio.needed(crew.covered)
        assert set(crew.persons) <= free
        assert crew.needed == ratio.needed(goal)
        assert 0 <= crew.short <= crew.needed
        assert all(set(queues_of[person]) & queues for person in crew.reserve)
        used |= set(crew.persons)
    everybody = [person for crew in crews for person in (*crew.persons, *crew.reserve)]
    assert len(everybody) == len(set(everybody))
