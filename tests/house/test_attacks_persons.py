"""One natural person who tries to be two: with their own hands in what they approve, or behind accounts that they made.

Separation of duties is between natural persons (DOMAIN 2). `icmpd.manager` holds every scope that it takes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from tests.conftest import running
from tests.routers.papers import ACCEPTANCES, DELIVERIES, EQUIPMENT, HANDOVERS, Desk
from tests.routers.training import day, trainee
from tests.world import World

pytestmark = pytest.mark.anyio

API = "/api/v1"
MAKER = "icmpd.manager"
PASSWORD = "lantern-orbit-thistle-9"
OTHER_PASSWORD = "saffron-meadow-cobalt-4"
DUTIES = (403, "separation_of_duties")
NOT_INDEPENDENT = (409, "second_person_not_independent")


@pytest.fixture
async def desk(app: FastAPI, world: World) -> AsyncIterator[Desk]:
    async with running(app) as client:
        yield Desk(client, world)


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def let_in(desk: Desk, name: str, *, by: str = MAKER, role: str = "programme_manager") -> str:
    """An account whose link its maker keeps and uses."""
    body = {"account_name": name, "display_name": "Synthetic Puppet", "grants": [{"role": role}]}
    made = await desk.done("POST", f"{API}/accounts", body, account=by)
    desk.world.accounts[name], desk.world.organisations[name] = UUID(made["id"]), desk.world.organisations[by]
    await use_link(desk, name, "invitation", by)
    return name


async def use_link(desk: Desk, name: str, kind: str, by: str) -> None:
    link = await desk.done("POST", f"{API}/accounts/{desk.world.accounts[name]}/{kind}", account=by)
    body = {"secret": link["secret"], "password": PASSWORD}
    redeemed = await desk.client.post(f"{API}/oauth/redeem", json=body)
    assert redeemed.status_code in {200, 204}, redeemed.text


async def submitted(desk: Desk, by: str) -> Any:
    """A certificate that one person drew up and submitted, about a delivery of other people."""
    desk.account = "icmpd.procurement"
    try:
        made = await desk.delivery(1)
        await desk.done(
            "POST", f"{DELIVERIES}/{made['id']}/receive", {}, version=made["version"], account="italy.logistics"
        )
    finally:
        desk.account = "icmpd.logistics"
    items = await desk.items_of(made)
    body = {"component": "BMP-TN", "kind": "provisional", "lines": [{"item": items[0]["id"], "outcome": "accepted"}]}
    return await desk.submitted(ACCEPTANCES, await desk.done("POST", ACCEPTANCES, body, account=by), by)


async def approval(desk: Desk, path: str, paper: Any, by: str) -> httpx.Response:
    return await desk.call("POST", f"{path}/{paper['id']}/approve", {}, version=paper["version"], account=by)


async def test_whoever_had_a_hand_in_a_delivery_does_not_accept_it(desk: Desk) -> None:
    """Registering serials into somebody else's draft, changing, linking to, receiving or closing it: all of them."""
    model = {"model": "MOD-RADIO-1"}

    async def registers(made: Any) -> None:
        await desk.done("POST", f"{DELIVERIES}/{made['id']}/register", model | {"count": 1}, account=MAKER)

    async def changes(made: Any) -> None:
        await desk.done("PATCH", f"{DELIVERIES}/{made['id']}", {"note": "x"}, version=made["version"], account=MAKER)

    async def links(made: Any) -> None:
        body = {"component": "BMP-TN", **model}
        item = await desk.done("POST", EQUIPMENT, body, account="icmpd.procurement")
        await desk.done("POST", f"{DELIVERIES}/{made['id']}/link", {"items": [item["id"]]}, account=MAKER)

    for had_a_hand in (registers, changes, links):
        made = await desk.delivery(1)
        await had_a_hand(made)
        made = await desk.get(f"{DELIVERIES}/{made['id']}")
        await desk.done("POST", f"{DELIVERIES}/{made['id']}/receive", {}, version=made["version"])
        lines = [{"item": item["id"], "outcome": "accepted"} for item in await desk.items_of(made)]
        paper = await desk.submitted(ACCEPTANCES, await desk.certificate(lines))
        refused = await approval(desk, ACCEPTANCES, paper, MAKER)
        assert (had_a_hand.__name__, *said(refused)) == (had_a_hand.__name__, *DUTIES)
        assert refused.json()["because"] == "recorded the delivery"
        await desk.approved(ACCEPTANCES, paper, "italy.manager")


async def test_a_delivery_says_who_linked_to_it(desk: Desk) -> None:
    made = await desk.delivery()
    item = await desk.done("POST", EQUIPMENT, {"component": "BMP-TN", "model": "MOD-RADIO-1"}, account=MAKER)
    await desk.done("POST", f"{DELIVERIES}/{made['id']}/link", {"items": [item["id"]]}, account=MAKER)
    history = await desk.get(f"{DELIVERIES}/{made['id']}/history", account=MAKER)
    assert history["items"][0]["changed"] == {"linked": 1}
    assert history["items"][0]["actor"]["id"] == str(desk.world.accounts[MAKER])


async def test_whoever_changed_a_document_does_not_approve_it(desk: Desk) -> None:
    """Not in the round in which they did, nor in a later one that somebody else submitted."""
    _, items = await desk.arrived(2)
    paper = await desk.certificate([{"item": items[0]["id"], "outcome": "accepted"}])
    body: dict[str, Any] = {"lines": [{"item": item["id"], "outcome": "accepted"} for item in items]}
    path = f"{ACCEPTANCES}/{paper['id']}"
    paper = await desk.done("PATCH", path, body, version=paper["version"], account=MAKER)
    paper = await desk.submitted(ACCEPTANCES, paper)
    assert said(await approval(desk, ACCEPTANCES, paper, MAKER)) == DUTIES
    body = {"reason": "Once more"}
    paper = await desk.done("POST", f"{path}/return", body, version=paper["version"], account="italy.manager")
    paper = await desk.submitted(ACCEPTANCES, paper)
    assert said(await approval(desk, ACCEPTANCES, paper, MAKER)) == DUTIES
    await desk.approved(ACCEPTANCES, paper, "italy.manager")
    protocol = await desk.protocol(items)
    protocol = await desk.done(
        "PATCH", f"{HANDOVERS}/{protocol['id']}", {"note": "x"}, version=protocol["version"], account=MAKER
    )
    protocol = await desk.submitted(HANDOVERS, protocol, "icmpd.logistics")
    assert said(await approval(desk, HANDOVERS, protocol, MAKER)) == DUTIES


async def test_a_programme_may_ask_for_two_organisations(desk: Desk, owner: asyncpg.Connection) -> None:
    """Of the two who approve a handover; of who accepts and who recorded, see tests/routers/test_acceptances.py."""
    items = await desk.accepted(1)
    paper = await desk.submitted(HANDOVERS, await desk.protocol(items), "icmpd.logistics")
    paper = await desk.approved(HANDOVERS, paper, MAKER)
    await owner.execute("UPDATE programmes SET approvers_from_different_organisations = true")
    try:
        assert said(await approval(desk, HANDOVERS, paper, "icmpd.manager2")) == DUTIES
        await desk.approved(HANDOVERS, paper, "italy.manager")
    finally:
        await owner.execute("UPDATE programmes SET approvers_from_different_organisations = false")


async def test_who_holds_the_link_of_an_account_is_no_second_person(desk: Desk) -> None:
    """Neither the maker beside the account, nor two accounts of one maker, nor one that such an account let in."""
    first, second = await let_in(desk, "puppet.one"), await let_in(desk, "puppet.two")
    third = await let_in(desk, "puppet.three", by=second)
    for author, approver in ((MAKER, first), (first, MAKER), (first, second), (first, third), (third, MAKER)):
        paper = await submitted(desk, author)
        assert (author, approver, *said(await approval(desk, ACCEPTANCES, paper, approver))) == (
            *(author, approver),
            *NOT_INDEPENDENT,
        )
    paper = await submitted(desk, first)
    await desk.approved(ACCEPTANCES, paper, "icmpd.manager2")


async def test_a_password_of_ones_own_making_frees_nobody_and_a_link_of_another_does(desk: Desk) -> None:
    name = await let_in(desk, "puppet.freed")
    body = {"current": PASSWORD, "password": OTHER_PASSWORD}
    changed = await desk.call("POST", f"{API}/me/password", body, account=name)
    assert changed.status_code in {200, 204}, changed.text
    paper = await submitted(desk, MAKER)
    assert said(await approval(desk, ACCEPTANCES, paper, name)) == NOT_INDEPENDENT
    await use_link(desk, name, "reset", "root")
    await desk.approved(ACCEPTANCES, paper, name)


async def test_the_administrator_lets_strangers_in(desk: Desk) -> None:
    for name in ("stranger.one", "stranger.two"):
        await let_in(desk, name, by="root")
    await desk.approved(ACCEPTANCES, await submitted(desk, "stranger.one"), "stranger.two")


async def test_the_rule_holds_wherever_a_second_person_is_asked_for(desk: Desk) -> None:
    """Annulments, the two approvals of a handover, waivers, recognitions."""
    puppet = await let_in(desk, "puppet.everywhere")
    items = await desk.accepted(2)
    paper = await submitted(desk, "icmpd.procurement")
    approved = await desk.approved(ACCEPTANCES, paper, puppet)
    annul = f"{ACCEPTANCES}/{paper['id']}/annul"
    body: dict[str, Any] = {"reason": "Wrong item"}
    refused = await desk.call("POST", annul, body, version=approved["version"], account=MAKER)
    assert said(refused) == NOT_INDEPENDENT
    await desk.done("POST", annul, body, version=approved["version"], account="italy.manager")
    paper = await desk.submitted(HANDOVERS, await desk.protocol(items), "icmpd.logistics")
    paper = await desk.approved(HANDOVERS, paper, puppet)
    assert said(await approval(desk, HANDOVERS, paper, MAKER)) == NOT_INDEPENDENT
    body = {"kind": "due_diligence", "unit": "AG-TN-SFAX", "reference": "W-1", "decision": "requested"}
    body |= {"component": "BMP-TN", "valid": {"start": day(0), "end": day(30)}}
    asked = await desk.done("POST", f"{API}/requirements", body, account=puppet)
    waive = f"{API}/requirements/{asked['id']}/waive"
    assert said(await desk.call("POST", waive, {}, version=1, account=MAKER)) == NOT_INDEPENDENT
    await desk.done("POST", waive, {}, version=1, account="icmpd.safeguards")
    person = await trainee(desk.client, desk.world)
    body = {"trainee": person["id"], "kind": "operator", "type": "COM-RADIO", "evidence": "Seen"}
    body |= {"period": {"start": day(-300), "end": day(60)}}
    for verb, more in (("recognise", {}), ("refuse", {"reason": "No"})):
        made = await desk.done("POST", f"{API}/qualifications", body, account=puppet)
        path = f"{API}/qualifications/{made['id']}/{verb}"
        assert said(await desk.call("POST", path, more, version=1, account=MAKER)) == NOT_INDEPENDENT
        await desk.done("POST", path, more, version=1, account="italy.manager")


async def test_the_log_tells_who_handed_a_link_out_and_that_it_was_used(desk: Desk) -> None:
    name = await let_in(desk, "puppet.logged")
    log = await desk.get(f"{API}/security-log?subject_id={desk.world.accounts[name]}", account="root")
    told = {each["kind"]: each for each in log["items"]}
    maker = str(desk.world.accounts[MAKER])
    assert told["link.handed_out"]["actor_id"] == maker
    assert told["link.redeemed"]["facts"] == {"kind": "invitation", "handed_out_by": maker}
