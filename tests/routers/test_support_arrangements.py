"""Support arrangements over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.world import World

pytestmark = pytest.mark.anyio

SUPPORT = "/api/v1/support-arrangements"


def arrangement(**more: Any) -> dict[str, Any]:
    return {
        "agency": "AG-TN-SFAX",
        "model": "MOD-RADIO-1",
        "supporting_unit": "AG-TN-ZARZIS",
        "period": {"start": "2024-01-01", "end": "2027-01-01"},
        **more,
    }


def faults(answer: httpx.Response) -> list[tuple[str, str]]:
    return [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]]


async def test_a_unit_is_supported_by_another(client: httpx.AsyncClient, world: World) -> None:
    made = await client.post(SUPPORT, json=arrangement(), headers=world.headers("italy.logistics"))
    assert made.status_code == 201, made.text
    body = made.json()
    assert body == {
        "id": body["id"],
        "agency": {"id": str(world["tn-sfax"]), "reference": "AG-TN-SFAX", "label": "Agency tn-sfax"},
        "model": {"id": str(world["radio"]), "reference": "MOD-RADIO-1", "label": "Radio One"},
        "supporting_unit": {"id": str(world["tn-zarzis"]), "reference": "AG-TN-ZARZIS", "label": "Agency tn-zarzis"},
        "contract_reference": None,
        "period": {"start": "2024-01-01", "end": "2027-01-01"},
        "version": 1,
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
    }
    assert made.headers["location"] == f"{SUPPORT}/{body['id']}"
    assert (await client.get(f"{SUPPORT}/{body['id']}", headers=world.headers("tn.focal"))).json() == body
    sfax = (await client.get(f"{SUPPORT}/{body['id']}", headers=world.headers("tn.focal.sfax"))).json()
    assert sfax == {**body, "supporting_unit": None}
    for account in ("ma.focal", "icmpd.morocco", "nobody"):
        for path in ("", "/history"):
            answer = await client.get(f"{SUPPORT}/{body['id']}{path}", headers=world.headers(account))
            assert answer.status_code == 404
    for query in (
        f"agency_id={world['tn-sfax']}",
        f"supporting_unit_id={world['tn-zarzis']},{world['ma-nador']}",
        f"model_id={world['radio']}&running_on=2026-12-31",
    ):
        found = (await client.get(f"{SUPPORT}?{query}", headers=world.headers("icmpd.manager"))).json()["items"]
        assert [item["id"] for item in found] == [body["id"]], query
    over = await client.get(f"{SUPPORT}?running_on=2027-01-01", headers=world.headers("icmpd.manager"))
    assert over.json()["items"] == []
    table = await client.get(
        f"{SUPPORT}?format=csv&fields=period,contract_reference", headers=world.headers("tn.focal")
    )
    assert table.text == f"id,contract_reference,period_start,period_end\n{body['id']},,2024-01-01,2027-01-01\n"


async def test_support_by_contract_changes_its_reference_and_its_days(client: httpx.AsyncClient, world: World) -> None:
    sent = arrangement(supporting_unit=None, model=None, contract_reference="C-1", period={"start": "2025-01-01"})
    made = (await client.post(SUPPORT, json=sent, headers=world.headers("icmpd.manager"))).json()
    assert (made["model"], made["supporting_unit"], made["contract_reference"]) == (None, None, "C-1")
    changed = await client.patch(
        f"{SUPPORT}/{made['id']}",
        json={"contract_reference": "C-2", "period": {"end": "2026-01-01"}},
        headers=world.headers("icmpd.manager", If_Match="1"),
    )
    assert changed.json() == {
        **made,
        "contract_reference": "C-2",
        "period": {"start": "2025-01-01", "end": "2026-01-01"},
        "version": 2,
        "updated_at": changed.json()["updated_at"],
    }
    empty = await client.patch(
        f"{SUPPORT}/{made['id']}",
        json={"period": {"start": "2026-01-01"}},
        headers=world.headers("icmpd.manager", If_Match="2"),
    )
    assert (empty.status_code, faults(empty)) == (422, [("/period/end", "period_empty")])
    stale = await client.patch(f"{SUPPORT}/{made['id']}", json={}, headers=world.headers("icmpd.manager", If_Match="1"))
    assert stale.status_code == 412


async def test_a_supporting_unit_is_not_turned_into_a_contract(client: httpx.AsyncClient, world: World) -> None:
    made = (await client.post(SUPPORT, json=arrangement(), headers=world.headers("icmpd.manager"))).json()
    answer = await client.patch(
        f"{SUPPORT}/{made['id']}",
        json={"contract_reference": "C-3"},
        headers=world.headers("icmpd.manager", If_Match="1"),
    )
    assert (answer.status_code, faults(answer)) == (422, [("/contract_reference", "one_kind_of_support")])


@pytest.mark.parametrize(
    ("account", "more", "status", "expected"),
    [
        ("icmpd.manager", {"supporting_unit": None}, 422, [("", "value_error")]),
        ("icmpd.manager", {"contract_reference": "C-4"}, 422, [("", "value_error")]),
        ("icmpd.manager", {"supporting_unit": "AG-TN-SFAX"}, 422, [("/supporting_unit", "own_support")]),
        (
            "icmpd.manager",
            {"agency": "AG-TN-DIRECTORATE", "supporting_unit": "AG-MA-DIRECTORATE"},
            422,
            [("/agency", "not_a_unit"), ("/supporting_unit", "not_a_unit")],
        ),
        ("italy.manager", {"agency": "AG-MA-NADOR"}, 422, [("/agency", "reference_unknown")]),
        ("italy.manager", {"supporting_unit": "AG-MA-NADOR"}, 422, [("/supporting_unit", "reference_unknown")]),
        ("icmpd.manager", {"model": "NO-SUCH"}, 422, [("/model", "reference_unknown")]),
        ("icmpd.manager", {"period": {"start": "2024-01-01", "end": "2024-01-01"}}, 422, [("/period", "value_error")]),
        ("tn.focal", {}, 403, None),
        ("observer", {}, 403, None),
    ],
)
async def test_who_may_not_and_what_cannot_be(
    client: httpx.AsyncClient, world: World, account: str, more: dict[str, Any], status: int, expected: Any
) -> None:
    answer = await client.post(SUPPORT, json=arrangement(**more), headers=world.headers(account))
    assert answer.status_code == status, answer.text
    if expected:
        assert faults(answer) == expected
