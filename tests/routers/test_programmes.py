"""Programmes over HTTP: what they enforce is not for everybody to change."""

from __future__ import annotations

from typing import Any

import asyncpg
import httpx
import pytest

from app.domain.requirements import RequirementKind
from tests.world import World

pytestmark = pytest.mark.anyio

PROGRAMMES = "/api/v1/programmes"
ALL = [kind.value for kind in RequirementKind]


async def test_a_programme_is_made_with_everything_enforced(client: httpx.AsyncClient, world: World) -> None:
    sent = {
        "reference": "BMP-2",
        "names": {"en": "Synthetic programme two", "ar": "برنامج"},
        "starts_on": "2027-01-01",
        "ends_on": "2029-12-31",
        "outcomes": [{"code": "equipment", "names": {"en": "Equipment is delivered"}}],
        "funding": [
            {"source": "Trust Fund", "reference": "T-1", "amount": {"amount": "55000000", "currency": "EUR"}},
            {"source": "In kind", "note": "Offices."},
        ],
    }
    made = await client.post(PROGRAMMES, json=sent, headers=world.headers("root"))
    assert made.status_code == 201, made.text
    body = made.json()
    assert body == {
        "id": body["id"],
        "reference": "BMP-2",
        "label": "Synthetic programme two",
        "names": {"en": "Synthetic programme two", "fr": None, "it": None, "ar": "برنامج"},
        "status": "planned",
        "starts_on": "2027-01-01",
        "ends_on": "2029-12-31",
        "outcomes": [
            {"code": "equipment", "names": {"en": "Equipment is delivered", "fr": None, "it": None, "ar": None}}
        ],
        "funding": [
            {
                "source": "Trust Fund",
                "reference": "T-1",
                "amount": {"amount": "55000000.00", "currency": "EUR"},
                "note": None,
            },
            {"source": "In kind", "reference": None, "amount": None, "note": "Offices."},
        ],
        "enforced_requirements": ALL,
        "approvers_from_different_organisations": False,
        "proof_threshold": {"amount": "5000.00", "currency": "EUR"},
        "warranty_days": 365,
        "version": 1,
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
    }
    assert (await client.get(f"{PROGRAMMES}/BMP-2", headers=world.headers("nobody"))).json() == body
    found = await client.get(f"{PROGRAMMES}?status=planned,closed&q=برنامج", headers=world.headers("tn.focal"))
    assert found.json()["items"] == [body]


async def test_who_manages_all_of_it_configures_it(client: httpx.AsyncClient, world: World) -> None:
    path = f"{PROGRAMMES}/BMP"
    before = (await client.get(path, headers=world.headers("icmpd.manager"))).json()
    changed = await client.patch(
        path,
        json={
            "enforced_requirements": ["test_passed", "due_diligence", "test_passed"],
            "approvers_from_different_organisations": True,
            "proof_threshold": {"amount": "7500.5", "currency": "EUR"},
            "names": {"it": "Programma"},
            "outcomes": [{"code": "training", "names": {"en": "Agencies are trained"}}],
        },
        headers=world.headers("icmpd.manager", If_Match=str(before["version"])),
    )
    assert changed.status_code == 200, changed.text
    assert changed.json() == {
        **before,
        "enforced_requirements": ["due_diligence", "test_passed"],
        "approvers_from_different_organisations": True,
        "proof_threshold": {"amount": "7500.50", "currency": "EUR"},
        "names": {**before["names"], "it": "Programma"},
        "outcomes": [{"code": "training", "names": {"en": "Agencies are trained", "fr": None, "it": None, "ar": None}}],
        "version": before["version"] + 1,
        "updated_at": changed.json()["updated_at"],
    }
    history = (await client.get(f"{path}/history?limit=1", headers=world.headers("auditor"))).json()["items"]
    assert history[0]["changed"] == {
        "enforced_requirements": ["due_diligence", "test_passed"],
        "approvers_from_different_organisations": True,
        "proof_threshold_minor": 750050,
        "name_it": "Programma",
        "outcomes": [{"code": "training", "names": {"en": "Agencies are trained", "fr": None, "it": None, "ar": None}}],
    }


@pytest.mark.parametrize("account", ["italy.manager", "icmpd.morocco", "nobody"])
async def test_who_manages_a_part_or_nothing_of_it_does_not(
    client: httpx.AsyncClient, world: World, owner: asyncpg.Connection, account: str
) -> None:
    version = await owner.fetchval("SELECT version FROM programmes WHERE reference = 'BMP'")
    answer = await client.patch(
        f"{PROGRAMMES}/BMP", json={"enforced_requirements": []}, headers=world.headers(account, If_Match=str(version))
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert await owner.fetchval("SELECT version FROM programmes WHERE reference = 'BMP'") == version


async def test_only_the_administrator_adds_one(client: httpx.AsyncClient, world: World) -> None:
    sent = {"reference": "BMP-3", "names": {"en": "Three"}}
    for account in ("icmpd.manager", "tn.focal", "auditor"):
        assert (await client.post(PROGRAMMES, json=sent, headers=world.headers(account))).status_code == 403
    taken = await client.post(PROGRAMMES, json={**sent, "reference": "BMP"}, headers=world.headers("root"))
    assert (taken.status_code, taken.json()["pointer"]) == (409, "/reference")


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"enforced_requirements": ["good_weather"]}, [("/enforced_requirements/0", "enum")]),
        ({"proof_threshold": {"amount": "1", "currency": "TND"}}, [("/proof_threshold/currency", "not_euro")]),
        (
            {"proof_threshold": {"amount": "1.234", "currency": "EUR"}},
            [("/proof_threshold/amount", "too_many_decimals")],
        ),
        (
            {"funding": [{"source": "x", "amount": {"amount": "1", "currency": "XXX"}}]},
            [("/funding/0/amount/currency", "unknown_currency")],
        ),
        ({"starts_on": "2027-01-02", "ends_on": "2027-01-01"}, [("", "value_error")]),
        ({"starts_on": "1800-01-01"}, [("/starts_on", "value_error")]),
        ({"status": "paused"}, [("/status", "literal_error")]),
        ({"outcomes": [{"code": "A B", "names": {"en": "x"}}]}, [("/outcomes/0/code", "string_pattern_mismatch")]),
    ],
)
async def test_what_cannot_be_is_refused(
    client: httpx.AsyncClient, world: World, more: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    sent = {"reference": "BMP-4", "names": {"en": "Four"}, **more}
    answer = await client.post(PROGRAMMES, json=sent, headers=world.headers("root"))
    assert answer.status_code == 422, answer.text
    assert [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]] == expected


async def test_a_patch_does_not_turn_its_days_round(client: httpx.AsyncClient, world: World) -> None:
    sent = {"reference": "BMP-5", "names": {"en": "Five"}, "starts_on": "2027-01-01", "ends_on": "2027-12-31"}
    await client.post(PROGRAMMES, json=sent, headers=world.headers("root"))
    answer = await client.patch(
        f"{PROGRAMMES}/BMP-5", json={"ends_on": "2026-12-31"}, headers=world.headers("root", If_Match="1")
    )
    assert answer.status_code == 422
    assert [(fault["pointer"], fault["code"]) for fault in answer.json()["errors"]] == [("/ends_on", "period_reversed")]
