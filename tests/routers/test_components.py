"""Components over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.world import World

pytestmark = pytest.mark.anyio

COMPONENTS = "/api/v1/components"


async def test_a_component_is_made_by_the_administrator_and_seen_by_delegation(
    client: httpx.AsyncClient, world: World
) -> None:
    sent = {
        "reference": "BMP-DZ",
        "names": {"en": "Synthetic component", "fr": "Composante"},
        "programme": "BMP",
        "country": "DZ",
        "domains": ["mobility", "detection"],
        "objective": "Try it.",
    }
    assert (await client.post(COMPONENTS, json=sent, headers=world.headers("icmpd.manager"))).status_code == 403
    made = await client.post(COMPONENTS, json=sent, headers=world.headers("root"))
    assert made.status_code == 201, made.text
    body = made.json()
    assert body == {
        "id": body["id"],
        "reference": "BMP-DZ",
        "label": "Synthetic component",
        "names": {"en": "Synthetic component", "fr": "Composante", "it": None, "ar": None},
        "programme": {"id": str(world["programme"]), "reference": "BMP", "label": "Synthetic programme"},
        "country": "DZ",
        "domains": ["mobility", "detection"],
        "objective": "Try it.",
        "version": 1,
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
    }
    assert (await client.get(f"{COMPONENTS}/BMP-DZ", headers=world.headers("root"))).json() == body
    assert (await client.get(f"{COMPONENTS}/BMP-DZ", headers=world.headers("icmpd.manager"))).status_code == 404
    found = await client.get(f"{COMPONENTS}?domain=detection&country=DZ,FR", headers=world.headers("root"))
    assert found.json()["items"] == [body]


SEEN = {
    "icmpd.manager": {"BMP-MA", "BMP-TN"},
    "icmpd.morocco": {"BMP-MA"},
    "italy.manager": {"BMP-TN"},
    "tn.focal.sfax": {"BMP-TN"},
    "ma.focal": {"BMP-MA"},
    "observer": {"BMP-MA", "BMP-TN"},
    "nobody": set(),
}


@pytest.mark.parametrize("account", SEEN)
async def test_everybody_sees_their_own(client: httpx.AsyncClient, world: World, account: str) -> None:
    headers = world.headers(account)
    listed = (await client.get(COMPONENTS, headers=headers)).json()["items"]
    assert {item["reference"] for item in listed} == SEEN[account]
    for reference in ("BMP-MA", "BMP-TN"):
        status = 200 if reference in SEEN[account] else 404
        for path in (reference, f"{reference}/history"):
            answer = await client.get(f"{COMPONENTS}/{path}", headers=headers)
            assert answer.status_code == status
            if status == 200 and path.endswith("history"):
                assert [entry["action"] for entry in answer.json()["items"]][-1] == "insert"


async def test_who_manages_it_changes_it(client: httpx.AsyncClient, world: World) -> None:
    path = f"{COMPONENTS}/BMP-TN"
    before = (await client.get(path, headers=world.headers("italy.manager"))).json()
    changed = await client.patch(
        path,
        json={"domains": ["communication", "mobility"], "objective": "At sea.", "names": {"it": "Tunisia"}},
        headers=world.headers("italy.manager", If_Match="1"),
    )
    assert changed.json() == {
        **before,
        "domains": ["communication", "mobility"],
        "objective": "At sea.",
        "names": {**before["names"], "it": "Tunisia"},
        "version": 2,
        "updated_at": changed.json()["updated_at"],
    }
    emptied = await client.patch(path, json={"objective": None}, headers=world.headers("icmpd.manager", If_Match="2"))
    assert (emptied.json()["objective"], emptied.json()["version"]) == (None, 3)
    foreign = await client.patch(
        f"{COMPONENTS}/BMP-MA", json={"objective": "x"}, headers=world.headers("italy.manager", If_Match="1")
    )
    assert foreign.status_code == 404
    refused = await client.patch(path, json={"objective": "x"}, headers=world.headers("tn.focal", If_Match="3"))
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"domains": []}, [("/domains", "too_short")]),
        ({"domains": ["cooking"]}, [("/domains/0", "literal_error")]),
        ({"domains": ["mobility", "mobility"]}, [("/domains", "value_error")]),
        ({"programme": "NO-SUCH"}, [("/programme", "reference_unknown")]),
        ({"country": "Tunisia"}, [("/country", "string_pattern_mismatch")]),
    ],
)
async def test_what_cannot_be_is_refused(
    client: httpx.AsyncClient, world: World, more: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    sent = {
        "reference": "BMP-XX",
        "names": {"en": "x"},
        "programme": "BMP",
        "country": "TN",
        "domains": ["mobility"],
        **more,
    }
    answer = await client.post(COMPONENTS, json=sent, headers=world.headers("root"))
    assert answer.status_code == 422, answer.text
    assert [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]] == expected
    fixed = await client.patch(
        f"{COMPONENTS}/BMP-MA", json={"country": "TN"}, headers=world.headers("root", If_Match="1")
    )
    assert fixed.status_code == 422
