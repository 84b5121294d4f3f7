"""Equipment models over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.world import World

pytestmark = pytest.mark.anyio

MODELS = "/api/v1/equipment-models"


def new_model(reference: str, **more: Any) -> dict[str, Any]:
    return {
        "reference": reference,
        "names": {"en": "Radio Nine", "fr": "Radio neuf"},
        "type": "COM-RADIO",
        "manufacturer": "Synthetic Électronique",
        **more,
    }


async def test_a_model_says_everything_that_readiness_and_tests_need(client: httpx.AsyncClient, world: World) -> None:
    sent = new_model(
        "MOD-9",
        model_number="R9",
        controlled=True,
        control_reference="5A002",
        useful_life_months=96,
        warranty_days=730,
        operators={"persons": 2, "items": 3},
        maintainers={"persons": 1, "items": 20},
        priority=10,
        acceptance_tests=[{"code": "range", "text": "Reaches five nautical miles."}],
        maintenance_plan=[{"code": "battery", "text": "Check the battery.", "every_months": 6}],
        external_id="erp-9",
    )
    made = await client.post(MODELS, json=sent, headers=world.headers("icmpd.procurement"))
    assert made.status_code == 201, made.text
    body = made.json()
    assert body == {
        "id": body["id"],
        "reference": "MOD-9",
        "label": "Radio Nine",
        "names": {"en": "Radio Nine", "fr": "Radio neuf", "it": None, "ar": None},
        "type": {"id": str(world["radio-type"]), "reference": "COM-RADIO", "label": "Portable radio"},
        "manufacturer": "Synthetic Électronique",
        "model_number": "R9",
        "controlled": True,
        "control_reference": "5A002",
        "useful_life_months": 96,
        "warranty_days": 730,
        "operators": {"persons": 2, "items": 3},
        "maintainers": {"persons": 1, "items": 20},
        "priority": 10,
        "external_id": "erp-9",
        "version": 1,
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
        "acceptance_tests": [{"code": "range", "text": "Reaches five nautical miles.", "required": True}],
        "maintenance_plan": [{"code": "battery", "text": "Check the battery.", "every_months": 6, "every_units": None}],
        "courses": [],
    }
    details = {"acceptance_tests", "maintenance_plan", "courses"}
    listed = (await client.get(f"{MODELS}?external_id=erp-9", headers=world.headers("tn.focal"))).json()["items"]
    assert listed == [{name: value for name, value in body.items() if name not in details}]
    asked = await client.get(f"{MODELS}?external_id=erp-9&fields=courses", headers=world.headers("tn.focal"))
    assert asked.json()["items"] == [{"id": body["id"], "courses": []}]
    table = await client.get(f"{MODELS}?external_id=erp-9&format=csv&fields=operators", headers=world.headers("root"))
    assert table.text == f"id,operators_persons,operators_items\n{body['id']},2,3\n"


async def test_a_small_model_has_believable_defaults(client: httpx.AsyncClient, world: World) -> None:
    made = (await client.post(MODELS, json=new_model("MOD-10"), headers=world.headers("icmpd.manager"))).json()
    assert made["operators"] == {"persons": 1, "items": 1}
    assert made["maintainers"] == {"persons": 0, "items": 1}
    assert (made["warranty_days"], made["priority"], made["controlled"]) == (365, 100, False)
    assert (made["acceptance_tests"], made["maintenance_plan"]) == ([], [])


async def test_a_patch_changes_parts_of_people_and_whole_lists(client: httpx.AsyncClient, world: World) -> None:
    made = (
        await client.post(
            MODELS,
            json=new_model(
                "MOD-11",
                operators={"persons": 2, "items": 3},
                acceptance_tests=[{"code": "a", "text": "A.", "required": False}],
            ),
            headers=world.headers("icmpd.manager"),
        )
    ).json()
    changed = await client.patch(
        f"{MODELS}/MOD-11",
        json={"operators": {"persons": 4}, "acceptance_tests": [{"code": "b", "text": "B."}], "names": {"fr": None}},
        headers=world.headers("icmpd.manager", If_Match="1"),
    )
    assert changed.json() == {
        **made,
        "names": {"en": "Radio Nine", "fr": None, "it": None, "ar": None},
        "operators": {"persons": 4, "items": 3},
        "acceptance_tests": [{"code": "b", "text": "B.", "required": True}],
        "version": 2,
        "updated_at": changed.json()["updated_at"],
    }


async def test_qualifying_courses_are_named_by_model_and_by_type(client: httpx.AsyncClient, world: World) -> None:
    headers = world.headers("icmpd.training")
    course = {
        "reference": "CRS-TYPE",
        "names": {"en": "Radios of every kind", "fr": "Toutes les radios"},
        "kind": "technical_maintenance",
        "covers": [{"type": "COM-RADIO"}],
        "languages": ["fr"],
    }
    made = (await client.post("/api/v1/courses", json=course, headers=headers)).json()
    model = (
        await client.get(f"{MODELS}/MOD-RADIO-1", headers={**world.headers("tn.focal"), "Accept-Language": "fr"})
    ).json()
    assert model["courses"] == [
        {
            "id": str(world["course"]),
            "reference": "CRS-RADIO-OP",
            "label": "Operating the radio",
            "edition": 1,
            "kind": "operation",
        },
        {
            "id": made["id"],
            "reference": "CRS-TYPE",
            "label": "Toutes les radios",
            "edition": 1,
            "kind": "technical_maintenance",
        },
    ]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"controlled": True}, [("/control_reference", "control_reference_missing")]),
        ({"type": "NO-SUCH"}, [("/type", "reference_unknown")]),
        ({"operators": {"persons": -1}}, [("/operators/persons", "greater_than_equal")]),
        ({"operators": {"persons": 1, "items": 0}}, [("/operators/items", "greater_than_equal")]),
        ({"maintenance_plan": [{"code": "x", "text": "y"}]}, [("/maintenance_plan/0", "value_error")]),
        ({"warranty_days": 2**31}, [("/warranty_days", "less_than_equal")]),
        ({"priority": 0}, [("/priority", "greater_than_equal")]),
    ],
)
async def test_what_cannot_be_is_refused(
    client: httpx.AsyncClient, world: World, more: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    answer = await client.post(MODELS, json=new_model("MOD-BAD", **more), headers=world.headers("icmpd.manager"))
    assert answer.status_code == 422, answer.text
    assert [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]] == expected


async def test_control_cannot_lose_its_reference(client: httpx.AsyncClient, world: World) -> None:
    await client.post(
        MODELS,
        json=new_model("MOD-12", controlled=True, control_reference="5A002"),
        headers=world.headers("icmpd.manager"),
    )
    answer = await client.patch(
        f"{MODELS}/MOD-12", json={"control_reference": None}, headers=world.headers("icmpd.manager", If_Match="1")
    )
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "control_reference_missing")


async def test_models_are_found_by_maker_number_type_and_domain(client: httpx.AsyncClient, world: World) -> None:
    made = (
        await client.post(
            MODELS,
            json=new_model("MOD-13", manufacturer="Électro Nord", model_number="ZX-80"),
            headers=world.headers("icmpd.manager"),
        )
    ).json()
    for query in ("q=electro nord", "q=zx-80", "q=mod-13", "manufacturer=Électro Nord", "domain=mobility&q=zx"):
        found = (await client.get(f"{MODELS}?{query}", headers=world.headers("observer"))).json()["items"]
        assert [item["id"] for item in found] == [made["id"]], query
    none = (await client.get(f"{MODELS}?domain=security,transport", headers=world.headers("observer"))).json()
    assert none["items"] == []
    expanded = await client.get(f"{MODELS}/MOD-13?expand=type&fields=type", headers=world.headers("observer"))
    assert expanded.json()["type"] == {
        "id": str(world["radio-type"]),
        "reference": "COM-RADIO",
        "label": "Portable radio",
        "domain": "mobility",
        "cpv": "32344280-2",
        "hs": "8517.62",
    }
