"""The trees of beneficiary agencies over HTTP."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import asyncpg
import httpx
import pytest

from tests.world import World

pytestmark = pytest.mark.anyio

AGENCIES = "/api/v1/agencies"
MANAGER = "icmpd.manager"


def new_agency(**more: Any) -> dict[str, Any]:
    return {
        "reference": f"AG-{uuid.uuid4().hex[:10].upper()}",
        "names": {"en": "Gabès station", "fr": "Poste de Gabès"},
        "parent": "AG-TN-DIRECTORATE",
        "organisation": "ORG-TN-COAST-GUARD",
        "country": "TN",
        **more,
    }


async def create(client: httpx.AsyncClient, world: World, account: str = MANAGER, **more: Any) -> dict[str, Any]:
    answer = await client.post(AGENCIES, json=new_agency(**more), headers=world.headers(account))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def patch(
    client: httpx.AsyncClient, world: World, ident: str, body: dict[str, Any], version: int = 1, account: str = MANAGER
) -> httpx.Response:
    headers = world.headers(account, If_Match=str(version))
    return await client.patch(f"{AGENCIES}/{ident}", json=body, headers=headers)


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]


async def test_an_agency_is_added_below_one_that_the_caller_manages(client: httpx.AsyncClient, world: World) -> None:
    made = await create(client, world, "italy.logistics", is_unit=True, external_id="hr-7")
    assert made == {
        "id": made["id"],
        "reference": made["reference"],
        "label": "Gabès station",
        "names": {"en": "Gabès station", "fr": "Poste de Gabès", "it": None, "ar": None},
        "parent": {
            "id": str(world["tn-directorate"]),
            "reference": "AG-TN-DIRECTORATE",
            "label": "Agency tn-directorate",
        },
        "organisation": {
            "id": str(world["tn-coast-guard"]),
            "reference": "ORG-TN-COAST-GUARD",
            "label": "Organisation tn-coast-guard",
        },
        "country": "TN",
        "is_unit": True,
        "active": True,
        "external_id": "hr-7",
        "version": 1,
        "created_at": made["created_at"],
        "updated_at": made["updated_at"],
    }
    for account, status in (("tn.focal", 200), ("icmpd.manager", 200), ("tn.focal.sfax", 404), ("ma.focal", 404)):
        answer = await client.get(f"{AGENCIES}/{made['reference']}", headers=world.headers(account))
        assert answer.status_code == status, account
    closed = await patch(client, world, made["id"], {"active": False, "names": {"fr": None}})
    assert closed.json() == {
        **made,
        "active": False,
        "names": {**made["names"], "fr": None},
        "version": 2,
        "updated_at": closed.json()["updated_at"],
    }


async def test_the_tree_is_listed_by_parent_and_by_branch(client: httpx.AsyncClient, world: World) -> None:
    station = await create(client, world)
    post = await create(client, world, parent=station["id"], is_unit=True)
    headers = world.headers("tn.focal")
    direct = await client.get(f"{AGENCIES}?parent_id={station['id']}", headers=headers)
    assert direct.json()["items"] == [post]
    branch = await client.get(f"{AGENCIES}?below={station['id']}&sort=created_at", headers=headers)
    assert branch.json()["items"] == [station, post]
    both = await client.get(
        f"{AGENCIES}?below={station['id']},{world['tn-sfax']}&is_unit=true&sort=created_at", headers=headers
    )
    assert [item["reference"] for item in both.json()["items"]] == ["AG-TN-SFAX", post["reference"]]


async def test_units_are_leaves(client: httpx.AsyncClient, world: World) -> None:
    below_unit = await client.post(AGENCIES, json=new_agency(parent="AG-TN-SFAX"), headers=world.headers(MANAGER))
    assert (below_unit.status_code, faults(below_unit)) == (422, [("/is_unit", "unit_is_leaf")])
    station = await create(client, world)
    await create(client, world, parent=station["id"])
    no_leaf = await patch(client, world, station["id"], {"is_unit": True})
    assert (no_leaf.status_code, faults(no_leaf)) == (422, [("/is_unit", "unit_is_leaf")])


async def test_nothing_stands_below_itself(client: httpx.AsyncClient, world: World) -> None:
    top = await create(client, world)
    middle = await create(client, world, parent=top["id"])
    low = await create(client, world, parent=middle["id"])
    for parent in (top["id"], middle["id"], low["id"]):
        answer = await patch(client, world, top["id"], {"parent": parent})
        assert (answer.status_code, faults(answer)) == (422, [("/parent", "cycle")]), parent


async def test_a_branch_moves_with_everything_below_it(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    old, new = await create(client, world), await create(client, world)
    branch = await create(client, world, parent=old["id"])
    leaf = await create(client, world, parent=branch["id"], is_unit=True)
    moved = await patch(client, world, branch["id"], {"parent": new["reference"]})
    assert moved.json()["parent"]["id"] == new["id"]
    rows = await owner.fetch(
        "SELECT ancestor_id, depth FROM agency_closure WHERE descendant_id = $1", uuid.UUID(leaf["id"])
    )
    assert {(str(row["ancestor_id"]), row["depth"]) for row in rows} == {
        (leaf["id"], 0),
        (branch["id"], 1),
        (new["id"], 2),
        (str(world["tn-directorate"]), 3),
    }


async def test_two_who_move_two_branches_below_each_other_make_no_ring(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    one, two = await create(client, world), await create(client, world)
    answers = await asyncio.gather(
        patch(client, world, one["id"], {"parent": two["id"]}),
        patch(client, world, two["id"], {"parent": one["id"]}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 422]
    ring = await owner.fetchval(
        "SELECT count(*) FROM agency_closure WHERE ancestor_id <> descendant_id AND EXISTS (SELECT 1 FROM "
        "agency_closure b WHERE b.ancestor_id = agency_closure.descendant_id "
        "AND b.descendant_id = agency_closure.ancestor_id)"
    )
    assert ring == 0


async def test_branches_stay_with_who_manages_them(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection
) -> None:
    mine = await create(client, world, "italy.manager")
    hidden = await patch(client, world, mine["id"], {"parent": "AG-MA-DIRECTORATE"}, account="italy.manager")
    assert (hidden.status_code, faults(hidden)) == (422, [("/parent", "reference_unknown")])
    top = await patch(client, world, mine["id"], {"parent": None}, account="italy.manager")
    assert (top.status_code, top.json()["code"]) == (403, "forbidden")
    await owner.execute(
        "INSERT INTO delegations (id, organisation_id, programme_id, component_id, power, starts_at) "
        "VALUES ($1, $2, $3, $4, 'observe', '2018-08-01Z')",
        uuid.uuid4(), world["italy"], world["programme"], world["morocco"],
    )  # fmt: skip
    observed = await patch(client, world, mine["id"], {"parent": "AG-MA-DIRECTORATE"}, account="italy.manager")
    assert (observed.status_code, observed.json()["code"]) == (403, "forbidden")
    await owner.execute("DELETE FROM delegations WHERE organisation_id = $1 AND power = 'observe'", world["italy"])
    by_root = await patch(client, world, mine["id"], {"parent": None}, account="root")
    assert (by_root.status_code, by_root.json()["parent"]) == (200, None)
    gone = await client.get(f"{AGENCIES}/{mine['id']}", headers=world.headers("italy.manager"))
    assert gone.status_code == 404


async def test_a_unit_in_use_stays_a_unit(client: httpx.AsyncClient, world: World, owner: asyncpg.Connection) -> None:
    unit = await create(client, world, is_unit=True)
    await owner.execute(
        "INSERT INTO holdings (unit_id, model_id, component_id, n, not_in_service) VALUES ($1, $2, $3, 1, 1)",
        uuid.UUID(unit["id"]), world["radio"], world["tunisia"],
    )  # fmt: skip
    refused = await patch(client, world, unit["id"], {"is_unit": False})
    assert (refused.status_code, faults(refused)) == (422, [("/is_unit", "unit_in_use")])
    await owner.execute("UPDATE holdings SET n = 0 WHERE unit_id = $1", uuid.UUID(unit["id"]))
    allowed = await patch(client, world, unit["id"], {"is_unit": False})
    assert (allowed.status_code, allowed.json()["is_unit"]) == (200, False)


@pytest.mark.parametrize(
    ("account", "more", "status"),
    [
        ("italy.manager", {"parent": None}, 403),
        ("italy.manager", {"parent": "AG-MA-DIRECTORATE", "country": "MA"}, 422),
        ("icmpd.morocco", {}, 422),
        ("tn.focal", {}, 403),
        ("observer", {}, 403),
        ("root", {"organisation": "ORG-ICMPD"}, 422),
        ("root", {"parent": "AG-NOWHERE"}, 422),
        ("root", {"reference": "AG-TN-SFAX"}, 409),
        ("root", {"parent": None}, 201),
    ],
)
async def test_who_may_add_what_where(
    client: httpx.AsyncClient, world: World, account: str, more: dict[str, Any], status: int
) -> None:
    answer = await client.post(AGENCIES, json=new_agency(**more), headers=world.headers(account))
    assert answer.status_code == status, answer.text


SEEN = {
    "icmpd.manager": {"TN-DIRECTORATE", "TN-SFAX", "TN-ZARZIS", "MA-DIRECTORATE", "MA-NADOR"},
    "icmpd.morocco": {"MA-DIRECTORATE", "MA-NADOR"},
    "italy.manager": {"TN-DIRECTORATE", "TN-SFAX", "TN-ZARZIS"},
    "tn.focal.sfax": {"TN-SFAX"},
    "nobody": set(),
}


@pytest.mark.parametrize("account", SEEN)
async def test_everybody_sees_their_own(client: httpx.AsyncClient, world: World, account: str) -> None:
    headers = world.headers(account)
    listed = (await client.get(f"{AGENCIES}?q=agency&limit=200", headers=headers)).json()["items"]
    assert {item["reference"] for item in listed} == {f"AG-{name}" for name in SEEN[account]}
    for name in SEEN["icmpd.manager"]:
        status = 200 if name in SEEN[account] else 404
        for path in (f"AG-{name}", f"AG-{name}/history", str(world[name.lower()])):
            assert (await client.get(f"{AGENCIES}/{path}", headers=headers)).status_code == status
    if account == "tn.focal.sfax":
        sfax = (await client.get(f"{AGENCIES}/AG-TN-SFAX", headers=headers)).json()
        assert sfax["parent"] is None
